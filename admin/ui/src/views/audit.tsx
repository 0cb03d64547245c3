import { useMemo, useState } from 'preact/hooks';
import { count } from '../lib/format';
import { useResource } from '../lib/resource';
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

// Every change that was made by the admin API or the configuration.
export function Audit() {
  const from = useResource<{ audit: Entry[] }>('api/v1/audit', 10_000);
  const [search, setSearch] = useState('');
  const rows = useMemo(() => (from.data?.audit ?? []).filter((one) =>
    `${one.actor} ${one.action} ${one.subject ?? ''} ${one.detail ?? ''}`.toLowerCase().includes(search.toLowerCase())), [from.data, search]);
  return (
    <div class="page">
      <div class="page-head"><h1>Audit</h1></div>
      <Loaded from={from}>
        {({ audit }) => audit.length === 0 ? <Empty title="Nothing was changed yet" /> : (
          <>
            <div class="toolbar" role="search">
              <Search label="Search the trail" value={search} onInput={setSearch} />
              <span class="muted" role="status">{count(rows.length)} of {count(audit.length)}</span>
            </div>
            <div class="card scroll-x" tabIndex={0} role="region" aria-label="Audit trail">
              <table class="plain-table">
                <thead><tr><th>When</th><th>By</th><th>What</th><th>Of</th><th>Detail</th></tr></thead>
                <tbody>
                  {rows.map((one) => (
                    <tr key={one.id}>
                      <td class="nowrap"><At time={one.time} /></td>
                      <td>{one.actor}</td>
                      <td>{one.action}</td>
                      <td><code>{one.subject ?? ''}</code></td>
                      <td>{one.detail ?? ''}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          </>
        )}
      </Loaded>
    </div>
  );
}
