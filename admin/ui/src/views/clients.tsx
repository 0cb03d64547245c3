// Who may use this gemkeeper, each by a token of its own. A token is shown once, when it is made.
import { useState } from 'preact/hooks';
import { has, patch, post, remove } from '../lib/api';
import { count, money } from '../lib/format';
import { useResource } from '../lib/resource';
import type { Credits, Limits } from '../lib/types';
import { Button, CopyButton } from '../ui/button';
import { Dialog, FormDialog } from '../ui/dialog';
import { TextField } from '../ui/field';
import { Empty, Loaded, Notice } from '../ui/notice';
import { Ago, At } from '../ui/time';
import { done } from '../ui/toast';
import { changedLimits, LimitFields, limitNames, limitTexts, wrongLimit } from './key-forms';

export interface Client {
  id: string;
  name: string;
  limits: Limits;
  created?: string | null;
  last_used?: string | null;
  revoked?: string | null;
}
interface Made {
  name: string;
  token: string;
}

export function Clients() {
  const from = useResource<{ clients: Client[] }>('api/v1/clients', 10_000);
  const credits = useResource<Credits>('api/v1/credits', 30_000);
  const [form, setForm] = useState<{ kind: 'add' | 'edit' | 'revoke'; of?: Client } | null>(null);
  const [made, setMade] = useState<Made | null>(null);
  const close = () => {
    setForm(null);
    from.reload();
  };
  return (
    <div class="page">
      <div class="page-head">
        <h1>Clients</h1>
        <div class="actions"><Button kind="main" onClick={() => setForm({ kind: 'add' })}>Add a client</Button></div>
      </div>
      <Loaded from={from}>
        {({ clients }) => clients.length === 0 ? (
          <Empty title="There are no clients yet">
            <p>A client is an application or a person with a token of its own: its use is told apart, can be limited, and can be ended.</p>
          </Empty>
        ) : (
          <div class="card scroll-x" tabIndex={0} role="region" aria-label="Clients">
            <table class="plain-table">
              <thead>
                <tr><th>Client</th><th>State</th><th>Limits</th><th class="number">Calls</th><th class="number">Tokens</th><th class="number">Cost</th><th>Last used</th><th>Made</th><th><span class="hidden-text">Actions</span></th></tr>
              </thead>
              <tbody>
                {clients.map((one) => {
                  const use = credits.data?.per_client[one.name];
                  const limits = limitNames(one.limits).filter(([name]) => Number(one.limits[name] ?? 0) > 0);
                  return (
                    <tr key={one.id}>
                      <td>{one.name}</td>
                      <td>{one.revoked ? <span class="badge">Revoked</span> : <span class="badge good">Active</span>}</td>
                      <td>{limits.length === 0 ? <span class="muted">none</span> : limits.map(([name, title]) => <div key={name}>{title}: {one.limits[name]}</div>)}</td>
                      <td class="number">{count(use?.total_calls ?? 0)}</td>
                      <td class="number">{count(use?.total_tokens ?? 0)}</td>
                      <td class="number">{use ? money(use.estimated_cost_usd) : '–'}</td>
                      <td><Ago time={one.last_used} /></td>
                      <td><At time={one.created} /></td>
                      <td>
                        <div class="row">
                          {has('patch', '/clients/{id}') && !one.revoked && <Button kind="quiet" onClick={() => setForm({ kind: 'edit', of: one })}>Edit<span class="hidden-text"> {one.name}</span></Button>}
                          {!one.revoked && <Button kind="danger" onClick={() => setForm({ kind: 'revoke', of: one })}>Revoke<span class="hidden-text"> {one.name}</span></Button>}
                        </div>
                      </td>
                    </tr>
                  );
                })}
              </tbody>
            </table>
          </div>
        )}
      </Loaded>
      {form?.kind === 'add' && <AddClient onClose={close} onMade={setMade} />}
      {form?.kind === 'edit' && form.of && <EditClient of={form.of} onClose={close} />}
      {form?.kind === 'revoke' && form.of && (
        <FormDialog
          narrow title={`Revoke ${form.of.name}?`} action="Revoke" kind="danger" onClose={close}
          act={async () => {
            await remove(`api/v1/clients/${encodeURIComponent(form.of!.id)}`);
            done(`${form.of!.name} can ask no more`);
          }}
        >
          <p>Its token is refused from now on; requests under way finish. Its past use stays in the history.</p>
        </FormDialog>
      )}
      {made && (
        <Dialog narrow title={`The token of ${made.name}`} onClose={() => setMade(null)}>
          <div class="dialog-body">
            <Notice kind="warn">Copy it now: it is shown this once, and only its hash is kept.</Notice>
            <pre class="code" tabIndex={0} aria-label="Token"><code>{made.token}</code></pre>
          </div>
          <div class="dialog-foot">
            <CopyButton text={made.token} label="Copy token" />
            <Button kind="main" onClick={() => setMade(null)}>Done</Button>
          </div>
        </Dialog>
      )}
    </div>
  );
}

function AddClient({ onClose, onMade }: { onClose: () => void; onMade: (made: Made) => void }) {
  const [name, setName] = useState('');
  return (
    <FormDialog
      narrow title="Add a client" action="Make its token" onClose={onClose} disabled={name.trim() === ''}
      act={async () => {
        const said = await post<{ token: string }>('api/v1/clients', { name: name.trim() });
        onMade({ name: name.trim(), token: said.token });
      }}
    >
      <TextField label="Name" value={name} onInput={setName} hint="An application, a team or a person; it stands beside each of its requests." />
    </FormDialog>
  );
}

function EditClient({ of, onClose }: { of: Client; onClose: () => void }) {
  const [name, setName] = useState(of.name);
  const [limits, setLimits] = useState(limitTexts(of.limits));
  const wrong = name.trim() === '' || Object.entries(limits).some(([id, text]) => wrongLimit(id, text));
  return (
    <FormDialog
      title={`Edit ${of.name}`} action="Save" onClose={onClose} disabled={wrong}
      act={async () => {
        const changed = changedLimits(of.limits, limits);
        const changes: Record<string, unknown> = {};
        if (name.trim() !== of.name) changes['name'] = name.trim();
        if (Object.keys(changed).length > 0) {
          const known = Object.fromEntries(limitNames(of.limits).map(([id]) => [id, of.limits[id]]));
          changes['limits'] = { ...known, ...changed };
        }
        if (Object.keys(changes).length > 0) await patch(`api/v1/clients/${encodeURIComponent(of.id)}`, changes);
        done('The client is changed');
      }}
    >
      <TextField label="Name" value={name} onInput={setName} />
      <LimitFields of={of.limits} texts={limits} onChange={setLimits} />
    </FormDialog>
  );
}
