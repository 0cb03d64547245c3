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
  cost: number | null; // null: no price is known for some of it
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
  const query = new URLSearchParams({
    from: new Date(from).toISOString(), to: new Date(to).toISOString(), step, format,
    ...(group ? { group_by: group } : {}),
  });
  return `api/v1/usage?${query}`;
}

export interface Totals extends Omit<UsageRow, 'at'> {}

function add(to: Totals, row: UsageRow): void {
  for (const name of ['calls', 'errors', 'prompt', 'output', 'thought', 'cached', 'total'] as const) to[name] += row[name];
  to.cost = to.cost === null || row.cost === null ? (to.cost ?? 0) + (row.cost ?? 0) || null : to.cost + row.cost;
}

// One for each group, the largest first.
export function totals(rows: readonly UsageRow[], by: Measure): Totals[] {
  const made = new Map<string, Totals>();
  for (const row of rows) {
    let one = made.get(row.group);
    if (!one) {
      one = { group: row.group, label: row.label, calls: 0, errors: 0, prompt: 0, output: 0, thought: 0, cached: 0, total: 0, cost: 0 };
      made.set(row.group, one);
    }
    add(one, row);
  }
  return [...made.values()].sort((a, b) => (b[by] ?? 0) - (a[by] ?? 0) || b.calls - a.calls);
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
    if (line && n >= 0 && n < times.length) line.values[n] = line.values[n]! + (row[by] ?? 0);
  }
  return { times, lines };
}

type Json = Record<string, unknown>;
const number = (value: unknown) => (typeof value === 'number' ? value : Number(value ?? 0) || 0);

export function readUsage(said: unknown): UsageRow[] {
  const { rows } = said as { rows: Json[] };
  return rows.map((row) => ({
    at: Date.parse(String(row['at'])),
    group: String(row['group'] ?? ''),
    label: String(row['name'] ?? row['group'] ?? ''),
    calls: number(row['total_calls']),
    errors: number(row['errors']),
    prompt: number(row['prompt_tokens']),
    output: number(row['output_tokens']),
    thought: number(row['thought_tokens']),
    cached: number(row['cached_tokens']),
    total: number(row['total_tokens']),
    cost: row['estimated_cost_usd'] === null ? null : number(row['estimated_cost_usd']),
  }));
}
