// The dashboard's pure parts, without a browser: bundled by the esbuild that builds it.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';

const ui = join(dirname(fileURLToPath(import.meta.url)), '../../admin/ui');
let directory;
let load;
before(async () => {
  const { build } = createRequire(join(ui, 'package.json'))('esbuild');
  directory = await mkdtemp(join(tmpdir(), 'gemkeeper-pure-'));
  load = async (name) => {
    const outfile = join(directory, `${name.replaceAll('/', '-')}.mjs`);
    await build({ entryPoints: [join(ui, 'src', `${name}.ts`)], outfile, bundle: true, format: 'esm', logLevel: 'error' });
    return import(pathToFileURL(outfile));
  };
});
after(() => rm(directory, { recursive: true }));

test('pasted lines are names and keys, and what is wrong with them', async () => {
  const { parseKeyLines } = await load('views/key-lines');
  const of = (text) => parseKeyLines(text).map(({ number, name, secret, problem }) => [number, name, secret, problem !== '']);
  assert.deepEqual(of('AIzaSyKey'), [[1, '', 'AIzaSyKey', false]]);
  assert.deepEqual(of(' team = "AQ.key" \r\n\n# none\nb,key-2,\nc: key-3'), [
    [1, 'team', 'AQ.key', false], [4, 'b', 'key-2', false], [5, 'c', 'key-3', false],
  ]);
  assert.deepEqual(of('same\nx=same\ntwo words'), [[1, '', 'same', false], [2, 'x', 'same', true], [3, '', 'two words', true]]);
  assert.deepEqual(parseKeyLines('AIzaSy0123456789abcdef9fQ2').map((one) => one.label), ['AIza…9fQ2']);
  assert.deepEqual(parseKeyLines('short-secret').map((one) => one.label), ['…']);
});

test('quotas of the day begin anew at midnight in California, over summer time too', async () => {
  const { nextReset } = await load('lib/format');
  const at = (text) => new Date(nextReset(Date.parse(text))).toISOString();
  assert.equal(at('2026-07-01T12:00:00Z'), '2026-07-02T07:00:00.000Z');
  assert.equal(at('2026-11-24T16:00:00Z'), '2026-11-25T08:00:00.000Z');
  assert.equal(at('2026-03-08T09:00:00Z'), '2026-03-09T07:00:00.000Z'); // 01:00 before the change to summer time
  assert.equal(at('2026-11-01T08:00:00Z'), '2026-11-02T08:00:00.000Z'); // 01:00 before the change back
  assert.equal(at('2026-11-25T07:59:59Z'), '2026-11-25T08:00:00.000Z');
});

test('quantiles are read from what was observed since', async () => {
  const { quantile, rates, remember } = await load('lib/history');
  const bounds = [1, 10, 100];
  const before = { buckets: [5, 0, 0, 0], sum_ms: 0 };
  const now = { buckets: [5, 10, 10, 0], sum_ms: 0 };
  assert.equal(quantile(0.5, bounds, now, before), 10);
  assert.equal(quantile(0.25, bounds, now, before), 5.5);
  assert.equal(quantile(0.99, bounds, now, now), null);
  assert.equal(quantile(1, bounds, { buckets: [0, 0, 0, 4], sum_ms: 0 }), 200);
  const sums = (requests) => ({ requests });
  let history = [];
  for (let n = 0; n < 500; ++n) history = remember(history, { at: n * 2000, sums: sums(n * 10) });
  assert.equal(history.length, 150);
  assert.deepEqual([...new Set(rates(history, (one) => one.requests))], [5]);
  assert.equal(remember(history, { at: 0, sums: sums(1) }).length, 1); // it was started anew
});

test('series have a value for every step, and the rest of many groups is one line', async () => {
  const { costText, series, totals } = await load('lib/usage');
  const row = (at, group, total) => ({ at, group, label: group, calls: 1, errors: 0, prompt: 0, output: 0, thought: 0, cached: 0, total, cost: total / 10, unpriced: 0 });
  const minute = 60_000;
  const rows = [row(0, 'a', 5), row(2 * minute, 'a', 1), ...Array.from({ length: 9 }, (_one, n) => row(minute, `g${n}`, 100 - n))];
  const { times, lines } = series(rows, 'total', 0, 3 * minute, 'minute');
  assert.deepEqual(times, [0, 60, 120]);
  assert.equal(lines.length, 8);
  assert.deepEqual(lines[0], { name: 'g0', values: [0, 100, 0] });
  assert.deepEqual(lines[7], { name: '3 others', values: [5, 93 + 92, 1] });
  const [sum] = totals([row(0, 'a', 5), { ...row(1, 'a', 7), cost: 0, unpriced: 1 }], 'total');
  assert.equal(sum.total, 12);
  assert.equal(costText(sum), '$0.50 + unknown');
  assert.equal(costText({ cost: 0, unpriced: 2, calls: 2 }), 'unknown');
});

test('text of numbers and times', async () => {
  const { duration, milliseconds, money, percent } = await load('lib/format');
  assert.deepEqual([0, 900, 61_000, 3_600_000, 90_061_000].map(duration), ['0 s', '1 s', '1 m 1 s', '1 h 0 m', '1 d 1 h']);
  assert.deepEqual([0.065, 12.34, 1234, 12_345].map(milliseconds), ['65 µs', '12.3 ms', '1234 ms', '12.3 s']);
  assert.equal(money(null), 'unknown');
  assert.equal(money(0), '$0.00');
  assert.equal(money(0.000123), '$0.000123');
  assert.equal(money(0.0034451), '$0.0034');
  assert.deepEqual([percent(0, 0), percent(1, 1000), percent(0, 5), percent(1, 2)], ['–', '0.1 %', '0 %', '50 %']);
});
