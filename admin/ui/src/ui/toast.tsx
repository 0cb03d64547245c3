// What was done or went wrong, at the edge of the page; read out as it comes.
import { signal } from '@preact/signals';
import { Button } from './button';

interface Toast {
  id: number;
  kind: 'good' | 'bad';
  text: string;
}
const most = 4;
const shown_for = 6_000;
const toasts = signal<Toast[]>([]);
let last = 0;

function show(kind: Toast['kind'], text: string): void {
  const id = ++last;
  toasts.value = [...toasts.value, { id, kind, text }].slice(-most);
  if (kind === 'good') setTimeout(() => dismiss(id), shown_for); // errors stay until they are read
}
function dismiss(id: number): void {
  toasts.value = toasts.value.filter((toast) => toast.id !== id);
}

export function done(text: string): void {
  show('good', text);
}
export function failure(problem: unknown): void {
  show('bad', problem instanceof Error ? problem.message : String(problem));
}

export function Toasts() {
  return (
    <div class="toasts" role="status" aria-live="polite">
      {toasts.value.map((toast) => (
        <div key={toast.id} class={`notice ${toast.kind}`}>
          <p class="grow">{toast.text}</p>
          <Button kind="quiet" icon="close" iconOnly onClick={() => dismiss(toast.id)}>
            Dismiss
          </Button>
        </div>
      ))}
    </div>
  );
}
