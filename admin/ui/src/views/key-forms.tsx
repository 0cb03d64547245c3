// What can be changed of a key.
import { useState } from 'preact/hooks';
import { patch, post } from '../lib/api';
import type { Key, Limits } from '../lib/types';
import { FormDialog } from '../ui/dialog';
import { Check, TextField } from '../ui/field';
import { done } from '../ui/toast';

const titles: Record<string, string> = {
  requests_in_flight: 'Requests in flight',
  requests_per_minute: 'Requests per minute',
  requests_per_day: 'Requests per day',
  tokens_per_minute: 'Tokens per minute',
  tokens_per_day: 'Tokens per day',
  tokens_per_month: 'Tokens per month',
  usd_per_day: 'US dollars per day',
  usd_per_month: 'US dollars per month',
};

// The limits that this gemkeeper knows, by the names in its answer.
export function limitNames(of: Limits): (readonly [string, string])[] {
  return Object.keys(of)
    .filter((name) => of[name] === null || typeof of[name] !== 'object')
    .map((name) => [name, titles[name] ?? name.replaceAll('_', ' ')] as const);
}

export type LimitTexts = Record<string, string>;
export function limitTexts(of: Limits): LimitTexts {
  return Object.fromEntries(limitNames(of).map(([name]) => [name, of[name] ? String(of[name]) : '']));
}
export function wrongLimit(name: string, text: string): string | undefined {
  if (text.trim() === '') return undefined;
  const money = name.startsWith('usd');
  const fits = money ? /^\d{1,9}(\.\d{1,6})?$/.test(text.trim()) : /^\d{1,15}$/.test(text.trim());
  return fits ? undefined : money ? 'An amount such as 12.50, or nothing.' : 'A whole number, or nothing.';
}
// Only what was changed.
export function changedLimits(of: Limits, texts: LimitTexts): Limits {
  const before = limitTexts(of);
  return Object.fromEntries(
    Object.entries(texts)
      .filter(([name, text]) => text.trim() !== before[name])
      .map(([name, text]) => [name, typeof of[name] === 'string' ? text.trim() || '0' : Number(text.trim() || 0)]),
  );
}

export function LimitFields({ of, texts, onChange }: { of: Limits; texts: LimitTexts; onChange: (next: LimitTexts) => void }) {
  return (
    <fieldset class="plain-set">
      <legend class="legend">Limits</legend>
      <div class="columns">
        {limitNames(of).map(([name, title]) => (
          <TextField
            key={name} label={title} value={texts[name] ?? ''} placeholder="no limit"
            onInput={(text) => onChange({ ...texts, [name]: text })} problem={wrongLimit(name, texts[name] ?? '')}
          />
        ))}
      </div>
    </fieldset>
  );
}

export function EditKey({ of, onClose }: { of: Key; onClose: () => void }) {
  const [project, setProject] = useState(of.project ?? '');
  const [weight, setWeight] = useState(String(of.weight));
  const [priority, setPriority] = useState(String(of.priority));
  const [models, setModels] = useState(of.models.join(', '));
  const [limits, setLimits] = useState(limitTexts(of.limits));
  const wrongWeight = /^[1-9]\d{0,7}$/.test(weight.trim()) ? undefined : 'A whole number from 1 on.';
  const wrongPriority = /^-?\d{1,9}$/.test(priority.trim()) ? undefined : 'A whole number.';
  const wrong = wrongWeight || wrongPriority || Object.entries(limits).some(([name, text]) => wrongLimit(name, text));
  const save = async () => {
    const changes: Record<string, unknown> = {};
    const list = models.split(/[\s,]+/).filter(Boolean);
    if (project.trim() !== (of.project ?? '')) changes['project'] = project.trim();
    if (Number(weight) !== of.weight) changes['weight'] = Number(weight);
    if (Number(priority) !== of.priority) changes['priority'] = Number(priority);
    if (list.join() !== of.models.join()) changes['models'] = list;
    const changed = changedLimits(of.limits, limits);
    // The limits are set as a whole: those that stay go along.
    if (Object.keys(changed).length > 0) {
      const known = Object.fromEntries(limitNames(of.limits).map(([name]) => [name, of.limits[name]]));
      changes['limits'] = { ...known, ...changed };
    }
    if (Object.keys(changes).length > 0) await patch(`api/v1/api-keys/${of.id}`, changes);
    done('The key is changed');
  };
  return (
    <FormDialog title={`Edit ${of.name || of.id}`} action="Save" act={save} onClose={onClose} disabled={Boolean(wrong)}>
      <TextField label="Project" value={project} onInput={setProject} hint="The Google Cloud project that owns the key; quota is shared within it. Empty: its own." />
      <div class="columns">
        <TextField label="Weight" type="number" value={weight} onInput={setWeight} problem={wrongWeight} hint="Its share under the policy “weighted”." />
        <TextField label="Priority" type="number" value={priority} onInput={setPriority} problem={wrongPriority} hint="Higher goes first under “priority”." />
      </div>
      <TextField label="Models" value={models} onInput={setModels} hint="Names with commas between; empty: all." />
      <LimitFields of={of.limits} texts={limits} onChange={setLimits} />
    </FormDialog>
  );
}

export function RotateKey({ of, onClose }: { of: Key; onClose: () => void }) {
  const [secret, setSecret] = useState('');
  const [prove, setProve] = useState(true);
  const rotate = async () => {
    await post(`api/v1/api-keys/${of.id}/rotate`, { api_key: secret.trim(), validate: prove });
    setSecret('');
    done(`${of.name || of.id} has a new secret; requests under way finish with the old one`);
  };
  return (
    <FormDialog narrow title={`Rotate ${of.name || of.id}`} action="Rotate" act={rotate} onClose={onClose} disabled={secret.trim() === ''}>
      <p>Another secret for the same key: its id, project, history and counts stay. Requests under way keep the old one.</p>
      <TextField label="New API key" type="password" value={secret} onInput={setSecret} secret hint={`In place of ${of.fingerprint}.`} />
      <Check label="Ask Google about it first" checked={prove} onChange={setProve} />
    </FormDialog>
  );
}
