// Who may use this gemkeeper, each by a token of its own. A token is shown once, when it is made.
import { useEffect, useState } from 'preact/hooks';
import { patch, post, remove } from '../lib/api';
import { onEvent } from '../lib/events';
import { count, money } from '../lib/format';
import { useResource } from '../lib/resource';
import type { Client, Credits } from '../lib/types';
import { ActionButton, Button, CopyButton } from '../ui/button';
import { Dialog, FormDialog } from '../ui/dialog';
import { TextField } from '../ui/field';
import { Empty, Loaded, Notice } from '../ui/notice';
import { Ago } from '../ui/time';
import { done } from '../ui/toast';
import { LimitBars } from './limit-bars';
import { anyWrong, editedLimits, LimitFields, limitTexts } from './limit-fields';

interface Made {
  name: string;
  token: string;
}
const kinds = { active: ['good', 'Active'], disabled: ['', 'Disabled'], exhausted: ['over', 'Exhausted'] } as const;

function path(client: Client): string {
  return `api/v1/clients/${encodeURIComponent(client.id)}`;
}

export function Clients() {
  const from = useResource<{ clients: Client[] }>('api/v1/clients', 10_000);
  const credits = useResource<Credits>('api/v1/credits', 30_000);
  const [form, setForm] = useState<{ kind: 'add' | 'edit' | 'rotate' | 'remove'; of?: Client } | null>(null);
  const [made, setMade] = useState<Made | null>(null);
  useEffect(() => onEvent((name) => {
    if (name === 'client' || name === 'limit') from.reload();
  }), []);
  const close = () => {
    setForm(null);
    from.reload();
  };
  const enable = async (client: Client) => {
    await patch(path(client), { enabled: !client.enabled });
    from.reload();
    done(client.enabled ? `${client.name} can ask no more` : `${client.name} can ask again`);
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
                <tr><th>Client</th><th>Limits</th><th class="number">Calls</th><th class="number">Tokens</th><th class="number">Cost</th><th>Last used</th><th><span class="hidden-text">Actions</span></th></tr>
              </thead>
              <tbody>
                {clients.map((one) => {
                  const use = credits.data?.per_client[one.name];
                  const [kind, word] = kinds[one.state];
                  const name = <span class="hidden-text"> {one.name}</span>;
                  return (
                    <tr key={one.id}>
                      <td><div>{one.name}</div><span class={`badge ${kind}`}>{word}</span></td>
                      <td class="limits"><LimitBars limits={one.usage_of_limits} /></td>
                      <td class="number">{count(use?.total_calls ?? 0)}</td>
                      <td class="number">{count(use?.total_tokens ?? 0)}</td>
                      <td class="number nowrap">{use ? money(use.estimated_cost_usd) : '–'}</td>
                      <td>
                        <div><Ago time={one.last_used} /></div>
                        <span class="muted small nowrap">{one.origin === 'admin API' ? <>made <Ago time={one.created} /></> : one.origin}</span>
                      </td>
                      <td>
                        {one.origin === 'admin API' && (
                          <div class="row in-twos">
                            <Button kind="quiet" onClick={() => setForm({ kind: 'edit', of: one })}>Edit{name}</Button>
                            <ActionButton kind="quiet" act={() => enable(one)}>{one.enabled ? 'Disable' : 'Enable'}{name}</ActionButton>
                            <Button kind="quiet" onClick={() => setForm({ kind: 'rotate', of: one })}>New token{name}</Button>
                            <Button kind="danger" onClick={() => setForm({ kind: 'remove', of: one })}>Remove{name}</Button>
                          </div>
                        )}
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
      {form?.kind === 'rotate' && form.of && (
        <FormDialog
          narrow title={`Another token for ${form.of.name}?`} action="Make a new token" kind="danger" onClose={close}
          act={async () => {
            const said = await post<{ token: string }>(`${path(form.of!)}/rotate`);
            setMade({ name: form.of!.name, token: said.token });
          }}
        >
          <p>The old one is refused from now on; requests under way finish. Limits and history stay.</p>
        </FormDialog>
      )}
      {form?.kind === 'remove' && form.of && (
        <FormDialog
          narrow title={`Remove ${form.of.name}?`} action="Remove" kind="danger" onClose={close}
          act={async () => {
            await remove(path(form.of!));
            done(`${form.of!.name} can ask no more`);
          }}
        >
          <p>Its token is refused from now on; requests under way finish. Its past use stays in the history.</p>
        </FormDialog>
      )}
      {made && <Token of={made} onClose={() => setMade(null)} />}
    </div>
  );
}

function Token({ of, onClose }: { of: Made; onClose: () => void }) {
  return (
    <Dialog narrow title={`The token of ${of.name}`} onClose={onClose}>
      <div class="dialog-body">
        <Notice kind="warn">Copy it now: it is shown this once, and only its hash is kept.</Notice>
        <p>It goes where the SDK wants an API key.</p>
        <pre class="code" tabIndex={0} aria-label="Token"><code>{of.token}</code></pre>
      </div>
      <div class="dialog-foot">
        <CopyButton text={of.token} label="Copy token" />
        <Button kind="main" onClick={onClose}>Done</Button>
      </div>
    </Dialog>
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
  return (
    <FormDialog
      title={`Edit ${of.name}`} action="Save" onClose={onClose} disabled={name.trim() === '' || anyWrong(limits)}
      act={async () => {
        const changes: Record<string, unknown> = {};
        if (name.trim() !== of.name) changes['name'] = name.trim();
        const next = editedLimits(of.limits, limits);
        if (next) changes['limits'] = next;
        if (Object.keys(changes).length > 0) await patch(path(of), changes);
        done('The client is changed');
      }}
    >
      <TextField label="Name" value={name} onInput={setName} />
      <LimitFields of={of.limits} texts={limits} onChange={setLimits} />
    </FormDialog>
  );
}
