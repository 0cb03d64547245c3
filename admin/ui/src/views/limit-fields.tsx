// Limits as they are set in a form: a text for each, nothing for none.
import type { Limits } from '../lib/types';
import { TextField } from '../ui/field';

const titles: Record<string, string> = {
  requests_in_flight: 'Requests in flight',
  requests_per_minute: 'Requests per minute',
  requests_per_day: 'Requests per day',
  tokens_per_minute: 'Tokens per minute',
  tokens_per_day: 'Tokens per day',
  tokens_per_month: 'Tokens per month',
  usd_per_day: 'US dollars per day',
  usd_per_month: 'US dollars per month',
};

export function limitTitle(name: string): string {
  return titles[name] ?? name.replaceAll('_', ' ');
}

// The limits that this gemkeeper knows, by the names in its answer.
export function limitNames(of: Limits): (readonly [string, string])[] {
  return Object.keys(of).map((name) => [name, limitTitle(name)] as const);
}

export type LimitTexts = Record<string, string>;
export function limitTexts(of: Limits): LimitTexts {
  return Object.fromEntries(limitNames(of).map(([name]) => [name, of[name] ? String(of[name]) : '']));
}
export function wrongLimit(name: string, text: string): string | undefined {
  if (text.trim() === '') return undefined;
  const money = name.startsWith('usd');
  const fits = money ? /^\d{1,9}(\.\d{1,6})?$/.test(text.trim()) : /^\d{1,15}$/.test(text.trim());
  return fits ? undefined : money ? 'An amount such as 12.50, or nothing.' : 'A whole number, or nothing.';
}
// All limits as the API takes them, which sets them as a whole; undefined if none was changed.
export function editedLimits(of: Limits, texts: LimitTexts): Limits | undefined {
  const before = limitTexts(of);
  if (Object.entries(texts).every(([name, text]) => text.trim() === before[name])) return undefined;
  return Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, Number(text.trim() || 0)]));
}
export function anyWrong(texts: LimitTexts): boolean {
  return Object.entries(texts).some(([name, text]) => wrongLimit(name, text) !== undefined);
}

interface Props {
  of: Limits;
  texts: LimitTexts;
  onChange: (next: LimitTexts) => void;
  title?: string;
  hint?: string;
}
export function LimitFields({ of, texts, onChange, title: legend = 'Limits', hint }: Props) {
  return (
    <fieldset class="plain-set">
      <legend class="legend">{legend}</legend>
      {hint && <p class="hint">{hint}</p>}
      <div class="columns">
        {limitNames(of).map(([name, title]) => (
          <TextField
            key={name} label={title} value={texts[name] ?? ''} placeholder="no limit"
            onInput={(text) => onChange({ ...texts, [name]: text })} problem={wrongLimit(name, texts[name] ?? '')}
          />
        ))}
      </div>
    </fieldset>
  );
}

