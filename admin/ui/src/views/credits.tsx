// Counts since the last reset: the meter that an operator sets back.
import { useState } from 'preact/hooks';
import { post } from '../lib/api';
import { at, count, money } from '../lib/format';
import { useResource } from '../lib/resource';
import type { Credits, UsageSum } from '../lib/types';
import type { Totals } from '../lib/usage';
import { Button } from '../ui/button';
import { FormDialog } from '../ui/dialog';
import { Select } from '../ui/field';
import { Empty, Loaded } from '../ui/notice';
import { Tile } from '../ui/tile';
import { done } from '../ui/toast';
import { UsageTable } from './usage-table';

const kinds = [['per_key', 'By key'], ['per_project', 'By project'], ['per_model', 'By model'], ['per_client', 'By client']] as const;

function rowsOf(sums: Record<string, UsageSum>): Totals[] {
  return Object.entries(sums)
    .map(([name, sum]) => ({
      group: name, label: name, calls: sum.total_calls, errors: sum.errors, prompt: sum.prompt_tokens, output: sum.output_tokens,
      thought: sum.thought_tokens, cached: sum.cached_tokens, total: sum.total_tokens, cost: sum.estimated_cost_usd ?? 0, unpriced: sum.calls_of_unknown_cost ?? 0,
    }))
    .sort((a, b) => b.total - a.total || b.calls - a.calls);
}

export function CreditTables() {
  const from = useResource<Credits>('api/v1/credits', 10_000);
  const [kind, setKind] = useState<(typeof kinds)[number][0]>('per_key');
  const [asking, setAsking] = useState(false);
  return (
    <section class="stack" aria-labelledby="credits">
      <div class="page-head">
        <h2 id="credits">Since the last reset</h2>
        {from.data && <span class="muted">{at(from.data.since)}</span>}
        <div class="actions"><Button onClick={() => setAsking(true)}>Count anew</Button></div>
      </div>
      <Loaded from={from}>
        {(credits) => (
          <>
            <dl class="grid">
              <Tile title="Calls" figure={count(credits.total_calls)} note={`errors: ${count(credits.errors ?? 0)}`} />
              <Tile title="Tokens" figure={count(credits.total_tokens)} note={`${count(credits.cached_tokens)} of them cached`} />
              <Tile title="Prompt" figure={count(credits.prompt_tokens)} unit="tokens" />
              <Tile title="Output" figure={count(credits.output_tokens)} unit="tokens" note={`and ${count(credits.thought_tokens)} for thinking`} />
              <Tile title="Cost" figure={money(credits.estimated_cost_usd)} note={credits.calls_of_unknown_cost > 0 ? `calls of unknown cost: ${count(credits.calls_of_unknown_cost)}` : 'by list prices'} />
            </dl>
            <div class="card stack">
              <div class="toolbar">
                <Select label="Grouping" hidden value={kind} options={kinds} onInput={(value) => setKind(value as typeof kind)} />
              </div>
              {Object.keys(credits[kind]).length === 0 ? (
                <Empty title="Nothing was counted yet" />
              ) : (
                <UsageTable title={kinds.find(([id]) => id === kind)![1]} rows={rowsOf(credits[kind])} />
              )}
            </div>
          </>
        )}
      </Loaded>
      {asking && (
        <FormDialog
          narrow title="Count anew?" action="Count anew" onClose={() => setAsking(false)}
          act={async () => {
            await post('api/v1/credits/reset');
            from.reload();
            done('The counts begin anew');
          }}
        >
          <p>These sums go back to 0. The history over time stays as it is, and no limit is lifted.</p>
        </FormDialog>
      )}
    </section>
  );
}
