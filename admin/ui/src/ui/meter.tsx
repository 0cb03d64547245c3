// Shares as SVG: widths are attributes, for the page allows no inline style.
export function Meter({ label, used, most }: { label: string; used: number; most: number }) {
  const share = most > 0 ? Math.min(1, used / most) : 0;
  const kind = share >= 1 ? 'bad' : share >= 0.8 ? 'warn' : '';
  return (
    <svg class={`meter ${kind}`} role="img" aria-label={`${label}: ${used} of ${most}`} preserveAspectRatio="none" viewBox="0 0 100 6">
      <rect class="ground" width="100" height="6" />
      <rect class="part" width={100 * share} height="6" />
    </svg>
  );
}

export interface Part {
  name: string;
  value: number;
  color: string; // a design token
}
export function Strip({ label, parts }: { label: string; parts: Part[] }) {
  const all = parts.reduce((sum, part) => sum + part.value, 0);
  let from = 0;
  return (
    <svg class="strip" role="img" aria-label={label} width="100%" height="10" preserveAspectRatio="none" viewBox="0 0 1000 10">
      {parts.filter((part) => part.value > 0).map((part) => {
        const x = from;
        const width = (1000 * part.value) / all;
        from += width;
        return <rect key={part.name} x={x} width={Math.max(width - 2, 1)} height="10" fill={`var(${part.color})`} />;
      })}
    </svg>
  );
}

// The last values as a line; what they are is said beside it.
export function Spark({ values }: { values: readonly number[] }) {
  const most = Math.max(...values, 1e-9);
  const step = 100 / Math.max(values.length - 1, 1);
  const path = values
    .map((value, n) => `${n === 0 ? 'M' : 'L'}${(n * step).toFixed(2)} ${(29 - (27 * value) / most).toFixed(2)}`)
    .join('');
  return (
    <svg class="spark" viewBox="0 0 100 30" preserveAspectRatio="none" aria-hidden="true">
      {values.length > 1 && <path d={path} />}
    </svg>
  );
}
