// Prices as GET /prices tells them: US dollars per million tokens, as decimal text.
export type ByModality = Record<string, string>;
export interface Rates {
  input: ByModality;
  cached: ByModality;
  output: ByModality;
  thinking: string | null;
  request?: string;
}
export interface Source {
  name: string;
  url: string;
  date: string;
}
export interface ServiceRates extends Rates {
  sources?: Source[];
  above?: Rates & { prompt_tokens: number };
}
export interface Period {
  from: string;
  until: string | null;
  sources: Source[];
  standard?: ServiceRates;
  batch?: ServiceRates;
  flex?: ServiceRates;
  priority?: ServiceRates;
}
export interface ModelPrices {
  names: string[];
  origin: string; // "built-in", "admin API", or a file
  overridden: boolean;
  prices: Period[];
}
export interface Prices {
  overrides: object | null; // as they were put
  models: ModelPrices[];
}
export const services = ['standard', 'batch', 'flex', 'priority'] as const;
export type Service = (typeof services)[number];

// The day in California: there, prices change at midnight.
export function californianDay(now: number): string {
  return new Intl.DateTimeFormat('en-CA', { timeZone: 'America/Los_Angeles' }).format(new Date(now));
}

export function periodOf(model: ModelPrices, day: string): Period | null {
  return model.prices.find((one) => one.from <= day && (!one.until || day < one.until)) ?? null;
}

// "$1.25" where all modalities cost the same, else "text $0.30, audio $1.00".
export function priceText(prices: ByModality): string {
  const all = Object.entries(prices);
  if (all.length === 0) return 'unknown';
  const [first] = all;
  if (all.every(([, price]) => price === first![1])) return `$${first![1]}${all.length === 1 && first![0] !== 'text' ? ` (${first![0]})` : ''}`;
  const byPrice = new Map<string, string[]>();
  for (const [modality, price] of all) byPrice.set(price, [...(byPrice.get(price) ?? []), modality]);
  return [...byPrice].map(([price, modalities]) => `$${price} ${modalities.join(', ')}`).join('; ');
}
