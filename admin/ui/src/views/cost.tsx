// What today and this month cost so far, and what the month will at this pace.
import { has } from '../lib/api';
import { minute } from '../lib/clock';
import { money } from '../lib/format';
import { useResource } from '../lib/resource';
import type { Credits } from '../lib/types';
import { costText, readUsage, totals, usagePath, type Totals, type UsageAnswer } from '../lib/usage';
import { Tile } from '../ui/tile';

export function CostTiles() {
  return has('get', '/usage') ? <MonthTiles /> : <CreditTile />;
}

function sum(said: UsageAnswer | null): Totals | null {
  const none: Totals = { group: '', label: '', calls: 0, errors: 0, prompt: 0, output: 0, thought: 0, cached: 0, total: 0, cost: 0, unpriced: 0 };
  return said ? (totals(readUsage(said), 'cost')[0] ?? none) : null;
}

function MonthTiles() {
  const now = new Date(minute.value);
  const midnight = new Date(now.getFullYear(), now.getMonth(), now.getDate()).getTime();
  const first = new Date(now.getFullYear(), now.getMonth(), 1).getTime();
  const next = new Date(now.getFullYear(), now.getMonth() + 1, 1).getTime();
  const end = new Date(now.getFullYear(), now.getMonth(), now.getDate() + 1).getTime();
  const today = useResource<UsageAnswer>(usagePath(midnight, end, 'hour', '', 'json'), 30_000);
  const month = useResource<UsageAnswer>(usagePath(first, next, 'hour', '', 'json'), 60_000);
  const spent = sum(month.data);
  const projected = spent === null ? null : (spent.cost * (next - first)) / Math.max(now.getTime() - first, 3_600_000);
  const figure = (of: Totals | null) => (of === null ? '–' : costText(of));
  return (
    <>
      <Tile title="Cost today" figure={figure(sum(today.data))} note="since midnight here" />
      <Tile title="Cost this month" figure={figure(spent)} note={projected === null ? '' : `${money(projected)} by its end at this pace`} />
    </>
  );
}

function CreditTile() {
  const credits = useResource<Credits>('api/v1/credits', 15_000);
  if (!credits.data) return null;
  return <Tile title="Cost" figure={money(credits.data.estimated_cost_usd)} note="since the last reset" />;
}
