import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useId, useRef, useState } from 'preact/hooks';
import { ApiError } from '../lib/api';
import { Button } from './button';
import { Notice } from './notice';

interface Props {
  title: string;
  children: ComponentChildren;
  onClose: () => void;
  narrow?: boolean;
}

// The browser keeps the focus inside and gives it back.
export function Dialog({ title, children, onClose, narrow }: Props) {
  const element = useRef<HTMLDialogElement>(null);
  const id = useId();
  useLayoutEffect(() => {
    const before = document.activeElement as HTMLElement | null;
    const dialog = element.current!;
    dialog.showModal();
    return () => {
      dialog.close(); // until then nothing beside it can have the focus
      before?.focus?.();
    };
  }, []);
  return (
    <dialog
      ref={element}
      class={narrow ? 'narrow' : ''}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
    >
      <div class="dialog-head">
        <h2 id={id}>{title}</h2>
        <Button kind="quiet" icon="close" iconOnly onClick={onClose}>
          Close
        </Button>
      </div>
      {children}
    </dialog>
  );
}

interface FormProps extends Props {
  action: string;
  kind?: 'main' | 'danger';
  act: () => Promise<unknown>;
  disabled?: boolean;
}

// A form whose refusal is shown where it was sent.
export function FormDialog({ action, kind = 'main', act, disabled, children, ...rest }: FormProps) {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState('');
  const send = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    setProblem('');
    try {
      await act();
      rest.onClose();
    } catch (error) {
      setProblem(error instanceof ApiError || error instanceof Error ? error.message : String(error));
      setBusy(false);
    }
  };
  return (
    <Dialog {...rest}>
      <form onSubmit={(event) => void send(event)} noValidate>
        <div class="dialog-body">
          {children}
          {problem && (
            <Notice kind="bad" live>
              {problem}
            </Notice>
          )}
        </div>
        <div class="dialog-foot">
          <Button onClick={rest.onClose}>Cancel</Button>
          <Button submit kind={kind} busy={busy} disabled={disabled ?? false}>
            {action}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
