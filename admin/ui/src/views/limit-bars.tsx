// How far limits and quotas are used up.
import { count, money } from '../lib/format';
import type { QuotaUse, Standing } from '../lib/types';
import { Meter } from '../ui/meter';
import { Countdown } from '../ui/time';
import { limitTitle } from './limit-fields';

interface Bar {
  id: string;
  title: string;
  which: string;
  limit: number;
  used: number; // with what requests under way hold
  resets_at: string | null;
}

function barsOf(standings: Record<string, Standing>): Bar[] {
  return Object.entries(standings).map(([which, one]) => ({
    id: which, title: limitTitle(which), which, limit: one.limit, used: one.used + one.reserved, resets_at: one.resets_at,
  }));
}
function barsOfQuota(quota: readonly QuotaUse[]): Bar[] {
  return quota.map((one) => ({ ...one, id: `${one.model} ${one.which}`, title: `${one.model}: ${limitTitle(one.which)}` }));
}

export function amount(which: string, value: number): string {
  return which.startsWith('usd') ? money(value) : count(value);
}

// One for each: a bar, the numbers, and when it begins anew.
export function LimitBars({ limits, quota = [] }: { limits: Record<string, Standing>; quota?: readonly QuotaUse[] | undefined }) {
  return (
    <ul class="limit-bars">
      {[...barsOf(limits), ...barsOfQuota(quota)].map((bar) => (
        <li key={bar.id}>
          <span>{bar.title}</span>
          <span class="number">
            {amount(bar.which, bar.used)} of {amount(bar.which, bar.limit)}
            {bar.resets_at && bar.used > 0 && <span class="muted"> · anew <Countdown until={bar.resets_at} /></span>}
          </span>
          <Meter label={bar.title} used={bar.used} most={bar.limit} />
        </li>
      ))}
    </ul>
  );
}

const share = (bar: Bar) => (bar.limit > 0 ? bar.used / bar.limit : 0);

// The tightest of the minute and the tightest of the day or month, for a row of a table.
export function tightest(limits: Record<string, Standing>, quota: readonly QuotaUse[] = []): [Bar | undefined, Bar | undefined] {
  const all = [...barsOf(limits), ...barsOfQuota(quota)].sort((a, b) => share(b) - share(a));
  const soon = (bar: Bar) => bar.which.endsWith('minute') || bar.which.endsWith('flight');
  return [all.find(soon), all.find((bar) => !soon(bar))];
}
export function mostUsed(limits: Record<string, Standing>, quota: readonly QuotaUse[] = []): number {
  return Math.max(-1, ...tightest(limits, quota).map((bar) => (bar ? share(bar) : -1)));
}

export function TightestBars({ limits, quota = [] }: { limits: Record<string, Standing>; quota?: readonly QuotaUse[] | undefined }) {
  const bars = tightest(limits, quota).filter((bar) => bar !== undefined);
  if (bars.length === 0) return <span class="muted">–</span>;
  const said = bars.map((bar) => `${bar.title}: ${amount(bar.which, bar.used)} of ${amount(bar.which, bar.limit)}`);
  return (
    <span class="two-bars" title={said.join('\n')}>
      {bars.map((bar) => <Meter key={bar.id} label={bar.title} used={bar.used} most={bar.limit} />)}
    </span>
  );
}
