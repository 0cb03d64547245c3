// Every limit that is set, of keys, projects and clients, the fullest first.
import { useEffect } from 'preact/hooks';
import { onEvent } from '../lib/events';
import { count, percent } from '../lib/format';
import { useResource } from '../lib/resource';
import { link } from '../lib/router';
import type { Credits, LimitRow } from '../lib/types';
import { Empty, Loaded } from '../ui/notice';
import { Meter } from '../ui/meter';
import { Countdown } from '../ui/time';
import { amount } from './limit-bars';
import { limitTitle } from './limit-fields';

const scopes = { key: 'Key', project: 'Project', client: 'Client' } as const;
const most = 200;

function Subject({ of }: { of: LimitRow }) {
  const name = of.name || of.subject;
  if (of.scope === 'key') return <a href={link('keys', of.subject)}>{name}</a>;
  return of.scope === 'client' ? <a href={link('clients')}>{name}</a> : <>{name}</>;
}

export function LimitTable() {
  const credits = useResource<Credits>('api/v1/credits', 10_000);
  useEffect(() => onEvent((name) => {
    if (name === 'limit') credits.reload();
  }), []);
  return (
    <section class="card" aria-labelledby="limits">
      <div class="card-head"><h2 id="limits">Limits</h2><span class="muted small">Set them where a key, a project or a client is edited</span></div>
      <Loaded from={credits}>
        {({ limits }) => limits.length === 0 ? <Empty title="Nothing is limited"><p>A limit keeps a key, a project or a client from being used up, and a bill from growing.</p></Empty> : (
          <>
            <div class="scroll-x" tabIndex={0} role="region" aria-label="Limits">
              <table class="plain-table">
                <thead><tr><th>Of</th><th>Name</th><th>Limit</th><th class="number">Used</th><th class="number">At most</th><th>Share</th><th>Begins anew</th></tr></thead>
                <tbody>
                  {[...limits].sort((a, b) => b.share - a.share).slice(0, most).map((one) => (
                    <tr key={`${one.scope} ${one.subject} ${one.which}`}>
                      <td>{scopes[one.scope]}</td>
                      <td><Subject of={one} /></td>
                      <td>{limitTitle(one.which)}</td>
                      <td class="number">{amount(one.which, one.used)}</td>
                      <td class="number">{amount(one.which, one.limit)}</td>
                      <td>
                        <Meter label={`${limitTitle(one.which)} of ${one.name || one.subject}`} used={one.used + one.reserved} most={one.limit} />
                        <span class="small muted">{percent(one.used + one.reserved, one.limit)}</span>
                      </td>
                      <td>{one.resets_at ? <Countdown until={one.resets_at} /> : <span class="muted">–</span>}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
            {limits.length > most && <p class="muted small">The fullest {count(most)} of {count(limits.length)}.</p>}
          </>
        )}
      </Loaded>
    </section>
  );
}
