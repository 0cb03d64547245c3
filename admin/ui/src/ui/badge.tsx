// A state by word and colour.
const kinds: Record<string, [kind: string, text: string]> = {
  healthy: ['good', 'Healthy'],
  cooling: ['warn', 'Cooling'],
  quarantined: ['bad', 'Quarantined'],
  disabled: ['', 'Disabled'],
  exhausted: ['over', 'Exhausted'],
};

export function StateBadge({ state }: { state: string }) {
  const [kind, text] = kinds[state] ?? ['', state];
  return <span class={`badge ${kind}`}>{text}</span>;
}

export function StatusBadge({ status, cancelled }: { status: number; cancelled: boolean }) {
  if (cancelled || status === 0) return <span class="badge plain">left</span>;
  const kind = status < 400 ? 'good' : status < 500 && status !== 429 ? 'warn' : 'bad';
  return <span class={`badge plain ${kind}`}>{status}</span>;
}
