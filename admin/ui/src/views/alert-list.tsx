import { useEffect } from 'preact/hooks';
import { onEvent } from '../lib/events';
import { link } from '../lib/router';
import { useResource, type Resource } from '../lib/resource';
import { Notice } from '../ui/notice';
import { Ago } from '../ui/time';

export interface Alert {
  id?: string | number;
  kind: string;
  severity?: string;
  message: string;
  at?: string;
  raised?: string;
  resolved?: string | null;
  active?: boolean;
}

export function useAlerts(): Resource<{ alerts: Alert[] }> {
  const alerts = useResource<{ alerts: Alert[] }>('api/v1/alerts', 15_000);
  useEffect(() => onEvent((name) => {
    if (name === 'alert') alerts.reload();
  }), []);
  return alerts;
}

export function isActive(one: Alert): boolean {
  return one.active ?? !one.resolved;
}

// The top of the overview: what needs somebody now.
export function ActiveAlerts() {
  const active = (useAlerts().data?.alerts ?? []).filter(isActive);
  if (active.length === 0) return null;
  const most = 4;
  return (
    <section class="stack" aria-label="Alerts">
      {active.slice(0, most).map((one, n) => (
        <Notice key={one.id ?? n} kind={one.severity === 'critical' ? 'bad' : 'warn'}>
          {one.message} <span class="muted"><Ago time={one.raised ?? one.at} /></span>
        </Notice>
      ))}
      {active.length > most && <p><a href={link('alerts')}>{active.length - most} more alerts</a></p>}
    </section>
  );
}
