// What a view shows of the API: loaded when it appears, and again from time to time.
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { ApiError, get } from './api';
import { epoch } from './events';

export interface Resource<T> {
  data: T | null;
  error: ApiError | null; // of the last try; older data may still be there
  loading: boolean;
  reload: () => void;
}

// `path` null: nothing is asked. `every` in milliseconds; 0: once. Hidden pages do not ask.
export function useResource<T>(path: string | null, every = 0): Resource<T> {
  const [data, setData] = useState<T | null>(null);
  const [error, setError] = useState<ApiError | null>(null);
  const [loading, setLoading] = useState(path !== null);
  const load = useRef<() => void>(() => undefined);
  const missed = epoch.value;

  // Of the same thing asked in another way, the older answer is shown until the new one is there.
  const what = path?.split('?', 1)[0];
  useEffect(() => {
    setData(null);
    setError(null);
  }, [what]);

  useEffect(() => {
    if (path === null) return undefined;
    let timer = 0;
    let running: AbortController | null = null;
    const again = () => {
      clearTimeout(timer);
      if (every > 0) timer = window.setTimeout(() => (document.hidden ? again() : run()), every);
    };
    const run = async () => {
      running?.abort();
      const mine = new AbortController();
      running = mine;
      setLoading(true);
      try {
        const next = await get<T>(path, mine.signal);
        if (mine.signal.aborted) return;
        setData(next);
        setError(null);
      } catch (problem) {
        if (mine.signal.aborted) return;
        setError(problem instanceof ApiError ? problem : new ApiError(0, 'unreadable', String(problem)));
      }
      setLoading(false);
      again();
    };
    load.current = () => void run();
    void run();
    return () => {
      clearTimeout(timer);
      running?.abort();
    };
  }, [path, every, missed]);

  return { data, error, loading, reload: useCallback(() => load.current(), []) };
}
