import { compact, count } from '../lib/format';
import { costText, type Measure, type Totals } from '../lib/usage';

function change(now: number, before: number): string {
  if (before === 0) return now === 0 ? '±0 %' : 'new';
  const share = Math.round((100 * (now - before)) / before);
  return `${share > 0 ? '+' : ''}${share} %`;
}
const shown = 100;

export function UsageTable({ title, rows, before, measure }: {
  title: string;
  rows: Totals[];
  before?: Totals[] | null;
  measure?: Measure;
}) {
  const earlier = new Map(before?.map((one) => [one.group, one]));
  return (
    <div class="scroll-x" tabIndex={0} role="region" aria-label={`Sums ${title}`}>
      <table class="plain-table">
        <thead>
          <tr>
            <th>{title}</th><th class="number">Calls</th><th class="number">Errors</th><th class="number">Prompt</th><th class="number">Output</th>
            <th class="number">Thinking</th><th class="number">Cached</th><th class="number">Tokens</th><th class="number">Cost</th>
            {before && <th class="number">Change</th>}
          </tr>
        </thead>
        <tbody>
          {rows.slice(0, shown).map((one) => (
            <tr key={one.group}>
              <td>{one.label || 'All'}</td>
              <td class="number">{count(one.calls)}</td>
              <td class="number">{count(one.errors)}</td>
              <td class="number">{compact(one.prompt)}</td>
              <td class="number">{compact(one.output)}</td>
              <td class="number">{compact(one.thought)}</td>
              <td class="number">{compact(one.cached)}</td>
              <td class="number">{compact(one.total)}</td>
              <td class="number nowrap">{costText(one)}</td>
              {before && <td class="number">{change(one[measure!], earlier.get(one.group)?.[measure!] ?? 0)}</td>}
            </tr>
          ))}
        </tbody>
      </table>
      {rows.length > shown && <p class="muted small">The {shown} largest of {count(rows.length)}; the CSV has all.</p>}
    </div>
  );
}
