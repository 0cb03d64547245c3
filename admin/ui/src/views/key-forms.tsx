// What can be changed of a key.
import { useState } from 'preact/hooks';
import { patch, post } from '../lib/api';
import type { Key } from '../lib/types';
import { FormDialog } from '../ui/dialog';
import { Check, TextField } from '../ui/field';
import { done } from '../ui/toast';
import { anyWrong, editedLimits, LimitFields, limitTexts } from './limit-fields';

export function EditKey({ of, onClose }: { of: Key; onClose: () => void }) {
  const [project, setProject] = useState(of.project ?? '');
  const [weight, setWeight] = useState(String(of.weight));
  const [priority, setPriority] = useState(String(of.priority));
  const [models, setModels] = useState(of.models.join(', '));
  const [limits, setLimits] = useState(limitTexts(of.limits));
  const [quota, setQuota] = useState(limitTexts(of.quota));
  const wrongWeight = /^[1-9]\d{0,7}$/.test(weight.trim()) ? undefined : 'A whole number from 1 on.';
  const wrongPriority = /^-?\d{1,9}$/.test(priority.trim()) ? undefined : 'A whole number.';
  const wrong = wrongWeight || wrongPriority || anyWrong(limits) || anyWrong(quota);
  const save = async () => {
    const changes: Record<string, unknown> = {};
    const list = models.split(/[\s,]+/).filter(Boolean);
    if (project.trim() !== (of.project ?? '')) changes['project'] = project.trim();
    if (Number(weight) !== of.weight) changes['weight'] = Number(weight);
    if (Number(priority) !== of.priority) changes['priority'] = Number(priority);
    if (list.join() !== of.models.join()) changes['models'] = list;
    const nextLimits = editedLimits(of.limits, limits);
    if (nextLimits) changes['limits'] = nextLimits;
    const nextQuota = editedLimits(of.quota, quota);
    if (nextQuota) changes['quota'] = nextQuota;
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
      <LimitFields of={of.limits} texts={limits} onChange={setLimits} hint="Yours, over all models." />
      <LimitFields of={of.quota} texts={quota} onChange={setQuota} title="Google’s quota" hint="For each model, of this key alone: it is not asked beyond it." />
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
