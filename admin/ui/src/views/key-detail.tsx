import { Fragment } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { patch, post, remove } from '../lib/api';
import { at, count, money } from '../lib/format';
import { onEvent } from '../lib/events';
import { go, link } from '../lib/router';
import { useResource } from '../lib/resource';
import type { Key, Status, Validation } from '../lib/types';
import { StateBadge } from '../ui/badge';
import { ActionButton, Button } from '../ui/button';
import { FormDialog } from '../ui/dialog';
import { Loaded, Notice } from '../ui/notice';
import { Age, Ago, At, Countdown } from '../ui/time';
import { done } from '../ui/toast';
import { EditKey, RotateKey } from './key-forms';
import { LimitBars } from './limit-bars';

export function KeyDetail({ id }: { id: string }) {
  const key = useResource<Key>(`api/v1/api-keys/${encodeURIComponent(id)}`, 5_000);
  const status = useResource<Status>('api/v1/api-keys/status', 15_000);
  useEffect(() => onEvent((name, data) => {
    if (name === 'key' && data['key'] === id) key.reload();
  }), [id]);
  return (
    <div class="page">
      <p><a href={link('keys')}>All keys</a></p>
      {key.error?.status === 404 && key.data === null ? (
        <Notice kind="warn"><h1>There is no such key</h1><p>It may have been removed: <code>{id}</code></p></Notice>
      ) : (
        <Loaded from={key}>{(one) => <Detail of={one} status={status.data} reload={key.reload} />}</Loaded>
      )}
    </div>
  );
}

// "GenerateRequestsPerDayPerProjectPerModel": between its words it may be broken.
function Broken({ text }: { text: string }) {
  return <>{text.split(/(?<=[a-z])(?=[A-Z])/).map((word, n) => <Fragment key={n}>{n > 0 && <wbr />}{word}</Fragment>)}</>;
}

function Detail({ of, status, reload }: { of: Key; status: Status | null; reload: () => void }) {
  const [form, setForm] = useState<'' | 'edit' | 'rotate' | 'delete'>('');
  const path = `api/v1/api-keys/${of.id}`;
  const use = status?.api_key_usage[of.name];
  const close = () => {
    setForm('');
    reload();
  };
  const probe = async () => {
    const said = await post<Validation>(`${path}/probe`);
    reload();
    if (!said.valid) throw new Error(`Google rejects this key: ${said.reason}`);
    done(`Google accepts this key${said.models === null ? '' : `, with ${said.models} models`}${said.message ? `: ${said.message}` : ''}`);
  };
  const reset = async () => {
    await post(`${path}/reset`);
    reload();
    done('Cool-downs and quarantine are lifted');
  };
  const enable = async (enabled: boolean) => {
    await patch(path, { enabled });
    reload();
    done(enabled ? 'The key is enabled' : 'The key is disabled: nobody gets it any more');
  };
  const resting = of.state === 'cooling' || of.state === 'quarantined' || of.cooldowns.length > 0;
  return (
    <>
      <div class="page-head">
        <h1>{of.name || of.id}</h1>
        <StateBadge state={of.state} />
        <div class="actions">
          <ActionButton act={probe}>Probe</ActionButton>
          <ActionButton act={reset} disabled={!resting}>Lift cool-downs</ActionButton>
          <ActionButton act={() => enable(!of.enabled)}>{of.enabled ? 'Disable' : 'Enable'}</ActionButton>
          <Button onClick={() => setForm('edit')}>Edit</Button>
          <Button onClick={() => setForm('rotate')}>Rotate</Button>
          <Button kind="danger" onClick={() => setForm('delete')}>Delete</Button>
        </div>
      </div>
      {of.state === 'quarantined' && (
        <Notice kind="bad">
          <strong>Google rejects this key: {of.reason ?? 'no reason given'}.</strong> It gets no requests.{' '}
          {of.next_probe && <>gemkeeper asks again <Countdown until={of.next_probe} />.</>}
        </Notice>
      )}
      {of.state === 'exhausted' && (
        <Notice kind="warn">
          <strong>A limit is used up.</strong> It gets no requests
          {of.exhausted_until && <> until <At time={of.exhausted_until} /></>}.
        </Notice>
      )}
      {!of.durable && (
        <Notice kind="warn">This key is kept in memory only: it is gone when gemkeeper stops.</Notice>
      )}
      <div class="two">
        <section class="card" aria-labelledby="key-what">
          <div class="card-head"><h2 id="key-what">Key</h2></div>
          <dl class="pairs">
            <dt>Id</dt><dd><code>{of.id}</code></dd>
            <dt>Key</dt><dd><code>{of.fingerprint}</code></dd>
            <dt>Project</dt><dd>{of.project ?? <span class="muted">its own</span>}</dd>
            <dt>Service</dt><dd>{of.service === 'vertex' ? 'Vertex AI, express mode' : 'Gemini API'}</dd>
            <dt>Tier</dt><dd>{of.tier}</dd>
            <dt>Weight</dt><dd>{count(of.weight)}</dd>
            <dt>Priority</dt><dd>{of.priority}</dd>
            <dt>Models</dt><dd>{of.models.length ? of.models.join(', ') : <span class="muted">all</span>}</dd>
            <dt>From</dt><dd>{of.origin}</dd>
            {of.first_seen && <><dt>Age</dt><dd><Age since={of.first_seen} /> <span class="muted">(since {at(of.first_seen)})</span></dd></>}
          </dl>
        </section>
        <section class="card" aria-labelledby="key-use">
          <div class="card-head"><h2 id="key-use">Use</h2></div>
          <dl class="pairs">
            <dt>In flight</dt><dd>{count(of.in_flight)}</dd>
            <dt>Calls</dt><dd>{count(of.calls)}</dd>
            <dt>Errors</dt><dd>{count(of.errors)}</dd>
            <dt>Tokens</dt><dd>{use ? count(use.tokens_used) : '–'}</dd>
            <dt>Cost</dt><dd>{use ? money(use.estimated_cost_usd) : '–'}</dd>
            <dt>Last used</dt><dd><Ago time={of.last_used} /></dd>
          </dl>
        </section>
        <section class="card" aria-labelledby="key-limits">
          <div class="card-head"><h2 id="key-limits">Limits and quota</h2></div>
          {Object.keys(of.usage_of_limits).length + (of.usage_of_quota ?? []).length === 0
            ? <p class="muted">None that gemkeeper knows of: Google’s refusals alone limit it.</p>
            : <LimitBars limits={of.usage_of_limits} quota={of.usage_of_quota} />}
        </section>
        <section class="card" aria-labelledby="key-cool">
          <div class="card-head"><h2 id="key-cool">Cool-downs</h2></div>
          {of.cooldowns.length === 0 ? (
            <p class="muted">None: every model can be asked for.</p>
          ) : (
            <div class="scroll-x" tabIndex={0} role="region" aria-label="Cool-downs">
              <table class="plain-table">
                <thead><tr><th>Model</th><th>Quota</th><th>Until</th></tr></thead>
                <tbody>
                  {of.cooldowns.map((one) => (
                    <tr key={`${one.model} ${one.quota}`}>
                      <td>{one.model ?? 'all'}</td>
                      <td><Broken text={one.quota ?? '–'} /></td>
                      <td><Countdown until={one.until} /> <span class="muted">({at(one.until)})</span></td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          )}
        </section>
      </div>
      {form === 'edit' && <EditKey of={of} onClose={close} />}
      {form === 'rotate' && <RotateKey of={of} onClose={close} />}
      {form === 'delete' && (
        <FormDialog
          narrow title={`Delete ${of.name || of.id}?`} action="Delete key" kind="danger" onClose={() => setForm('')}
          act={async () => {
            await remove(path);
            done(`${of.name || of.id} is deleted`);
            go(link('keys'));
          }}
        >
          <p>
            Nobody gets this key any more. {of.in_flight > 0 ? `${count(of.in_flight)} requests under way finish with it.` : 'No request is under way with it.'}
            {' '}Its past use stays in the history; the secret is gone from gemkeeper.
          </p>
        </FormDialog>
      )}
    </>
  );
}
