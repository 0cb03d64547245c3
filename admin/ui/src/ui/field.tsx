import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';

interface Common {
  label: string;
  value: string;
  onInput: (value: string) => void;
  hint?: ComponentChildren;
  problem?: string | undefined;
}

function described(id: string, hint: unknown, problem: unknown) {
  return [hint && `${id}-hint`, problem && `${id}-problem`].filter(Boolean).join(' ') || undefined;
}
function Notes({ id, hint, problem }: { id: string; hint: ComponentChildren; problem: string | undefined }) {
  return (
    <>
      {hint && <p id={`${id}-hint`} class="hint">{hint}</p>}
      {problem && <p id={`${id}-problem`} class="problem">{problem}</p>}
    </>
  );
}

interface TextProps extends Common {
  type?: 'text' | 'password' | 'number' | 'datetime-local';
  lines?: number;
  secret?: boolean;
  placeholder?: string;
}
export function TextField({ label, value, onInput, hint, problem, type = 'text', lines, secret, placeholder }: TextProps) {
  const id = useId();
  const shared = {
    id, value, class: 'input', placeholder,
    'aria-invalid': problem ? true : undefined,
    'aria-describedby': described(id, hint, problem),
    autocomplete: secret ? 'off' : undefined,
    autocapitalize: secret ? ('off' as const) : undefined,
    spellcheck: secret ? false : undefined,
  };
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {lines ? (
        <textarea {...shared} rows={lines} onInput={(event) => onInput(event.currentTarget.value)} />
      ) : (
        <input {...shared} type={type} onInput={(event) => onInput(event.currentTarget.value)} />
      )}
      <Notes id={id} hint={hint} problem={problem} />
    </div>
  );
}

export function Select({ label, value, onInput, options, hidden }: Common & {
  options: readonly (readonly [value: string, text: string])[];
  hidden?: boolean; // the label is read out, not shown
}) {
  const id = useId();
  return (
    <div class="field">
      <label for={id} class={hidden ? 'hidden-text' : ''}>{label}</label>
      <select id={id} class="input" value={value} onChange={(event) => onInput(event.currentTarget.value)}>
        {options.map(([key, text]) => (
          <option key={key} value={key} selected={key === value}>{text}</option>
        ))}
      </select>
    </div>
  );
}

export function Search({ label, value, onInput }: Common) {
  return (
    <input
      type="search" class="input search" aria-label={label} placeholder={label} value={value}
      onInput={(event) => onInput(event.currentTarget.value)}
    />
  );
}

export function Check({ label, checked, onChange }: { label: string; checked: boolean; onChange: (on: boolean) => void }) {
  return (
    <label class="check">
      <input type="checkbox" checked={checked} onChange={(event) => onChange(event.currentTarget.checked)} />
      {label}
    </label>
  );
}
