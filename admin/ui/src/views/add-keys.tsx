// Keys by pasting: one a line, each with its own result. A secret lives in this form only, until it is
// sent; a line that was taken is wiped from it.
import { useRef, useState } from 'preact/hooks';
import { ApiError, post } from '../lib/api';
import { count } from '../lib/format';
import type { Validation } from '../lib/types';
import { Button } from '../ui/button';
import { Dialog } from '../ui/dialog';
import { Check, Select, TextField } from '../ui/field';
import { Notice } from '../ui/notice';
import { parseKeyLines, type KeyLine } from './key-lines';

interface Result {
  line: number;
  label: string;
  good: boolean;
  text: string;
}
const most = 2_000;
const at_once = 4; // questions to Google under way

async function pooled<T>(work: readonly T[], each: (one: T) => Promise<void>, stopped: () => boolean): Promise<void> {
  let next = 0;
  await Promise.all(
    Array.from({ length: Math.min(at_once, work.length) }, async () => {
      while (next < work.length && !stopped()) await each(work[next++]!);
    }),
  );
}

export function AddKeys({ onClose, onAdded }: { onClose: () => void; onAdded: () => void }) {
  const [text, setText] = useState('');
  const [project, setProject] = useState('');
  const [weight, setWeight] = useState('1');
  const [service, setService] = useState('gemini');
  const [prove, setProve] = useState(true);
  const [results, setResults] = useState<Result[]>([]);
  const [running, setRunning] = useState<'' | 'add' | 'validate'>('');
  const [all, setAll] = useState(0);
  const stop = useRef(false);
  const lines = parseKeyLines(text);
  const wrongWeight = !/^[1-9]\d{0,7}$/.test(weight.trim());

  const run = async (what: 'add' | 'validate') => {
    const work = lines.slice(0, most);
    const rest = new Set(work.map((line) => line.number));
    const raw = text.split(/\r?\n/);
    stop.current = false;
    setResults([]);
    setAll(work.length);
    setRunning(what);
    const each = async (line: KeyLine) => {
      const result: Result = { line: line.number, label: line.label, good: false, text: '' };
      try {
        if (line.problem) throw new Error(line.problem);
        if (what === 'validate') {
          const said = await post<Validation>('api/v1/api-keys/validate', { api_key: line.secret, service });
          result.good = said.valid;
          result.text = said.valid ? `valid${said.models === null ? '' : `, ${said.models} models`}${said.message ? `: ${said.message}` : ''}` : `Google rejects it: ${said.reason}`;
        } else {
          const added = await post<{ name: string; fingerprint: string }>('api/v1/api-keys/add', {
            api_key: line.secret, validate: prove, weight: Number(weight), service,
            ...(line.name ? { name: line.name } : {}), ...(project.trim() ? { project: project.trim() } : {}),
          });
          result.good = true;
          result.text = `added as ${added.name} (${added.fingerprint})`;
          rest.delete(line.number);
        }
      } catch (error) {
        const reason = error instanceof ApiError && error.reason ? ` (${error.reason})` : '';
        result.text = (error as Error).message + (reason && !(error as Error).message.includes(reason.slice(2, -1)) ? reason : '');
      }
      setResults((before) => [...before, result].sort((a, b) => a.line - b.line));
    };
    await pooled(work, each, () => stop.current);
    setRunning('');
    if (what === 'add') {
      // What was taken does not stay on the screen; what was not can be put right.
      setText(raw.filter((line, n) => line.trim() !== '' && (rest.has(n + 1) || n >= raw.length)).join('\n'));
      onAdded();
    }
  };

  const good = results.filter((result) => result.good).length;
  return (
    <Dialog title="Add keys" onClose={() => { stop.current = true; onClose(); }}>
      <form onSubmit={(event) => { event.preventDefault(); void run('add'); }} noValidate>
        <div class="dialog-body">
          <TextField
            label="API keys" lines={6} value={text} onInput={setText} secret
            hint="One a line; a name may stand before it: “team-1 = KEY”. They are sent to gemkeeper and shown nowhere again."
          />
          <div class="columns">
            <TextField label="Project" value={project} onInput={setProject} hint="The Google Cloud project of these keys. Quota is shared within it. Empty: each has its own." />
            <TextField label="Weight" type="number" value={weight} onInput={setWeight} problem={wrongWeight ? 'A whole number from 1 on.' : undefined} />
          </div>
          <Select label="Service" value={service} onInput={setService} options={[['gemini', 'Gemini API'], ['vertex', 'Vertex AI, express mode']]} />
          <Check label="Ask Google about each key first; one that it rejects is not stored" checked={prove} onChange={setProve} />
          {(running || results.length > 0) && (
            <div>
              <progress class="progress" max={all} value={results.length} aria-label="Progress" />
              <p role="status"><strong>{count(results.length)} of {count(all)}</strong> done, {count(good)} good, {count(results.length - good)} not</p>
              <div class="scroll-x results" tabIndex={0} role="region" aria-label="Results">
                <table class="plain-table">
                  <thead><tr><th>Line</th><th>Key</th><th>Result</th></tr></thead>
                  <tbody>
                    {results.map((result) => (
                      <tr key={result.line}>
                        <td>{result.line}</td>
                        <td><code>{result.label}</code></td>
                        <td><span class={`badge ${result.good ? 'good' : 'bad'}`}>{result.good ? 'Good' : 'Refused'}</span> {result.text}</td>
                      </tr>
                    ))}
                  </tbody>
                </table>
              </div>
            </div>
          )}
          {lines.length > most && <Notice kind="warn">Only the first {count(most)} lines are taken at once.</Notice>}
        </div>
        <div class="dialog-foot">
          <Button onClick={() => { stop.current = true; if (!running) onClose(); }}>{running ? 'Stop' : 'Close'}</Button>
          <Button disabled={lines.length === 0 || running !== ''} busy={running === 'validate'} onClick={() => void run('validate')}>Validate only</Button>
          <Button submit kind="main" disabled={lines.length === 0 || wrongWeight || running !== ''} busy={running === 'add'}>
            {`Add ${lines.length || ''} ${lines.length === 1 ? 'key' : 'keys'}`}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
