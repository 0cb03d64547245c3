import type { ComponentChildren } from 'preact';
import type { Resource } from '../lib/resource';
import { Button } from './button';

export function Notice({ kind, children, action, live }: {
  kind: 'good' | 'warn' | 'bad' | 'plain';
  children: ComponentChildren;
  action?: ComponentChildren;
  live?: boolean;
}) {
  return (
    <div class={`notice ${kind}`} role={live ? 'alert' : undefined}>
      <div class="grow">{children}</div>
      {action}
    </div>
  );
}

export function Empty({ title, children }: { title: string; children?: ComponentChildren }) {
  return (
    <div class="empty">
      <h2>{title}</h2>
      {children}
    </div>
  );
}

// The states of what is loaded: first load, failure without anything to show, failure beside older data.
export function Loaded<T>({ from, children }: { from: Resource<T>; children: (data: T) => ComponentChildren }) {
  const again = <Button onClick={from.reload}>Try again</Button>;
  if (from.data === null && from.error) {
    return (
      <Notice kind="bad" action={again} live>
        {from.error.message}
      </Notice>
    );
  }
  if (from.data === null) {
    return (
      <div class="empty" role="status">
        <span class="spinner" aria-hidden="true" />
        <p>Loading…</p>
      </div>
    );
  }
  return (
    <>
      {from.error && (
        <Notice kind="warn" action={again}>
          Not up to date: {from.error.message}
        </Notice>
      )}
      {children(from.data)}
    </>
  );
}
