// The conversation by @google/genai. After each step it tells what came of it, and waits for a line.
import { readFile, rm } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { GoogleGenAI } from '@google/genai';

const model = 'gemini-3.6-flash';
const baseUrl = process.env.SDK_MODE === 'forward' ? undefined : process.env.SDK_URL;
const ai = new GoogleGenAI({ apiKey: 'a-key-of-the-client', httpOptions: { baseUrl } });
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

async function done(step, facts = {}) {
  process.stdout.write(`${JSON.stringify({ step, ...facts })}\n`);
  await lines.next();
}

const upload = (text, mimeType) =>
  ai.files.upload({ file: new Blob([text]), config: { mimeType, displayName: text.slice(0, 10) } });
const part = ({ uri, mimeType }) => ({ fileData: { fileUri: uri, mimeType } });
const ask = async (text, files = [], config = {}) => (await ai.models.generateContent({
  model, contents: [{ role: 'user', parts: [{ text }, ...files.map(part)] }], config,
})).text;

const first = await upload('The first chapter.', 'text/plain');
await done('first', { name: first.name });
const second = await upload('The second chapter.', 'text/plain');
await done('second', { name: second.name });

const free = [];
for (let n = 0; n < 6; ++n) free.push(await ask(`question ${n}`));
await done('free', { free });
await done('both', { text: await ask('Compare', [first, second]) });

const cache = await ai.caches.create({
  model, config: { contents: [{ role: 'user', parts: [part(first), part(second)] }], ttl: '600s' },
});
await done('cached', { name: cache.name });
await done('waited', { text: await ask('Tell it again', [], { cachedContent: cache.name }) });

const input = await upload([1, 2, 3].map((n) => JSON.stringify({
  key: `r${n}`,
  request: { contents: [{ parts: [{ text: `chapter ${n}` }] }], cachedContent: cache.name },
})).join('\n'), 'application/jsonl');
let job = await ai.batches.create({ model, src: input.name, config: { displayName: 'story' } });
await done('batch', { name: job.name, input: input.name });
for (let n = 0; n < 40 && job.state !== 'JOB_STATE_SUCCEEDED'; ++n) {
  job = await ai.batches.get({ name: job.name });
  await pause(20);
}
const results = [];
for (let n = 0; n < 2; ++n) {
  await ai.files.download({ file: job.dest.fileName, downloadPath: `results-${n}` });
  let text = '';
  for (let tries = 0; tries < 200 && !text.endsWith('\n'); ++tries) {  // written behind its back
    text = await readFile(`results-${n}`, 'utf8').catch(() => '');
    await pause(10);
  }
  await rm(`results-${n}`);
  results.push(text);
}
await done('results', { state: job.state, results });

const stranger = await upload('A stranger.', 'text/plain');
await done('stranger', { name: stranger.name });
const refusal = await ask('Compare', [first, stranger]).then(() => ({}), (error) => error);
await done('refused', { status: refusal.status, message: String(refusal.message) });
const anew = [];
for (const text of ['The first chapter.', 'A stranger.']) anew.push(await upload(text, 'text/plain'));
await done('anew', { names: anew.map(({ name }) => name), text: await ask('Compare', anew) });
process.exit(0);
