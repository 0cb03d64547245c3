// Rates out of sums that only grow: what the overview draws. Bounded.
import type { Histogram, Overview } from './types';

export interface Sample {
  at: number;
  sums: Overview;
}
const most = 150;

export function remember(history: readonly Sample[], next: Sample): Sample[] {
  const last = history[history.length - 1];
  // Smaller than before: gemkeeper was started anew.
  if (last && next.sums.requests < last.sums.requests) return [next];
  return [...history, next].slice(-most);
}

// How fast a sum grew between samples, per second.
export function rates(history: readonly Sample[], of: (sums: Overview) => number): number[] {
  return history.slice(1).map((sample, n) => {
    const before = history[n]!;
    const seconds = (sample.at - before.at) / 1000;
    return seconds > 0 ? Math.max(0, of(sample.sums) - of(before.sums)) / seconds : 0;
  });
}

// Over about the last minute.
export function recent(history: readonly Sample[], span = 60_000): [from: Sample, to: Sample] | null {
  const to = history[history.length - 1];
  if (!to || history.length < 2) return null;
  const from = history.find((sample) => to.at - sample.at <= span) ?? history[0]!;
  return from === to ? [history[history.length - 2]!, to] : [from, to];
}

// The quantile of what was observed after `before`; within a bucket, evenly spread. Null: nothing was.
export function quantile(share: number, bounds: readonly number[], now: Histogram, before?: Histogram): number | null {
  const counts = now.buckets.map((count, n) => count - (before?.buckets[n] ?? 0));
  const all = counts.reduce((sum, count) => sum + count, 0);
  if (all <= 0) return null;
  let passed = 0;
  for (const [n, count] of counts.entries()) {
    if (passed + count >= share * all && count > 0) {
      const low = n === 0 ? 0 : bounds[n - 1]!;
      const high = bounds[n] ?? low * 2;
      return low + ((share * all - passed) / count) * (high - low);
    }
    passed += count;
  }
  return bounds[bounds.length - 1] ?? null;
}
