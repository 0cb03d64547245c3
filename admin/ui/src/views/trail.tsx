// Why each key was tried, what Google said, and what that cooled.
import { at, milliseconds } from '../lib/format';
import { link } from '../lib/router';
import { Countdown } from '../ui/time';
import { now } from '../lib/clock';

export interface Attempt {
  key?: string | null;
  key_name?: string | null;
  project?: string | null;
  why?: string | null;
  chosen?: string | null;
  outcome: string;
  reason?: string | null;
  status?: number | null;
  quota?: string | null;
  cooled_until?: string | null;
  until?: string | null;
  start_ms?: number;
  started_ms?: number;
  duration_ms?: number;
  total_ms?: number;
  wait_ms?: number;
}

function kind(one: Attempt): string {
  if (one.outcome === 'success') return 'good';
  return /key|exhausted|quota/.test(one.outcome) ? 'bad' : 'warn';
}

export function Trail({ of }: { of: readonly Attempt[] }) {
  if (of.length === 0) return <p class="muted">No key was tried.</p>;
  return (
    <ol class="trail">
      {of.map((one, n) => {
        const why = one.why ?? one.chosen;
        const until = one.cooled_until ?? one.until;
        const took = one.duration_ms ?? one.total_ms;
        return (
          <li key={n} class={kind(one)}>
            <h3>
              {n + 1}. {one.key ? <a href={link('keys', one.key)}>{one.key_name || one.key}</a> : one.key_name ?? 'no key'}: {one.outcome.replaceAll('_', ' ')}
              {one.status ? ` (${one.status})` : ''}
            </h3>
            {why && <p>Chosen: {why.replaceAll('_', ' ')}</p>}
            {one.reason && <p>Google said: <code>{one.reason}</code></p>}
            {until && (
              <p>
                Rests {one.quota ? <>for <code>{one.quota}</code> </> : ''}until {at(until)}
                {Date.parse(until) > now.value && <> (<Countdown until={until} />)</>}
              </p>
            )}
            {took !== undefined && <p class="muted">took {milliseconds(took)}{one.wait_ms ? `, after a wait of ${milliseconds(one.wait_ms)}` : ''}</p>}
          </li>
        );
      })}
    </ol>
  );
}
