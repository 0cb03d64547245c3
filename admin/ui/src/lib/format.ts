// Numbers, money and times as people read them; times are in the browser's zone.
const whole = new Intl.NumberFormat(undefined, { maximumFractionDigits: 0 });
const short = new Intl.NumberFormat(undefined, { notation: 'compact', maximumFractionDigits: 1 });
const dateTime = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });
const timeOnly = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' });
const dayTime = new Intl.DateTimeFormat(undefined, {
  month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit',
});

export const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;

export function count(value: number): string {
  return whole.format(value);
}
export function compact(value: number): string {
  return Math.abs(value) < 10_000 ? whole.format(value) : short.format(value);
}
export function rate(value: number): string {
  return value >= 100 ? whole.format(value) : value.toFixed(value >= 10 || value === 0 ? 0 : 1);
}
export function percent(part: number, all: number): string {
  if (all === 0) return '–';
  const share = (100 * part) / all;
  return `${share > 0 && share < 10 ? share.toFixed(1) : Math.round(share)} %`;
}
// Null: no price is known, which is not 0.
export function money(usd: number | null | undefined): string {
  if (usd === null || usd === undefined) return 'unknown';
  const size = Math.abs(usd);
  if (size !== 0 && size < 0.01) return `$${usd.toFixed(size < 0.001 ? 6 : 4).replace(/0+$/, '')}`;
  return `$${usd.toLocaleString(undefined, { minimumFractionDigits: 2, maximumFractionDigits: 2 })}`;
}
export function milliseconds(ms: number): string {
  if (ms < 1) return `${Math.round(ms * 1000)} µs`;
  if (ms < 100) return `${ms.toFixed(1)} ms`;
  return ms < 10_000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}
export function bytes(value: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB'];
  let unit = 0;
  let rest = value;
  while (rest >= 1024 && unit < units.length - 1) {
    rest /= 1024;
    ++unit;
  }
  return `${unit === 0 ? rest : rest.toFixed(1)} ${units[unit]}`;
}
export function at(time: string | number | Date | null | undefined): string {
  return time === null || time === undefined ? 'never' : dateTime.format(new Date(time));
}
export function clock(time: string | number | Date): string {
  return timeOnly.format(new Date(time));
}
export function dayAndTime(time: string | number | Date): string {
  return dayTime.format(new Date(time));
}
// "4 m 12 s": the two largest units.
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  const parts: [number, string][] = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor((seconds % 86_400) / 3_600), 'h'],
    [Math.floor((seconds % 3_600) / 60), 'm'],
    [seconds % 60, 's'],
  ];
  const first = parts.findIndex(([value]) => value > 0);
  if (first < 0) return '0 s';
  return parts.slice(first, first + 2).map(([value, unit]) => `${value} ${unit}`).join(' ');
}
export function ago(time: string | null | undefined, now: number): string {
  if (!time) return 'never';
  const passed = now - Date.parse(time);
  if (passed < 2_000) return 'now';
  return `${duration(passed).split(' ').slice(0, 2).join(' ')} ago`;
}

// The next midnight in California, when Google's daily quotas begin anew.
export function nextReset(now: number): number {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone: 'America/Los_Angeles', hourCycle: 'h23', hour: 'numeric', minute: 'numeric', second: 'numeric',
  }).formatToParts(new Date(now));
  const of = (type: string) => Number(parts.find((part) => part.type === type)?.value ?? 0);
  const passed = (of('hour') * 60 + of('minute')) * 60 + of('second');
  const guess = now - (now % 1000) + (86_400 - passed) * 1000;
  // A change of summer time in between moves it by an hour.
  const hour = Number(new Intl.DateTimeFormat('en-US', {
    timeZone: 'America/Los_Angeles', hourCycle: 'h23', hour: 'numeric',
  }).format(new Date(guess)));
  return guess + (hour === 23 ? 3_600_000 : -hour * 3_600_000);
}
