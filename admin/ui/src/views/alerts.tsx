import { has, post } from '../lib/api';
import { count } from '../lib/format';
import { useResource } from '../lib/resource';
import type { Key } from '../lib/types';
import { link } from '../lib/router';
import { ActionButton } from '../ui/button';
import { Empty, Loaded } from '../ui/notice';
import { At, Countdown } from '../ui/time';
import { done } from '../ui/toast';
import { kindOf, useAlerts } from './alert-list';
import { limitNames } from './key-forms';

const severities = { critical: 'Critical', warning: 'Warning', info: 'Note' } as const;

async function testWebhook(): Promise<void> {
  const said = await post<{ delivered: boolean; message: string | null; status: number | null }>('api/v1/alerts/test');
  if (!said.delivered) throw new Error(`The webhook failed: ${said.message ?? said.status}`);
  done(`The webhook answered ${said.status}`);
}

export function Alerts() {
  return (
    <div class="page">
      <div class="page-head"><h1>Limits and alerts</h1></div>
      {has('get', '/alerts') && <AlertTable />}
      <KeyLimits />
    </div>
  );
}

function AlertTable() {
  const from = useAlerts('all');
  const most = 300;
  return (
    <section class="card stack" aria-labelledby="alerts">
      <div class="card-head">
        <h2 id="alerts">Alerts</h2>
        {has('post', '/alerts/test') && <ActionButton act={testWebhook}>Test the webhook</ActionButton>}
      </div>
      <Loaded from={from}>
        {({ alerts, webhook }) => (
          <>
            {alerts.length === 0 ? <Empty title="No alert was raised"><p>Rejected keys, used-up limits, an empty pool and more raise one.</p></Empty> : (
              <div class="scroll-x" tabIndex={0} role="region" aria-label="Alerts">
                <table class="plain-table">
                  <thead><tr><th>State</th><th>Alert</th><th>Raised</th><th>Over</th></tr></thead>
                  <tbody>
                    {[...alerts.filter((one) => one.state === 'active'), ...alerts.filter((one) => one.state !== 'active')].slice(0, most).map((one) => (
                      <tr key={one.id}>
                        <td><span class={`badge ${one.state === 'active' ? kindOf[one.severity] : ''}`}>{one.state === 'active' ? severities[one.severity] : 'Over'}</span></td>
                        <td>{one.message}{one.count > 1 && <span class="muted"> ({count(one.count)} times)</span>}</td>
                        <td class="nowrap"><At time={one.raised} /></td>
                        <td class="nowrap">{one.resolved ? <At time={one.resolved} /> : one.until ? <Countdown until={one.until} /> : <span class="muted">–</span>}</td>
                      </tr>
                    ))}
                  </tbody>
                </table>
              </div>
            )}
            <p class="muted small">
              Webhook: {count(webhook.delivered)} delivered, {count(webhook.waiting)} waiting, {count(webhook.failed)} tries failed, {count(webhook.dropped)} dropped.
            </p>
          </>
        )}
      </Loaded>
    </section>
  );
}

function KeyLimits() {
  const keys = useResource<{ api_keys: Key[] }>('api/v1/api-keys', 30_000);
  const limited = (keys.data?.api_keys ?? []).filter((key) => limitNames(key.limits).some(([name]) => Number(key.limits[name] ?? 0) > 0));
  const most = 200;
  return (
    <section class="card" aria-labelledby="limits">
      <div class="card-head"><h2 id="limits">Limits of keys</h2><span class="muted small">Set them in a key’s Edit</span></div>
      <Loaded from={keys}>
        {() => limited.length === 0 ? <Empty title="No key has a limit"><p>A limit keeps a key from being used up, and its bill from growing.</p></Empty> : (
          <div class="scroll-x" tabIndex={0} role="region" aria-label="Limits of keys">
            <table class="plain-table">
              <thead><tr><th>Key</th><th>Limit</th><th class="number">At most</th></tr></thead>
              <tbody>
                {limited.slice(0, most).flatMap((key) => limitNames(key.limits)
                  .filter(([name]) => Number(key.limits[name] ?? 0) > 0)
                  .map(([name, title]) => (
                    <tr key={`${key.id} ${name}`}>
                      <td><a href={link('keys', key.id)}>{key.name || key.id}</a></td>
                      <td>{title}</td>
                      <td class="number">{key.limits[name]}</td>
                    </tr>
                  )))}
              </tbody>
            </table>
          </div>
        )}
      </Loaded>
    </section>
  );
}
