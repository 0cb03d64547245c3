import { useMemo, useState } from 'preact/hooks';
import { get } from '../lib/api';
import { count } from '../lib/format';
import { link } from '../lib/router';
import { useResource } from '../lib/resource';
import { ActionButton } from '../ui/button';
import { Search } from '../ui/field';
import { Empty, Loaded } from '../ui/notice';
import { At } from '../ui/time';

interface Entry {
  id: number;
  time: string;
  actor: string;
  action: string;
  subject: string | null;
  detail: string | null;
}

interface Page {
  audit: Entry[];
  next: number | null;
}
const page_size = 200;
const most = 5_000;

// Every change that was made by the admin API or the configuration.
export function Audit() {
  const from = useResource<Page>(`api/v1/audit?limit=${page_size}`, 10_000);
  const [older, setOlder] = useState<Page>({ audit: [], next: null });
  const [search, setSearch] = useState('');
  // What is new shifts the first page; an entry may then be in both.
  const all = useMemo(() => {
    const newest = from.data?.audit ?? [];
    const last = newest[newest.length - 1]?.id ?? Infinity;
    return [...newest, ...older.audit.filter((one) => one.id < last)];
  }, [from.data, older]);
  const rows = useMemo(() => all.filter((one) =>
    `${one.actor} ${one.action} ${one.subject ?? ''} ${one.detail ?? ''}`.toLowerCase().includes(search.toLowerCase())), [all, search]);
  const next = older.audit.length > 0 ? older.next : (from.data?.next ?? null);
  const more = async () => {
    const page = await get<Page>(`api/v1/audit?limit=${page_size}&before=${next}`);
    setOlder((before) => ({ audit: [...before.audit, ...page.audit].slice(0, most), next: before.audit.length + page.audit.length < most ? page.next : null }));
  };
  return (
    <div class="page">
      <div class="page-head"><h1>Audit</h1></div>
      <Loaded from={from}>
        {() => all.length === 0 ? <Empty title="Nothing was changed yet" /> : (
          <>
            <div class="toolbar" role="search">
              <Search label="Search the trail" value={search} onInput={setSearch} />
              <span class="muted" role="status">{count(rows.length)} of {count(all.length)}</span>
            </div>
            <div class="card scroll-x" tabIndex={0} role="region" aria-label="Audit trail">
              <table class="plain-table">
                <thead><tr><th>When</th><th>By</th><th>What</th><th>Of</th><th>Detail</th></tr></thead>
                <tbody>
                  {rows.map((one) => (
                    <tr key={one.id}>
                      <td class="nowrap"><At time={one.time} /></td>
                      <td class="nowrap">{one.actor}</td>
                      <td class="nowrap">{one.action}</td>
                      <td class="nowrap"><Subject of={one} /></td>
                      <td>{one.detail ?? ''}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
            {next !== null && <p><ActionButton act={more}>Older</ActionButton></p>}
          </>
        )}
      </Loaded>
    </div>
  );
}

function Subject({ of }: { of: Entry }) {
  if (!of.subject) return null;
  return of.action.startsWith('key') ? <a href={link('keys', of.subject)}><code>{of.subject}</code></a> : <code>{of.subject}</code>;
}
