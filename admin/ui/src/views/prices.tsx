import { useState } from 'preact/hooks';
import { has, put } from '../lib/api';
import { minute } from '../lib/clock';
import { californianDay, periodOf, priceText, services, type Prices as Table, type Service } from '../lib/prices';
import { useResource } from '../lib/resource';
import { Button } from '../ui/button';
import { FormDialog } from '../ui/dialog';
import { Search, Select, TextField } from '../ui/field';
import { Empty, Loaded } from '../ui/notice';
import { done } from '../ui/toast';

const kinds = services.map((name) => [name, `${name[0]!.toUpperCase()}${name.slice(1)}`] as const);

export function Prices() {
  const from = useResource<Table>('api/v1/prices', 60_000);
  const [search, setSearch] = useState('');
  const [service, setService] = useState<Service>('standard');
  const [editing, setEditing] = useState(false);
  const day = californianDay(minute.value);
  return (
    <div class="page">
      <div class="page-head">
        <h1>Prices</h1>
        <div class="actions">{has('put', '/prices') && <Button onClick={() => setEditing(true)}>Own prices</Button>}</div>
      </div>
      <p class="muted">US dollars per million tokens, as of {day} in California. What is not here has an unknown cost, which is never counted as 0.</p>
      <Loaded from={from}>
        {(file) => {
          const models = file.models.filter((one) => one.names.join(' ').includes(search.toLowerCase()));
          return (
            <>
              <div class="toolbar" role="search">
                <Search label="Search models" value={search} onInput={setSearch} />
                <Select label="Service" hidden value={service} options={kinds} onInput={(value) => setService(value as Service)} />
              </div>
              <div class="card scroll-x" tabIndex={0} role="region" aria-label="Prices">
                {models.length === 0 ? <Empty title="No model matches" /> : (
                  <table class="plain-table">
                    <thead><tr><th>Model</th><th>Input</th><th>Cached</th><th>Output</th><th>Thinking</th><th>From</th><th>Source</th></tr></thead>
                    <tbody>
                      {models.map((model) => {
                        const period = periodOf(model, day);
                        const rates = period?.[service];
                        return (
                          <tr key={model.names[0]}>
                            <td>{model.names[0]}{model.overridden && <> <span class="badge plain">{model.origin}</span></>}</td>
                            {rates ? (
                              <>
                                <td>{priceText(rates.input)}{rates.above && <div class="muted small">{priceText(rates.above.input)} above {rates.above.prompt_tokens / 1000}k</div>}</td>
                                <td>{priceText(rates.cached)}</td>
                                <td>{priceText(rates.output)}{rates.above && <div class="muted small">{priceText(rates.above.output)}</div>}</td>
                                <td>{rates.thinking ? `$${rates.thinking}` : <span class="muted">unknown</span>}</td>
                              </>
                            ) : <td colSpan={4} class="muted">unknown</td>}
                            <td class="nowrap">{period?.from ?? '–'}</td>
                            <td>{(rates?.sources ?? period?.sources ?? []).map((one) => <div key={one.name} class="nowrap" title={one.url}>{one.name} <span class="muted small">{one.date}</span></div>)}</td>
                          </tr>
                        );
                      })}
                    </tbody>
                  </table>
                )}
              </div>
            </>
          );
        }}
      </Loaded>
      {editing && <OwnPrices before={from.data?.overrides ?? null} onClose={() => { setEditing(false); from.reload(); }} />}
    </div>
  );
}

const template = {
  schema: 1, currency: 'USD', sources: { contract: { url: '', date: '' } }, models: [],
};

function OwnPrices({ before, onClose }: { before: object | null; onClose: () => void }) {
  const [text, setText] = useState(JSON.stringify(before ?? template, null, 2));
  return (
    <FormDialog
      title="Own prices" action="Use them" onClose={onClose} disabled={text.trim() === ''}
      act={async () => {
        let file: unknown;
        try {
          file = JSON.parse(text);
        } catch (error) {
          throw new Error(`This is not JSON: ${(error as Error).message}`);
        }
        await put('api/v1/prices', file);
        done('The prices are in effect; what was counted before keeps its cost');
      }}
    >
      <TextField
        label="Price file" lines={14} value={text} onInput={setText}
        hint="JSON as docs/prices.md describes it. Models in it replace those of the built-in table, one by one; without models, the built-in prices hold again."
      />
    </FormDialog>
  );
}
