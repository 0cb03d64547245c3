import { useMemo, useState } from 'preact/hooks';
import { compact, count, money } from '../lib/format';
import { useKeys, type KeyRow } from '../lib/keys';
import { keep, link, place } from '../lib/router';
import { StateBadge } from '../ui/badge';
import { Button } from '../ui/button';
import { Search, Select } from '../ui/field';
import { Empty, Loaded } from '../ui/notice';
import { Age, Ago, Countdown } from '../ui/time';
import { sorted, VirtualTable, type Column, type Order } from '../ui/virtual-table';
import { AddKeys } from './add-keys';
import { KeyDetail } from './key-detail';
import { mostUsed, TightestBars } from './limit-bars';

const states = [
  ['', 'All states'], ['healthy', 'Healthy'], ['cooling', 'Cooling'], ['quarantined', 'Quarantined'],
  ['exhausted', 'Exhausted'], ['disabled', 'Disabled'],
] as const;
const severity = ['quarantined', 'exhausted', 'cooling', 'disabled', 'healthy'];
const text = new Intl.Collator(undefined, { numeric: true });
const by = <T,>(of: (row: KeyRow) => T, compare: (a: T, b: T) => number) => (a: KeyRow, b: KeyRow) => compare(of(a), of(b));
const rising = (a: number, b: number) => a - b;

const columns: Column<KeyRow>[] = [
  {
    id: 'name', title: 'Name', width: 'minmax(120px, 1.4fr)', sort: by((key) => key.name, text.compare),
    cell: (key) => <a href={link('keys', key.id)}><span class="clip">{key.name || key.id}</span></a>,
  },
  {
    id: 'key', title: 'Key', width: '104px', from: 1320,
    cell: (key) => <code>{key.fingerprint}</code>,
  },
  {
    id: 'project', title: 'Project', width: 'minmax(90px, 1fr)', from: 760, sort: by((key) => key.project ?? '', text.compare),
    cell: (key) => key.project ?? <span class="muted">its own</span>,
  },
  {
    id: 'state', title: 'State', width: '116px', sort: by((key) => severity.indexOf(key.state), rising),
    cell: (key) => <StateBadge state={key.state} />,
  },
  {
    id: 'reason', title: 'Reason', width: 'minmax(110px, 1.6fr)', from: 1015, sort: by((key) => key.problem, text.compare),
    cell: (key) => <span title={key.problem}>{brief(key.problem) || <span class="muted">–</span>}</span>,
  },
  {
    id: 'recovers', title: 'Back', width: '104px', from: 560, sort: by((key) => key.recovers ?? Infinity, (a, b) => (a === b ? 0 : a - b)),
    cell: (key) => (key.recovers ? <Countdown until={key.recovers} /> : <span class="muted">–</span>),
  },
  {
    id: 'limits', title: 'Limits', width: '84px', from: 980, sort: by((key) => mostUsed(key.usage_of_limits, key.usage_of_quota), rising),
    cell: (key) => <TightestBars limits={key.usage_of_limits} quota={key.usage_of_quota} />,
  },
  {
    id: 'flight', title: 'In flight', width: '72px', number: true, from: 1490, sort: by((key) => key.in_flight, rising),
    cell: (key) => count(key.in_flight),
  },
  {
    id: 'calls', title: 'Calls', width: '72px', number: true, from: 480, sort: by((key) => key.calls, rising),
    cell: (key) => compact(key.calls),
  },
  {
    id: 'errors', title: 'Errors', width: '72px', number: true, from: 1404, sort: by((key) => key.errors, rising),
    cell: (key) => compact(key.errors),
  },
  {
    id: 'tokens', title: 'Tokens', width: '80px', number: true, from: 820, sort: by((key) => key.tokens, rising),
    cell: (key) => compact(key.tokens),
  },
  {
    id: 'cost', title: 'Cost', width: '86px', number: true, from: 900, sort: by((key) => key.cost ?? -1, rising),
    cell: (key) => money(key.cost),
  },
  {
    id: 'used', title: 'Last used', width: '104px', from: 680,
    sort: by((key) => (key.last_used ? Date.parse(key.last_used) : 0), rising),
    cell: (key) => <Ago time={key.last_used} />,
  },
  {
    id: 'age', title: 'Age', width: '84px', from: 1204,
    sort: by((key) => (key.first_seen ? -Date.parse(key.first_seen) : 0), rising),
    cell: (key) => <Age since={key.first_seen} />,
  },
];

// Google's ids of quotas are longer than a column.
function brief(problem: string): string {
  const span = /Per(Day|Minute)/.exec(problem)?.[1];
  return span ? `quota of the ${span.toLowerCase()}` : problem;
}

export function Keys() {
  const { item } = place.value;
  return item ? <KeyDetail key={item} id={item} /> : <KeyList />;
}

function KeyList() {
  const { query } = place.value;
  const keys = useKeys();
  const [adding, setAdding] = useState(false);
  const search = query.get('q') ?? '';
  const state = query.get('state') ?? '';
  const project = query.get('project') ?? '';
  const order: Order = { by: query.get('sort') ?? 'state', down: query.get('down') === '1' };
  const set = (changes: Record<string, string>) =>
    keep('keys', '', { q: search, state, project, sort: order.by, down: order.down ? '1' : '', ...changes });

  const projects = useMemo(() => {
    const names = new Set(keys.rows.map((key) => key.project ?? ''));
    names.delete('');
    return [['', 'All projects'] as const, ...[...names].sort(text.compare).map((name) => [name, name] as const)];
  }, [keys.data]);
  const rows = useMemo(() => {
    const words = search.toLowerCase().split(/\s+/).filter(Boolean);
    const kept = keys.rows.filter((key) => {
      if (state && key.state !== state) return false;
      if (project && key.project !== project) return false;
      const all = `${key.name} ${key.id} ${key.fingerprint} ${key.project ?? ''} ${key.problem}`.toLowerCase();
      return words.every((word) => all.includes(word));
    });
    return sorted(kept, columns, order);
  }, [keys.rows, search, state, project, order.by, order.down]);

  return (
    <div class="page filling">
      <div class="page-head">
        <h1>Keys</h1>
        <div class="actions">
          <Button kind="main" onClick={() => setAdding(true)}>Add keys</Button>
        </div>
      </div>
      <Loaded from={keys}>
        {(all) => (
          <>
            <div class="toolbar" role="search">
              <Search label="Search name, key, project, reason" value={search} onInput={(q) => set({ q })} />
              <Select label="State" hidden value={state} options={states} onInput={(value) => set({ state: value })} />
              {projects.length > 1 && (
                <Select label="Project" hidden value={project} options={projects} onInput={(value) => set({ project: value })} />
              )}
            </div>
            <VirtualTable
              label="API keys" columns={columns} rows={rows} keyOf={(key) => key.id} order={order}
              onOrder={(next) => set({ sort: next.by, down: next.down ? '1' : '' })}
              empty={all.length === 0 ? (
                <Empty title="There are no keys yet">
                  <p>Add one, and every client of this gemkeeper can use it.</p>
                </Empty>
              ) : (
                <Empty title="No key matches"><p>Change the search or the filters.</p></Empty>
              )}
              foot={
                <>
                  <span role="status">{count(rows.length)} of {count(all.length)} keys</span>
                  <span>Calls are attempts since the start. Limits: the tightest of the minute, and of the day or month.</span>
                </>
              }
            />
          </>
        )}
      </Loaded>
      {adding && <AddKeys onClose={() => setAdding(false)} onAdded={keys.reload} />}
    </div>
  );
}
