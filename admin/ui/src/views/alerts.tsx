import { has } from '../lib/api';
import { useResource } from '../lib/resource';
import type { Credits, Key } from '../lib/types';
import { link } from '../lib/router';
import { Empty, Loaded, Notice } from '../ui/notice';
import { At } from '../ui/time';
import { isActive, useAlerts } from './alert-list';
import { limitNames } from './key-forms';

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
  const from = useAlerts();
  return (
    <section class="card" aria-labelledby="alerts">
      <div class="card-head"><h2 id="alerts">Alerts</h2></div>
      <Loaded from={from}>
        {({ alerts }) => alerts.length === 0 ? <Empty title="No alert was raised"><p>Limits, quarantined keys and an empty pool raise them.</p></Empty> : (
          <div class="scroll-x" tabIndex={0} role="region" aria-label="Alerts">
            <table class="plain-table">
              <thead><tr><th>State</th><th>Alert</th><th>Raised</th><th>Over</th></tr></thead>
              <tbody>
                {alerts.map((one, n) => (
                  <tr key={one.id ?? n}>
                    <td><span class={`badge ${isActive(one) ? (one.severity === 'critical' ? 'bad' : 'warn') : ''}`}>{isActive(one) ? 'Active' : 'Over'}</span></td>
                    <td>{one.message}</td>
                    <td><At time={one.raised ?? one.at} /></td>
                    <td><At time={one.resolved} /></td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
      </Loaded>
    </section>
  );
}

function KeyLimits() {
  const keys = useResource<{ api_keys: Key[] }>('api/v1/api-keys', 30_000);
  const credits = useResource<Credits>('api/v1/credits', 30_000);
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
      {credits.error && <Notice kind="warn">{credits.error.message}</Notice>}
    </section>
  );
}
