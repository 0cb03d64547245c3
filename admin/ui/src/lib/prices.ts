// The price file (docs/prices.md), as far as a table of it needs.
export type ByModality = string | { others?: string; [modality: string]: string | undefined };
export interface Rates {
  input: ByModality;
  cached?: ByModality;
  output?: ByModality;
  thinking?: string;
  above?: Rates & { prompt_tokens: number };
  request?: string;
}
export interface Period {
  from: string;
  until?: string;
  sources: string[];
  standard?: Rates;
  batch?: Rates;
  flex?: Rates;
  priority?: Rates;
}
export interface ModelPrices {
  names: string[];
  prices: Period[];
}
export interface PriceFile {
  currency: string;
  updated?: string;
  sources: Record<string, { url?: string; date?: string; note?: string }>;
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

// "$1.25", or by modality "text $0.30, audio $1.00".
export function priceText(price: ByModality | undefined): string {
  if (price === undefined) return 'unknown';
  if (typeof price === 'string') return `$${price}`;
  return Object.entries(price)
    .filter(([modality]) => modality !== 'others')
    .map(([modality, value]) => `${modality} $${value}`)
    .join(', ');
}
