import { useMemo, useState } from 'preact/hooks';
import { clock, compact, count, milliseconds, money } from '../lib/format';
import { keep, link, place } from '../lib/router';
import { useResource } from '../lib/resource';
import type { Request } from '../lib/types';
import { StatusBadge } from '../ui/badge';
import { Button } from '../ui/button';
import { Search, Select } from '../ui/field';
import { Empty, Loaded } from '../ui/notice';
import { sorted, VirtualTable, type Column, type Order } from '../ui/virtual-table';
import { RequestDetail } from './request-detail';

const outcomes = [
  ['', 'All'], ['good', 'Answered'], ['retried', 'Needed another key'], ['bad', 'Failed'], ['left', 'Client left'],
] as const;

function matches(one: Request, kind: string): boolean {
  if (kind === 'good') return one.status > 0 && one.status < 400;
  if (kind === 'retried') return one.attempts > 1;
  if (kind === 'bad') return one.status >= 400;
  if (kind === 'left') return one.cancelled || one.status === 0;
  return true;
}

const columns: Column<Request>[] = [
  {
    id: 'ended', title: 'Ended', width: '96px', sort: (a, b) => Date.parse(a.ended) - Date.parse(b.ended),
    cell: (one) => <a href={link('requests', one.request_id)}><time dateTime={one.ended}>{clock(one.ended)}</time></a>,
  },
  { id: 'status', title: 'Status', width: '64px', sort: (a, b) => a.status - b.status, cell: (one) => <StatusBadge status={one.status} cancelled={one.cancelled} /> },
  { id: 'model', title: 'Model', width: 'minmax(120px, 1.4fr)', cell: (one) => one.model ?? <span class="muted">–</span> },
  { id: 'route', title: 'Call', width: 'minmax(110px, 1fr)', from: 700, cell: (one) => one.route },
  {
    id: 'key', title: 'Key', width: 'minmax(90px, 1fr)', from: 560,
    cell: (one) => (one.key ? <a href={link('keys', one.key)}><span class="clip">{one.key_name ?? one.key}</span></a> : <span class="muted">none</span>),
  },
  { id: 'client', title: 'Client', width: 'minmax(80px, 0.8fr)', from: 1150, cell: (one) => one.client ?? <span class="muted">–</span> },
  { id: 'attempts', title: 'Attempts', width: '76px', number: true, from: 460, sort: (a, b) => a.attempts - b.attempts, cell: (one) => count(one.attempts) },
  { id: 'reason', title: 'Reason', width: 'minmax(100px, 1fr)', from: 1080, cell: (one) => <span title={one.reason ?? ''}>{one.reason ?? <span class="muted">–</span>}</span> },
  { id: 'tokens', title: 'Tokens', width: '76px', number: true, from: 800, sort: (a, b) => a.total_tokens - b.total_tokens, cell: (one) => compact(one.total_tokens) },
  { id: 'cost', title: 'Cost', width: '84px', number: true, from: 900, sort: (a, b) => (a.cost_usd ?? -1) - (b.cost_usd ?? -1), cell: (one) => money(one.cost_usd) },
  { id: 'time', title: 'Time', width: '80px', number: true, from: 620, sort: (a, b) => a.total_ms - b.total_ms, cell: (one) => milliseconds(one.total_ms) },
];

export function Requests() {
  const { item } = place.value;
  return item ? <RequestDetail key={item} id={item} /> : <RequestList />;
}

function RequestList() {
  const { query } = place.value;
  const [live, setLive] = useState(true);
  const from = useResource<{ requests: Request[] }>('api/v1/requests?limit=500', live ? 4_000 : 0);
  const search = query.get('q') ?? '';
  const kind = query.get('show') ?? '';
  const order: Order = { by: query.get('sort') ?? 'ended', down: query.get('down') !== '0' };
  const set = (changes: Record<string, string>) =>
    keep('requests', '', { q: search, show: kind, sort: order.by, down: order.down ? '' : '0', ...changes });
  const all = from.data?.requests ?? [];
  const rows = useMemo(() => {
    const words = search.toLowerCase().split(/\s+/).filter(Boolean);
    const kept = all.filter((one) => {
      const text = `${one.request_id} ${one.model ?? ''} ${one.route} ${one.key_name ?? ''} ${one.key ?? ''} ${one.client ?? ''} ${one.reason ?? ''} ${one.status}`.toLowerCase();
      return matches(one, kind) && words.every((word) => text.includes(word));
    });
    return sorted(kept, columns, order);
  }, [from.data, search, kind, order.by, order.down]);
  return (
    <div class="page filling">
      <div class="page-head">
        <h1>Requests</h1>
        <div class="actions">
          <Button pressed={live} onClick={() => setLive(!live)}>{live ? 'Following' : 'Follow'}</Button>
        </div>
      </div>
      <Loaded from={from}>
        {() => (
          <>
            <div class="toolbar" role="search">
              <Search label="Search model, key, reason, request id" value={search} onInput={(q) => set({ q })} />
              <Select label="Show" hidden value={kind} options={outcomes} onInput={(value) => set({ show: value })} />
            </div>
            <VirtualTable
              label="Recent requests" columns={columns} rows={rows} keyOf={(one) => one.request_id} order={order}
              onOrder={(next) => set({ sort: next.by, down: next.down ? '' : '0' })}
              empty={all.length === 0 ? (
                <Empty title="No request has come yet"><p><a href={link('connect')}>Connect a client</a> to see its requests here.</p></Empty>
              ) : (
                <Empty title="No request matches"><p>Change the search or the filter.</p></Empty>
              )}
              foot={
                <>
                  <span role="status">{count(rows.length)} of {count(all.length)} recent requests</span>
                  <span>Bodies are never kept.</span>
                </>
              }
            />
          </>
        )}
      </Loaded>
    </div>
  );
}
