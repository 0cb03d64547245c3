// Keys as the views show them: the list, with what each has used.
import { useEffect, useMemo } from 'preact/hooks';
import { onEvent } from './events';
import { useResource, type Resource } from './resource';
import type { Key, Status } from './types';

export interface KeyRow extends Key {
  tokens: number;
  cost: number | null | undefined; // undefined: not told
  recovers: number | null; // when its last cool-down ends
  problem: string; // reason, or what cools
}

export function recovery(key: Key): number | null {
  if (key.state === 'quarantined') return key.next_probe ? Date.parse(key.next_probe) : null;
  if (key.cooldowns.length === 0) return null;
  return Math.min(...key.cooldowns.map((one) => Date.parse(one.until)));
}

function row(key: Key, status: Status | null): KeyRow {
  const use = status?.api_key_usage[key.name];
  const cool = key.cooldowns[0];
  return {
    ...key,
    tokens: use?.tokens_used ?? 0,
    cost: use?.estimated_cost_usd,
    recovers: recovery(key),
    problem: key.reason ?? cool?.quota ?? (cool ? 'quota' : ''),
  };
}

// A list of ten thousand is megabytes: it is asked for less often.
function pace(size: number): number {
  return Math.max(4_000, Math.min(60_000, size * 4));
}

export function useKeys(): Resource<Key[]> & { rows: KeyRow[] } {
  const probe = useResource<{ api_keys: Key[] }>('api/v1/api-keys');
  const size = probe.data?.api_keys.length ?? 0;
  const status = useResource<Status>('api/v1/api-keys/status');
  useEffect(() => {
    let timer = 0;
    let last = Date.now();
    const reload = () => {
      clearTimeout(timer);
      timer = window.setTimeout(regular, pace(size));
      last = Date.now();
      if (document.hidden) return;
      probe.reload();
      status.reload();
    };
    const regular = () => reload();
    timer = window.setTimeout(regular, pace(size));
    const stop = onEvent((name) => {
      if (name !== 'key') return;
      clearTimeout(timer);
      timer = window.setTimeout(reload, Math.max(400, last + pace(size) / 4 - Date.now()));
    });
    return () => {
      clearTimeout(timer);
      stop();
    };
  }, [size]);
  const keys = probe.data?.api_keys ?? null;
  const rows = useMemo(() => (keys ?? []).map((key) => row(key, status.data)), [keys, status.data]);
  return {
    data: keys,
    error: probe.error,
    loading: probe.loading,
    reload: () => {
      probe.reload();
      status.reload();
    },
    rows,
  };
}
