import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { failure } from './toast';
import { Icon, type IconName } from './icon';

interface Props {
  children: ComponentChildren;
  kind?: 'main' | 'danger' | 'quiet' | undefined;
  icon?: IconName;
  // The text is read out, not shown.
  iconOnly?: boolean;
  busy?: boolean;
  disabled?: boolean;
  pressed?: boolean;
  submit?: boolean;
  onClick?: (event: MouseEvent) => void;
}

export function Button({ children, kind, icon, iconOnly, busy, disabled, pressed, submit, onClick }: Props) {
  return (
    <button
      type={submit ? 'submit' : 'button'}
      class={`button ${kind ?? ''} ${iconOnly ? 'icon' : ''}`}
      disabled={disabled || busy}
      aria-pressed={pressed}
      onClick={onClick}
    >
      {busy ? <span class="spinner" aria-hidden="true" /> : icon && <Icon name={icon} />}
      {iconOnly ? <span class="hidden-text">{children}</span> : children}
    </button>
  );
}

// A button that is busy until what it does is done; a failure is told.
export function ActionButton({ act, ...rest }: Omit<Props, 'onClick' | 'busy'> & { act: () => Promise<unknown> }) {
  const [busy, setBusy] = useState(false);
  const run = async () => {
    setBusy(true);
    try {
      await act();
    } catch (problem) {
      failure(problem);
    }
    setBusy(false);
  };
  return <Button {...rest} busy={busy} onClick={() => void run()} />;
}

export function CopyButton({ text, label = 'Copy' }: { text: string; label?: string }) {
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      // Not a secure context: the old way.
      const area = document.createElement('textarea');
      area.value = text;
      document.body.append(area);
      area.select();
      document.execCommand('copy');
      area.remove();
    }
    setCopied(true);
    setTimeout(() => setCopied(false), 2000);
  };
  return (
    <Button icon="copy" onClick={() => void copy()}>
      <span aria-live="polite">{copied ? 'Copied' : label}</span>
    </Button>
  );
}
