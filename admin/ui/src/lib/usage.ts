import { money } from './format';

// Usage over time, as GET /usage tells it, and what the views make of it.
export interface UsageRow {
  at: number; // ms since 1970
  group: string; // id or name; "" without grouping
  label: string;
  calls: number;
  errors: number;
  prompt: number;
  output: number;
  thought: number;
  cached: number;
  total: number;
  cost: number; // in US dollars, of the calls whose price is known
  unpriced: number; // calls whose price is not known
}
export const measures = [
  ['cost', 'Cost'], ['total', 'Tokens'], ['prompt', 'Prompt tokens'], ['output', 'Output tokens'],
  ['thought', 'Thinking tokens'], ['cached', 'Cached tokens'], ['calls', 'Calls'], ['errors', 'Errors'],
] as const;
export type Measure = (typeof measures)[number][0];
export const groups = [['', 'All together'], ['key', 'By key'], ['project', 'By project'], ['model', 'By model'], ['client', 'By client']] as const;
export const steps = { minute: 60_000, hour: 3_600_000, day: 86_400_000 } as const;
export type Step = keyof typeof steps;

const hour = steps.hour;
export function stepFor(span: number): Step {
  return span <= 6 * hour ? 'minute' : span <= 15 * 24 * hour ? 'hour' : 'day';
}

export function usagePath(from: number, to: number, step: Step, group: string, format: 'json' | 'csv'): string {
  const seconds = (time: number) => Math.floor(time / 1000);
  return `api/v1/usage?from=${seconds(from)}&to=${seconds(to)}&step=${step}&format=${format}${group ? `&group_by=${group}` : ''}`;
}

export interface Totals extends Omit<UsageRow, 'at'> {}

function add(to: Totals, row: UsageRow): void {
  for (const name of ['calls', 'errors', 'prompt', 'output', 'thought', 'cached', 'total', 'cost', 'unpriced'] as const) to[name] += row[name];
}

// One for each group, the largest first.
export function totals(rows: readonly UsageRow[], by: Measure): Totals[] {
  const made = new Map<string, Totals>();
  for (const row of rows) {
    let one = made.get(row.group);
    if (!one) {
      one = { group: row.group, label: row.label, calls: 0, errors: 0, prompt: 0, output: 0, thought: 0, cached: 0, total: 0, cost: 0, unpriced: 0 };
      made.set(row.group, one);
    }
    add(one, row);
  }
  return [...made.values()].sort((a, b) => b[by] - a[by] || b.calls - a.calls);
}

// Values of a measure at each step from `from` to `to`; 0 where nothing was used. Of many groups, what
// is beyond `most` is summed up as one.
export function series(rows: readonly UsageRow[], by: Measure, from: number, to: number, step: Step, most = 7) {
  const size = steps[step];
  const begin = Math.floor(from / size) * size;
  const times: number[] = [];
  for (let at = begin; at < to && times.length < 5_000; at += size) times.push(at / 1000);
  const order = totals(rows, by);
  const place = new Map(order.map((one, n) => [one.group, Math.min(n, most)]));
  const lines = order.slice(0, most + 1).map((one, n) => ({
    name: n === most ? `${order.length - most} others` : one.label || 'All',
    values: new Array<number>(times.length).fill(0),
  }));
  for (const row of rows) {
    const n = Math.floor((row.at - begin) / size);
    const line = lines[place.get(row.group) ?? 0];
    if (line && n >= 0 && n < times.length) line.values[n] = line.values[n]! + row[by];
  }
  return { times, lines };
}

// Null where nothing of it has a known price; marked where a part has none.
export function costText(of: { cost: number; unpriced: number; calls: number }): string {
  if (of.unpriced > 0 && of.unpriced >= of.calls) return money(null);
  return of.unpriced > 0 ? `${money(of.cost)} + unknown` : money(of.cost);
}

interface Line {
  start: string;
  key?: string | null;
  key_name?: string | null;
  project?: string | null;
  model?: string | null;
  client?: string | null;
  calls: number;
  errors: number;
  prompt_tokens: number;
  output_tokens: number;
  thought_tokens: number;
  cached_tokens: number;
  total_tokens: number;
  calls_of_unknown_cost: number;
  estimated_cost_usd: number | null;
}
export interface UsageAnswer {
  group_by: ('key' | 'project' | 'model' | 'client')[];
  kept_from: string | null; // before this, nothing of this precision is kept
  usage: Line[];
}

// `names` of groups that are told by their id.
export function readUsage(said: UsageAnswer, names?: ReadonlyMap<string, string>): UsageRow[] {
  const [by] = said.group_by;
  return said.usage.map((line) => {
    const group = by ? (line[by] ?? '') : '';
    return {
      at: Date.parse(line.start),
      group,
      label: by === 'key' ? (line.key_name ?? group) || 'no key' : by ? (names?.get(group) ?? group) || `no ${by}` : '',
      calls: line.calls,
      errors: line.errors,
      prompt: line.prompt_tokens,
      output: line.output_tokens,
      thought: line.thought_tokens,
      cached: line.cached_tokens,
      total: line.total_tokens,
      cost: line.estimated_cost_usd ?? 0,
      unpriced: line.calls_of_unknown_cost,
    };
  });
}
