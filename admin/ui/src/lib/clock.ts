// One tick a second for all countdowns, while the page is seen.
import { computed, signal } from '@preact/signals';

export const now = signal(Date.now());
// The end of the minute that runs.
export const minute = computed(() => Math.ceil((now.value + 1) / 60_000) * 60_000);
setInterval(() => {
  if (!document.hidden) now.value = Date.now();
}, 1000);
document.addEventListener('visibilitychange', () => {
  if (!document.hidden) now.value = Date.now();
});
