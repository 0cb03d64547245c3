import { useEffect, useState } from 'preact/hooks';
import { has } from '../lib/api';
import { now } from '../lib/clock';
import { onEvent } from '../lib/events';
import { compact, count, dayAndTime, milliseconds, nextReset, percent, rate, zone } from '../lib/format';
import { quantile, rates, recent, remember, type Sample } from '../lib/history';
import { link } from '../lib/router';
import { useResource } from '../lib/resource';
import type { Overview as Sums, Request, Status } from '../lib/types';
import { StatusBadge } from '../ui/badge';
import { Spark, Strip } from '../ui/meter';
import { Loaded, Notice } from '../ui/notice';
import { Ago, Countdown } from '../ui/time';
import { ActiveAlerts } from './alert-list';
import { CostTiles } from './cost';
import { Tile } from '../ui/tile';

const interval = 2_000;

export function Overview() {
  const sums = useResource<Sums>('api/v1/overview', interval);
  const status = useResource<Status>('api/v1/api-keys/status', 5_000);
  const requests = useResource<{ requests: Request[] }>('api/v1/requests?limit=100', 5_000);
  const [history, setHistory] = useState<Sample[]>([]);
  useEffect(() => {
    let timer = 0; // many keys may change at once
    const stop = onEvent((name) => {
      if (name !== 'key' || timer !== 0) return;
      timer = window.setTimeout(() => {
        timer = 0;
        status.reload();
        requests.reload();
      }, 500);
    });
    return () => {
      clearTimeout(timer);
      stop();
    };
  }, []);
  useEffect(() => {
    if (sums.data) setHistory((before) => remember(before, { at: Date.now(), sums: sums.data! }));
  }, [sums.data]);
  return (
    <div class="page">
      <div class="page-head"><h1>Overview</h1></div>
      <Health status={status.data} />
      {has('get', '/alerts') && <ActiveAlerts />}
      <Loaded from={sums}>{(latest) => <Tiles history={history} latest={latest} />}</Loaded>
      <div class="two">
        <KeyStates status={status.data} />
        <Troubles requests={requests.data?.requests ?? []} />
      </div>
    </div>
  );
}

function Health({ status }: { status: Status | null }) {
  if (!status) return null;
  const all = status.total_api_keys;
  const usable = status.healthy;
  const add = <a class="button main" href={link('keys')}>Go to the keys</a>;
  if (all === 0) {
    return <Notice kind="bad" action={add}><strong>No key is in the pool.</strong> Every request is answered with 503 until one is added.</Notice>;
  }
  if (usable === 0) {
    return (
      <Notice kind="bad" action={add}>
        <strong>No key can serve now.</strong>{' '}
        {status.next_recovery ? <>The first comes back <Countdown until={status.next_recovery} />.</> : 'None comes back by itself.'}
      </Notice>
    );
  }
  if (status.quarantined > 0) {
    return (
      <Notice kind="warn" action={<a class="button" href={link('keys', '', { state: 'quarantined' })}>Show them</a>}>
        <strong>{count(usable)} of {count(all)} keys can serve.</strong>{' '}
        {status.quarantined === 1 ? 'One is rejected by Google.' : `${count(status.quarantined)} are rejected by Google.`}
      </Notice>
    );
  }
  const resting = all - usable - status.disabled;
  return (
    <Notice kind="good">
      <strong>{resting === 0 ? 'All is well' : 'Requests are served'}:</strong>{' '}
      {count(usable)} of {count(all)} keys {usable === 1 ? 'is' : 'are'} healthy{resting > 0 ? `, ${count(resting)} rest until their quota is back` : ''}.
    </Notice>
  );
}

function Tiles({ history, latest }: { history: Sample[]; latest: Sums }) {
  const span = recent(history);
  const seconds = span ? (span[1].at - span[0].at) / 1000 : 0;
  const grown = (of: (sums: Sums) => number) => (span && seconds > 0 ? of(span[1].sums) - of(span[0].sums) : 0);
  const requests = grown((sums) => sums.requests);
  const perSecond = seconds > 0 ? requests / seconds : 0;
  const tokens = grown((sums) => sums.tokens);
  const errors = grown((sums) => sums.errors);
  const rotated = grown((sums) => sums.rotated);
  const before = span && requests > 0 ? span[0].sums : undefined;
  const at = (share: number, of: 'overhead' | 'first_byte') => {
    const value = quantile(share, latest.bounds_ms, latest[of], before?.[of]);
    return value === null ? '–' : milliseconds(value);
  };
  const when = requests > 0 ? 'last minute' : 'since the start';
  return (
    <>
      <dl class="grid">
        <Tile title="Requests" figure={rate(perSecond)} unit="/s" note={`${compact(latest.requests)} since the start`}>
          <Spark values={rates(history, (sums) => sums.requests)} />
        </Tile>
        <Tile title="Tokens" figure={compact(Math.round(seconds > 0 ? (tokens / seconds) * 60 : 0))} unit="/min" note={`${compact(latest.tokens)} since the start`}>
          <Spark values={rates(history, (sums) => sums.tokens)} />
        </Tile>
        <Tile title="Errors (429, 5xx)" figure={percent(errors, requests)} note={`${compact(latest.errors)} since the start`}>
          <Spark values={rates(history, (sums) => sums.errors)} />
        </Tile>
        <Tile title="Rotated to another key" figure={percent(rotated, requests)} note={`${compact(latest.rotated)} times since the start`}>
          <Spark values={rates(history, (sums) => sums.rotated)} />
        </Tile>
      </dl>
      <dl class="grid fitting">
        <Tile title="Added latency" figure={at(0.5, 'overhead')} unit="p50" note={`p99 ${at(0.99, 'overhead')}, ${when}`} />
        <Tile title="Time to first byte" figure={at(0.5, 'first_byte')} unit="p50" note={`p99 ${at(0.99, 'first_byte')}, ${when}`} />
        <Tile title="Streams in flight" figure={count(latest.streams_in_flight)} note={`client connections: ${count(latest.connections)}`} />
        <CostTiles />
      </dl>
    </>
  );
}

function KeyStates({ status }: { status: Status | null }) {
  const reset = nextReset(now.value);
  const states = [
    ['healthy', 'Healthy', '--good'], ['cooling', 'Cooling', '--warn'], ['quarantined', 'Quarantined', '--bad'],
    ['exhausted', 'Exhausted', '--over'], ['disabled', 'Disabled', '--idle'],
  ] as const;
  const of = (name: (typeof states)[number][0]) => status?.[name] ?? 0;
  return (
    <section class="card stack" aria-labelledby="states">
      <div class="card-head"><h2 id="states">Keys by state</h2><a href={link('keys')}>All keys</a></div>
      <Strip
        label={states.map(([name, title]) => `${title}: ${of(name)}`).join(', ')}
        parts={states.map(([name, , color]) => ({ name, value: of(name), color }))}
      />
      <ul class="chart-legend">
        {states.map(([name, title, color]) => (
          <li key={name}>
            <svg class="swatch" aria-hidden="true"><rect width="10" height="10" fill={`var(${color})`} /></svg>
            <a href={link('keys', '', { state: name })}>{title}</a> {count(of(name))}
          </li>
        ))}
      </ul>
      <dl class="pairs">
        <dt>Next recovery</dt>
        <dd>{status?.next_recovery ? <Countdown until={status.next_recovery} /> : <span class="muted">nothing rests</span>}</dd>
        <dt>Daily quotas</dt>
        <dd>
          begin anew <Countdown until={reset} /> <span class="muted">({dayAndTime(reset)}, {zone}: midnight in California)</span>
        </dd>
      </dl>
    </section>
  );
}

function Troubles({ requests }: { requests: Request[] }) {
  const bad = requests.filter((one) => one.attempts > 1 || one.status >= 429).slice(0, 8);
  return (
    <section class="card" aria-labelledby="troubles">
      <div class="card-head"><h2 id="troubles">Lately retried or failed</h2><a href={link('requests')}>All requests</a></div>
      {bad.length === 0 ? (
        <p class="muted">None of the last {count(requests.length)} requests needed a second attempt.</p>
      ) : (
        <div class="scroll-x" tabIndex={0} role="region" aria-label="Lately retried or failed requests">
          <table class="plain-table">
            <thead><tr><th>When</th><th>Model</th><th>Status</th><th class="number">Attempts</th></tr></thead>
            <tbody>
              {bad.map((one) => (
                <tr key={one.request_id}>
                  <td><a href={link('requests', one.request_id)}><Ago time={one.ended} /></a></td>
                  <td>{one.model ?? one.route}</td>
                  <td><StatusBadge status={one.status} cancelled={one.cancelled} /></td>
                  <td class="number">{one.attempts}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}
