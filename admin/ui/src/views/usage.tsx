import { useMemo } from 'preact/hooks';
import { has } from '../lib/api';
import { minute } from '../lib/clock';
import { compact, dayAndTime, money, zone } from '../lib/format';
import { keep, place } from '../lib/router';
import { useResource } from '../lib/resource';
import type { Client } from '../lib/types';
import { groups, measures, readUsage, series, stepFor, steps, totals, usagePath, type Measure, type UsageAnswer, type UsageRow } from '../lib/usage';
import { Button } from '../ui/button';
import { Chart, type Series } from '../ui/chart';
import { Check, Select } from '../ui/field';
import { Empty, Loaded, Notice } from '../ui/notice';
import { CreditTables } from './credits';
import { UsageTable } from './usage-table';

const ranges = [['1h', 'Last hour'], ['24h', 'Last 24 hours'], ['7d', 'Last 7 days'], ['30d', 'Last 30 days'], ['365d', 'Last year'], ['own', 'From … to']] as const;
const lengths: Record<string, number> = { '1h': steps.hour, '24h': steps.day, '7d': 7 * steps.day, '30d': 30 * steps.day, '365d': 365 * steps.day };
const colors = ['--c1', '--c2', '--c3', '--c4', '--c5', '--c6', '--c7', '--c8'];

export function Usage() {
  return (
    <div class="page">
      <div class="page-head"><h1>Usage and cost</h1></div>
      {has('get', '/usage') && <History />}
      <CreditTables />
    </div>
  );
}

function localInput(time: number): string {
  const at = new Date(time - new Date(time).getTimezoneOffset() * 60_000);
  return at.toISOString().slice(0, 16);
}

function History() {
  const { query } = place.value;
  const range = query.get('range') ?? '24h';
  const group = query.get('by') ?? 'model';
  const measure = (query.get('measure') ?? 'total') as Measure;
  const compare = query.get('compare') === '1';
  const end = range === 'own' ? Number(query.get('to')) || minute.value : minute.value;
  const begin = range === 'own' ? Number(query.get('from')) || end - steps.day : end - (lengths[range] ?? steps.day);
  const span = end - begin;
  const step = stepFor(span);
  const now = useResource<UsageAnswer>(usagePath(begin, end, step, group, 'json'));
  const clients = useResource<{ clients: Client[] }>(group === 'client' && has('get', '/clients') ? 'api/v1/clients' : null);
  const names = useMemo(() => new Map(clients.data?.clients.map((one) => [one.id, one.name])), [clients.data]);
  const before = useResource<UsageAnswer>(compare ? usagePath(begin - span, begin, step, group, 'json') : null);
  const set = (changes: Record<string, string>) =>
    keep('usage', '', {
      range, by: group, measure, compare: compare ? '1' : '',
      ...(range === 'own' ? { from: String(begin), to: String(end) } : {}), ...changes,
    });
  const own = (from: number, to: number) => set({ range: 'own', from: String(Math.round(from)), to: String(Math.round(to)) });
  const format = measure === 'cost' ? money : compact;

  return (
    <section class="card stack" aria-labelledby="history">
      <div class="card-head">
        <h2 id="history">Over time</h2>
        <span class="muted small">{dayAndTime(begin)} to {dayAndTime(end)}, {zone}, by the {step}</span>
      </div>
      <div class="toolbar">
        <Select label="Range" hidden value={range} options={ranges} onInput={(value) => (value === 'own' ? own(begin, end) : set({ range: value }))} />
        <Select label="Group" hidden value={group} options={groups} onInput={(by) => set({ by })} />
        <Select label="Measure" hidden value={measure} options={measures} onInput={(value) => set({ measure: value })} />
        <Check label="Compare with the time before" checked={compare} onChange={(on) => set({ compare: on ? '1' : '' })} />
        {range === 'own' && <Button onClick={() => own(begin - span / 2, Math.min(end + span / 2, Date.now()))}>Zoom out</Button>}
        <a class="button" href={usagePath(begin, end, step, group, 'csv')} download="gemkeeper-usage.csv">CSV</a>
      </div>
      {range === 'own' && (
        <div class="toolbar">
          <label class="row">From <input class="input date" type="datetime-local" value={localInput(begin)} onChange={(event) => own(Date.parse(event.currentTarget.value) || begin, end)} /></label>
          <label class="row">to <input class="input date" type="datetime-local" value={localInput(end)} onChange={(event) => own(begin, Date.parse(event.currentTarget.value) || end)} /></label>
        </div>
      )}
      <Loaded from={now}>
        {(said) => (
          <>
            {said.kept_from && Date.parse(said.kept_from) > begin && (
              <Notice kind="plain">By the {step}, usage is kept since {dayAndTime(said.kept_from)}: what was before is not in this chart.</Notice>
            )}
            <Drawn
              said={said} names={names} before={before.data} begin={begin} end={end}
              measure={measure} format={format} group={group} onZoom={(from, to) => own(from * 1000, Math.max(to * 1000, from * 1000 + 5 * steps.minute))}
            />
          </>
        )}
      </Loaded>
    </section>
  );
}

function Drawn({ said, names, before, begin, end, measure, format, group, onZoom }: {
  said: UsageAnswer;
  names: ReadonlyMap<string, string>;
  before: UsageAnswer | null;
  begin: number;
  end: number;
  measure: Measure;
  format: (value: number) => string;
  group: string;
  onZoom: (from: number, to: number) => void;
}) {
  const step = stepFor(end - begin);
  const rows = useMemo<UsageRow[]>(() => readUsage(said, names), [said, names]);
  const earlier = useMemo(() => (before ? readUsage(before, names) : null), [before, names]);
  const { times, lines } = useMemo(() => series(rows, measure, begin, end, step), [rows, measure, begin, end]);
  const drawn = useMemo<Series[]>(() => {
    const made: Series[] = lines.map((line, n) => ({ ...line, color: colors[n]! }));
    if (earlier) {
      const flat = earlier.map((row) => ({ ...row, group: '', label: 'Before' }));
      const past = series(flat, measure, begin - (end - begin), begin, step).lines[0];
      const values = past?.values.slice(0, times.length) ?? [];
      made.push({ name: 'All, the time before', color: '--muted', dashed: true, values: times.map((_time, n) => values[n] ?? 0) });
    }
    return made;
  }, [lines, earlier]);
  const sums = useMemo(() => totals(rows, measure), [rows, measure]);
  const name = measures.find(([id]) => id === measure)?.[1] ?? '';
  if (rows.length === 0) return <Empty title="Nothing was used in this time"><p>Choose another range.</p></Empty>;
  return (
    <>
      <Chart
        label={`${name} over time. ${sums.slice(0, 4).map((one) => `${one.label || 'All'}: ${format(one[measure])}`).join(', ')}`}
        times={times} series={drawn} format={format} onZoom={onZoom}
      />
      <ul class="chart-legend" aria-label="Lines of the chart">
        {drawn.map((line) => (
          <li key={line.name}>
            <svg class="swatch" aria-hidden="true"><rect width="10" height="10" fill={`var(${line.color})`} /></svg>
            {line.name}
          </li>
        ))}
      </ul>
      <p class="muted small">Drag over the chart to zoom.</p>
      <UsageTable title={groups.find(([id]) => id === group)?.[1] ?? ''} rows={sums} before={earlier ? totals(earlier, measure) : null} measure={measure} />
    </>
  );
}
