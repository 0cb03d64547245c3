import { useMemo } from 'preact/hooks';
import { count } from '../lib/format';
import { keep, place } from '../lib/router';
import { useResource } from '../lib/resource';
import { Check, Search } from '../ui/field';
import { Empty, Loaded, Notice } from '../ui/notice';

interface Config {
  file: string | null;
  settings: Record<string, { value: unknown; source: string }>;
  warnings?: string[];
}
function shown(value: unknown): string {
  return typeof value === 'string' ? (value === '' ? '""' : value) : JSON.stringify(value);
}

export function Settings() {
  const { query } = place.value;
  const from = useResource<Config>('api/v1/config', 30_000);
  const search = query.get('q') ?? '';
  const changed = query.get('set') === '1';
  const rows = useMemo(() => {
    const all = Object.entries(from.data?.settings ?? {});
    return all.filter(([name, { value, source }]) =>
      (!changed || source !== 'default') && `${name} ${shown(value)} ${source}`.toLowerCase().includes(search.toLowerCase()));
  }, [from.data, search, changed]);
  return (
    <div class="page">
      <div class="page-head"><h1>Settings in effect</h1></div>
      <Loaded from={from}>
        {(config) => (
          <>
            <p class="muted">
              {config.file ? <>Read from <code>{config.file}</code>; a change of the file takes effect at once where it can.</> : 'No configuration file was read.'} Secrets are hidden.
            </p>
            {config.warnings?.map((text) => <Notice key={text} kind="warn">{text}</Notice>)}
            <div class="toolbar" role="search">
              <Search label="Search settings" value={search} onInput={(q) => keep('settings', '', { q, set: changed ? '1' : '' })} />
              <Check label="Only what is set" checked={changed} onChange={(on) => keep('settings', '', { q: search, set: on ? '1' : '' })} />
              <span class="muted" role="status">{count(rows.length)} settings</span>
            </div>
            <div class="card scroll-x" tabIndex={0} role="region" aria-label="Settings">
              {rows.length === 0 ? <Empty title="No setting matches" /> : (
                <table class="plain-table">
                  <thead><tr><th>Setting</th><th>Value</th><th>From</th></tr></thead>
                  <tbody>
                    {rows.map(([name, { value, source }]) => (
                      <tr key={name}>
                        <td><code>{name}</code></td>
                        <td><code>{shown(value)}</code></td>
                        <td class={source === 'default' ? 'muted' : ''}>{source}</td>
                      </tr>
                    ))}
                  </tbody>
                </table>
              )}
            </div>
          </>
        )}
      </Loaded>
    </div>
  );
}
