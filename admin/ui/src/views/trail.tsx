// Why each key was tried, what Google said, and what that cooled and until when.
import { at, milliseconds } from '../lib/format';
import { link } from '../lib/router';
import type { Attempt } from '../lib/types';
import { Countdown } from '../ui/time';
import { now } from '../lib/clock';

const reasons: Record<string, string> = {
  first: 'the first try', another_key: 'another key was wanted', another_project: 'another project was wanted',
  another_tier: 'a project of another tier was wanted', after_backoff: 'after a pause', try_again: 'the same once more',
};
const fits: Record<string, string> = {
  new_project: 'of a project not tried yet', new_key: 'not tried yet', same_key: 'tried before',
};
const effects = {
  cooled: 'The project rests', quarantined: 'The key is set aside', project_exhausted: 'The whole project rests',
} as const;

function chosen(one: Attempt): string {
  const parts = [`${reasons[one.why] ?? one.why}: a key ${fits[one.fit] ?? one.fit}, by the policy ${one.policy.replaceAll('_', ' ')}`];
  if (one.pinned) parts.push('as its project owns what the request names');
  if (one.queued) parts.push(`after ${milliseconds(one.waited_ms)} in the queue`);
  if (one.half_open) parts.push('as the first one after its rest');
  return parts.join(', ');
}

export function Trail({ of }: { of: readonly Attempt[] }) {
  if (of.length === 0) return <p class="muted">No key was tried.</p>;
  return (
    <ol class="trail">
      {of.map((one, n) => (
        <li key={n} class={one.outcome === 'success' ? 'good' : one.effect ? 'bad' : 'warn'}>
          <h3>
            {n + 1}. <a href={link('keys', one.key)}>{one.key_name ?? one.key}</a>
            {one.project && <span class="muted"> in {one.project}</span>}: {one.outcome.replaceAll('_', ' ')}
            {one.upstream_status !== null && ` (${one.upstream_status})`}
          </h3>
          <p>Chosen as {chosen(one)}.</p>
          {one.reason && <p>Google said: <code>{one.reason}</code></p>}
          {one.effect && (
            <p>
              {effects[one.effect]}
              {one.quotas.length > 0 && <> for <code>{one.quotas.join(', ')}</code></>}
              {one.until && <> until {at(one.until)}{Date.parse(one.until) > now.value && <> (<Countdown until={one.until} />)</>}</>}.
            </p>
          )}
          <p class="muted small">
            began after {milliseconds(one.start_ms)}, took {milliseconds(one.duration_ms)}
            {one.connection && `, over a ${one.connection} connection`}{one.route !== 'direct' && ` by ${one.route}`}
          </p>
        </li>
      ))}
    </ol>
  );
}
