import { useEffect } from 'preact/hooks';
import { onEvent } from '../lib/events';
import { link } from '../lib/router';
import { useResource, type Resource } from '../lib/resource';
import { Notice } from '../ui/notice';
import { Ago } from '../ui/time';

export interface Alert {
  id: string;
  kind: string;
  severity: 'info' | 'warning' | 'critical';
  state: 'active' | 'resolved';
  subject: string;
  message: string;
  raised: string;
  updated: string;
  resolved: string | null;
  until: string | null;
  count: number;
}
export interface AlertReport {
  alerts: Alert[];
  webhook: { delivered: number; failed: number; dropped: number; waiting: number };
}
const order = ['critical', 'warning', 'info'];
export const kindOf = { critical: 'bad', warning: 'warn', info: 'plain' } as const;

export function useAlerts(state: 'active' | 'all'): Resource<AlertReport> {
  const alerts = useResource<AlertReport>(`api/v1/alerts?state=${state}`, 15_000);
  useEffect(() => onEvent((name) => {
    if (name === 'alert') alerts.reload();
  }), []);
  return alerts;
}

export function bySeverity(alerts: readonly Alert[]): Alert[] {
  return [...alerts].sort((a, b) => order.indexOf(a.severity) - order.indexOf(b.severity) || Date.parse(b.updated) - Date.parse(a.updated));
}

// The top of the overview: what needs somebody now.
export function ActiveAlerts() {
  const active = bySeverity(useAlerts('active').data?.alerts ?? []);
  if (active.length === 0) return null;
  const most = 3;
  return (
    <section class="stack" aria-label="Alerts">
      {active.slice(0, most).map((one) => (
        <Notice key={one.id} kind={kindOf[one.severity]}>
          <strong>{one.severity === 'critical' ? 'Critical: ' : ''}</strong>
          {one.message} <span class="muted"><Ago time={one.raised} /></span>
        </Notice>
      ))}
      {active.length > most && <p><a href={link('alerts')}>{active.length - most} more alerts</a></p>}
    </section>
  );
}
