// The stream of events: one for the page, connected anew when it breaks.
import { signal } from '@preact/signals';
import { loadFeatures, loadSession, session } from './api';
import type { Counts } from './types';

export type Link = 'connecting' | 'live' | 'lost';
export const connection = signal<Link>('connecting');
// Counted up when something may have been missed: whoever shows data loads it again.
export const epoch = signal(0);
export const counts = signal<(Counts & { total_calls: number; total_tokens: number }) | null>(null);

type Listener = (name: string, data: Record<string, unknown>) => void;
const listeners = new Set<Listener>();
export function onEvent(listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

const first_pause = 1_000;
const longest_pause = 15_000;
const names = ['key', 'usage', 'lost', 'alert', 'request', 'limit', 'client', 'config'];
let source: EventSource | null = null;
let timer = 0;
let pause = first_pause;
let wasLost = false;

function receive(name: string, event: MessageEvent<string>): void {
  let data: Record<string, unknown>;
  try {
    data = JSON.parse(event.data) as Record<string, unknown>;
  } catch {
    return;
  }
  if (name === 'usage') counts.value = data as unknown as typeof counts.value;
  if (name === 'lost') epoch.value += 1;
  for (const listener of listeners) listener(name, data);
}

function retry(): void {
  source?.close();
  source = null;
  connection.value = 'lost';
  wasLost = true;
  clearTimeout(timer);
  timer = window.setTimeout(async () => {
    pause = Math.min(pause * 2, longest_pause);
    try {
      await loadSession(); // it may want a token now
      if (session.value?.logged_in) connect();
    } catch {
      retry();
    }
  }, pause);
}

export function connect(): void {
  clearTimeout(timer);
  source?.close();
  const opened = new EventSource('api/v1/events');
  source = opened;
  opened.onopen = () => {
    pause = first_pause;
    connection.value = 'live';
    if (wasLost) {
      wasLost = false;
      epoch.value += 1;
      void loadFeatures().catch(() => undefined); // another version may run now
    }
  };
  // The browser's own retry says nothing of a refusal: ours asks for the session first.
  opened.onerror = () => {
    if (source === opened) retry();
  };
  for (const name of names) {
    opened.addEventListener(name, (event) => receive(name, event as MessageEvent<string>));
  }
}

export function disconnect(): void {
  clearTimeout(timer);
  source?.close();
  source = null;
  wasLost = false;
  connection.value = 'connecting';
}

// A page in the background does not hold one of the few places for long.
const background_limit = 120_000;
let resting = 0;
document.addEventListener('visibilitychange', () => {
  clearTimeout(resting);
  if (document.hidden) {
    resting = window.setTimeout(() => {
      if (!source) return;
      disconnect();
      wasLost = true;
    }, background_limit);
  } else if (!source && session.value?.logged_in) {
    connect();
  }
});
