// Light or dark: as the system says, until the user chooses. Only the choice is stored.
import { computed, effect, signal } from '@preact/signals';

export type Choice = 'system' | 'light' | 'dark';
const name = 'gemkeeper-theme';
const system = matchMedia('(prefers-color-scheme: dark)');
const systemDark = signal(system.matches);
system.addEventListener('change', () => {
  systemDark.value = system.matches;
});

function stored(): Choice {
  try {
    const value = localStorage.getItem(name);
    return value === 'light' || value === 'dark' ? value : 'system';
  } catch {
    return 'system';
  }
}

export const choice = signal<Choice>(stored());
export const theme = computed<'light' | 'dark'>(() =>
  choice.value === 'system' ? (systemDark.value ? 'dark' : 'light') : choice.value,
);

effect(() => {
  document.documentElement.dataset.theme = theme.value;
});

export function choose(next: Choice): void {
  choice.value = next;
  try {
    if (next === 'system') localStorage.removeItem(name);
    else localStorage.setItem(name, next);
  } catch {
    // Storage may be forbidden; the choice then lasts as long as the page.
  }
}
