import { at, bytes, count, milliseconds, money } from '../lib/format';
import { link } from '../lib/router';
import { useResource } from '../lib/resource';
import type { Request } from '../lib/types';
import { StatusBadge } from '../ui/badge';
import { CopyButton } from '../ui/button';
import { Loaded, Notice } from '../ui/notice';
import { Trail } from './trail';

export function RequestDetail({ id }: { id: string }) {
  const from = useResource<Request>(`api/v1/requests/${encodeURIComponent(id)}`);
  return (
    <div class="page">
      <p><a href={link('requests')}>All requests</a></p>
      {from.error?.status === 404 && from.data === null ? (
        <Notice kind="warn">
          <h1>This request is no longer among the recent ones</h1>
          <p>gemkeeper keeps the last few hundred; its log has a line for <code>{id}</code>.</p>
        </Notice>
      ) : (
        <Loaded from={from}>{(one) => <Detail of={one} />}</Loaded>
      )}
    </div>
  );
}

function Detail({ of }: { of: Request }) {
  return (
    <>
      <div class="page-head">
        <h1>{of.model ?? of.route}</h1>
        <StatusBadge status={of.status} cancelled={of.cancelled} />
        <div class="actions"><CopyButton text={of.request_id} label="Copy request id" /></div>
      </div>
      <section class="card" aria-labelledby="request-trail">
        <div class="card-head"><h2 id="request-trail">Attempts</h2></div>
        {of.trail_left_out > 0 && <p class="muted">{count(of.trail_left_out)} earlier attempts are not told.</p>}
        <Trail of={of.trail} />
      </section>
      <div class="two">
        <section class="card" aria-labelledby="request-what">
          <div class="card-head"><h2 id="request-what">Request</h2></div>
          <dl class="pairs">
            <dt>Id</dt><dd><code>{of.request_id}</code></dd>
            <dt>Ended</dt><dd>{at(of.ended)}</dd>
            <dt>Call</dt><dd>{of.method} {of.route}</dd>
            <dt>Model</dt><dd>{of.model ?? '–'}</dd>
            {of.client !== undefined && <><dt>Client</dt><dd>{of.client ?? '–'}</dd></>}
            <dt>Key</dt><dd>{of.key ? <a href={link('keys', of.key)}>{of.key_name ?? of.key}</a> : 'none'}</dd>
            <dt>Attempts</dt><dd>{count(of.attempts)}</dd>
            {of.trace_id && <><dt>Trace</dt><dd><code>{of.trace_id}</code></dd></>}
            <dt>Outcome</dt><dd>{of.outcome}{of.reason ? `: ${of.reason}` : ''}{of.cancelled ? ' (the client left)' : ''}</dd>
          </dl>
        </section>
        <section class="card" aria-labelledby="request-cost">
          <div class="card-head"><h2 id="request-cost">Times and use</h2></div>
          <dl class="pairs">
            <dt>In all</dt><dd>{milliseconds(of.total_ms)}</dd>
            <dt>To the first byte</dt><dd>{milliseconds(of.first_byte_ms)}</dd>
            <dt>Waiting for Google</dt><dd>{milliseconds(of.upstream_ms)}</dd>
            <dt>Waiting for a key</dt><dd>{milliseconds(of.waited_ms)}</dd>
            <dt>Added by gemkeeper</dt><dd>{milliseconds(of.overhead_ms)}</dd>
            <dt>Tokens</dt><dd>{count(of.total_tokens)} <span class="muted">({count(of.prompt_tokens)} in, {count(of.output_tokens)} out)</span></dd>
            <dt>Cost</dt><dd>{money(of.cost_usd)} <span class="muted">({of.cost_basis.replaceAll('_', ' ')})</span></dd>
            <dt>Bytes</dt><dd>{bytes(of.bytes_in)} in, {bytes(of.bytes_out)} out</dd>
          </dl>
        </section>
      </div>
    </>
  );
}
