import { now } from '../lib/clock';
import { ago, at, duration } from '../lib/format';

// "in 4 m 12 s", with the time itself when pointed at.
export function Countdown({ until, prefix = 'in ' }: { until: string | number; prefix?: string }) {
  const left = new Date(until).getTime() - now.value;
  return (
    <time dateTime={new Date(until).toISOString()} title={at(until)} class="nowrap">
      {left <= 0 ? 'now' : `${prefix}${duration(left)}`}
    </time>
  );
}

export function Ago({ time }: { time: string | null | undefined }) {
  if (!time) return <span class="muted">never</span>;
  return (
    <time dateTime={time} title={at(time)} class="nowrap">
      {ago(time, now.value)}
    </time>
  );
}

// "12 d 4 h"
export function Age({ since }: { since: string | null | undefined }) {
  if (!since) return <span class="muted">–</span>;
  return (
    <time dateTime={since} title={`since ${at(since)}`} class="nowrap">
      {duration(Math.max(1_000, now.value - Date.parse(since)))}
    </time>
  );
}

export function At({ time }: { time: string | null | undefined }) {
  if (!time) return <span class="muted">–</span>;
  return <time dateTime={time}>{at(time)}</time>;
}
