import { has, post } from '../lib/api';
import { count } from '../lib/format';
import { ActionButton } from '../ui/button';
import { Empty, Loaded } from '../ui/notice';
import { At, Countdown } from '../ui/time';
import { done } from '../ui/toast';
import { kindOf, useAlerts } from './alert-list';
import { LimitTable } from './limit-table';
import { Projects } from './projects';

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
      <LimitTable />
      <Projects />
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
