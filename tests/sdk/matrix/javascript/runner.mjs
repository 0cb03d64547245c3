// Runs what a client offers, straight against the sandbox and then through gemkeeper, compares, and
// prints a JSON line for each feature: {feature, result, detail, seconds}.
import assert from 'node:assert/strict';
import { randomFillSync } from 'node:crypto';

export const mode = process.env.SDK_MODE;
export const straight = { url: process.env.SDK_STRAIGHT_URL, key: 'secret-of-straight' };
// In forward mode the client has its own idea of where the API is.
export const through = { url: mode === 'forward' ? undefined : process.env.SDK_URL, key: 'secret-of-client' };

// To throw where a client has no way to do something in this mode.
export class NotOffered extends Error {}

export const model = 'gemini-3.6-flash';
export const png = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
export const schema = {
  type: 'object',
  properties: { colours: { type: 'array', items: { type: 'string' } } },
  required: ['colours'],
};
export const weather = {
  name: 'get_weather',
  description: 'The weather in a city',
  parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
};
export const sizes = { upload_1b: 1, upload_1mib: 1 << 20, upload_100mib: 100 << 20 };

// What a client has read of the file of a feature, and the answer to "Read" with it.
export function checkedUpload(feature, seen, text) {
  assert.equal(Number(seen.sizeBytes), sizes[feature]);
  assert.match(text, /Read/);
  return { displayName: seen.displayName, type: seen.mimeType, size: seen.sizeBytes, text };
}

// What every client meets, each in a model of its own (scenario.toml); `meet(model)` is a feature.
export function faults(meet) {
  return {
    quota_minute: meet('gemini-quota-minute'),
    quota_day: meet('gemini-quota-day'),
    key_invalid: meet('gemini-key-invalid'),
    key_leaked: meet('gemini-key-leaked'),
    overloaded: meet('gemini-overloaded'),
    reset: meet('gemini-reset'),
    slow_start: meet('gemini-slow-start'),
  };
}

export function bytes(size) {
  return randomFillSync(Buffer.alloc(size));
}

// Names that differ from one answer to the next by nature, and gemkeeper's headers.
const volatile = new Set(['responseid', 'response_id', 'id', 'created', 'created_at', 'date', 'timestamp',
  'createtime', 'updatetime', 'expirationtime', 'expiretime', 'endtime', 'updated', 'uri',
  'toolcallid', 'tool_call_id', 'last-modified', 'previous_interaction_id', 'continuation_ids']);

export function plain(value) {
  const text = JSON.stringify(value, (name, each) => {
    const lower = name.toLowerCase();
    if (volatile.has(lower) || lower.startsWith('x-gemkeeper-')) return undefined;
    return typeof each === 'function' ? undefined : each;
  });
  return text === undefined ? null : JSON.parse(text);
}

// How a call failed, the same whether the client or the API ended it.
export async function failure(promise) {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error('no error');
}

export async function all(iterable) {
  const items = [];
  for await (const item of iterable) items.push(item);
  return items;
}

function brief(error) {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  const cause = error?.cause ? ` (cause: ${brief(error.cause)})` : '';
  return (text + cause).slice(0, 2000);
}

// `make(side)`: a client as its users make it. `offers`: feature → async (client, side) => value.
// `onlyThrough`: features that are not asked straight; their values are checked by themselves.
export async function run({ make, offers, onlyThrough = ['upload_100mib'] }) {
  for (const feature of process.env.SDK_FEATURES.split(',')) {
    const report = { feature, result: 'passed', detail: '', seconds: 0 };
    const call = offers[feature];
    try {
      if (!call) throw new NotOffered();
      const expected = onlyThrough.includes(feature) ? undefined
        : plain(await call(await make(straight), straight));
      const start = performance.now();
      const answer = plain(await call(await make(through), through));
      report.seconds = (performance.now() - start) / 1000;
      assert.notEqual(answer, null, 'no value');
      if (expected !== undefined) assert.deepEqual(answer, expected);
    } catch (error) {
      report.result = error instanceof NotOffered ? 'not offered' : 'failed';
      report.detail = error.message === '' ? '' : brief(error);
    }
    process.stdout.write(`${JSON.stringify(report)}\n`);
  }
  // Connections that are kept must not keep the process.
  process.exit(0);
}
