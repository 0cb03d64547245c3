// The view is in the address after "#", so that every view can be linked to.
import { computed, signal } from '@preact/signals';

const hash = signal(location.hash);
addEventListener('hashchange', () => {
  hash.value = location.hash;
});

export interface Place {
  view: string; // "keys"
  item: string; // "0123456789ab"; empty: none
  query: URLSearchParams;
}

export const place = computed<Place>(() => {
  const [path = '', query = ''] = hash.value.replace(/^#\/?/, '').split('?', 2);
  const [view = '', item = ''] = path.split('/', 2);
  let text = item;
  try {
    text = decodeURIComponent(item);
  } catch {
    // As it stands.
  }
  return { view: view || 'overview', item: text, query: new URLSearchParams(query) };
});

export function link(view: string, item = '', query?: Record<string, string>): string {
  const filled = Object.entries(query ?? {}).filter(([, value]) => value !== '');
  const text = new URLSearchParams(filled).toString();
  return `#/${view}${item ? `/${encodeURIComponent(item)}` : ''}${text ? `?${text}` : ''}`;
}

export function go(to: string): void {
  location.hash = to;
}

// Keeps what a view is set to in the address, without a step in the history.
export function keep(view: string, item: string, query: Record<string, string>): void {
  const next = link(view, item, query);
  if (next === location.hash) return;
  history.replaceState(null, '', next);
  hash.value = next;
}
