// Keys fail in every way, and the client never sees a failure that another key could have served.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { calls } from './calls.mjs';
import {
  gemini, keyFaults, model, openai, quotaFaults, seenWith, serviceFaults, withGemkeeper,
} from './servers.mjs';

const all = [...keyFaults, ...quotaFaults, ...serviceFaults];

for (const fault of all) {
  test(`${fault} on one key is served by another`, async () => {
    const key = `bad-${fault}`;
    const before = (await seenWith(key)).length;
    await withGemkeeper([key, 'good-1'], async ({ url, log }) => {
      const ai = gemini(url);
      for (let n = 0; n < 2; ++n) {
        assert.match((await ai.models.generateContent({ model, contents: 'hi' })).text, /hi/);
        assert.ok((await calls.generateContentStream(ai)).length > 1);
      }
      const tried = (await seenWith(key)).filter((request) => request.target.includes(':')).length;
      assert.ok(tried > before, 'the failing key was never tried');
      assert.ok(!log.join('\n').includes(key), 'a key is in the log');
    });
  });
}

test('an error as the first event of a stream is served by another key', async () => {
  await withGemkeeper(['bad-first_event_error', 'good-1'], async ({ url }) => {
    for (let n = 0; n < 4; ++n) {
      const chunks = await calls.generateContentStream(gemini(url));
      assert.ok(chunks.every((chunk) => chunk.candidates));
    }
  });
});

for (const [kind, faults] of Object.entries({ keyFaults, quotaFaults })) {
  test(`every call succeeds while every key but one fails with one of ${kind}`, async () => {
    const keys = [...faults.map((fault) => `bad-${fault}`), 'good-1'];
    await withGemkeeper(keys, async ({ url }) => {
      const ai = gemini(url);
      for (const call of Object.values(calls)) await call(ai);
    }, { settings: { 'pool.max_attempts': keys.length } });
  });
}

test('20 clients at once are all served while keys fail', async () => {
  const keys = ['bad-leaked', 'good-1', 'bad-quota_day', 'good-2', 'bad-bare_429',
    'bad-reset_before_head', 'good-3'];
  await withGemkeeper(keys, async ({ url }) => {
    const outcomes = await Promise.allSettled(Array.from({ length: 20 }, async (_, n) => {
      const ai = gemini(url);
      const { text } = await ai.models.generateContent({ model, contents: `question ${n}` });
      assert.match(text, new RegExp(`question ${n}\\b`));
      await calls.generateContentStream(ai);
    }));
    assert.deepEqual(outcomes.filter((outcome) => outcome.status === 'rejected'), []);
  });
});

test('the openai SDK is served too while keys fail', async () => {
  await withGemkeeper(['bad-key_invalid', 'bad-quota_day', 'good-1'], async ({ url }) => {
    for (let n = 0; n < 3; ++n) {
      const answer = await openai(url).chat.completions.create({
        model, messages: [{ role: 'user', content: 'hi' }],
      });
      assert.match(answer.choices[0].message.content, /hi/);
    }
  });
});

test('when every key is out of quota, the client learns when to come back', async () => {
  await withGemkeeper(['bad-quota_minute', 'bad-quota_minute_tokens'], async ({ url }) => {
    const ask = () => fetch(`${url}/v1beta/models/${model}:generateContent`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-goog-api-key': 'anything' },
      body: JSON.stringify({ contents: [{ parts: [{ text: 'hi' }] }] }),
    });
    const first = await ask();  // every key is tried: Google's own answer
    assert.equal(first.status, 429);
    await first.arrayBuffer();
    const second = await ask();  // none is tried
    assert.equal(second.status, 429);
    assert.ok(Number(second.headers.get('retry-after')) > 0);
    const { error } = await second.json();
    assert.equal(error.status, 'RESOURCE_EXHAUSTED');
    const types = error.details.map((detail) => detail['@type'].split('.').at(-1));
    assert.ok(types.includes('ErrorInfo') && types.includes('RetryInfo'), types.join());
  });
});
