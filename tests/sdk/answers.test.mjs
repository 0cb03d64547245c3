// Through gemkeeper, every answer is what the same client gets straight from the API.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { calls } from './calls.mjs';
import { gemini, model, openai, sandboxUrl, seenWith, startGemkeeper, withGemkeeper } from './servers.mjs';

let gemkeeper;
before(async () => { gemkeeper = await startGemkeeper(['good-1']); });
after(async () => { assert.equal(await gemkeeper.stop(), 0); });

for (const [name, call] of Object.entries(calls)) {
  test(`${name} is answered as it is without gemkeeper`, async () => {
    const direct = await call(gemini(sandboxUrl, 'good-1'));
    assert.deepEqual(await call(gemini(gemkeeper.url)), direct);
  });
}

test('a function is called with arguments, and a schema is filled', async () => {
  const ai = gemini(gemkeeper.url);
  const [called] = (await calls.functionCall(ai)).calls;
  assert.equal(called.name, 'get_weather');
  assert.equal(typeof called.args.city, 'string');
  assert.ok(Array.isArray((await calls.jsonSchema(ai)).value.colours));
});

test('a stream arrives piece by piece', async () => {
  const chunks = await calls.generateContentStream(gemini(gemkeeper.url));
  assert.ok(chunks.length > 1, `${chunks.length} chunks`);
  assert.ok(chunks.at(-1).usageMetadata.totalTokenCount > 0);
});

test('the key of the client never reaches the API', async () => {
  await gemini(gemkeeper.url, 'a-client-secret').models.generateContent({ model, contents: 'x' });
  assert.deepEqual(await seenWith('a-client-secret'), []);
});

test('an error of the client is passed on unchanged', async () => {
  const failure = (url, key) => gemini(url, key).models
    .generateContent({ model: 'no-such-model', contents: 'x' })
    .then(() => assert.fail('no error'), ({ status, message }) => ({ status, message }));
  assert.deepEqual(await failure(gemkeeper.url), await failure(sandboxUrl, 'good-1'));

  await withGemkeeper(['bad-invalid_argument', 'good-1'], async ({ url }) => {
    const outcomes = await Promise.allSettled([1, 2].map(() => gemini(url).models
      .generateContent({ model, contents: 'x' })));
    const failed = outcomes.find((outcome) => outcome.status === 'rejected');
    assert.equal(failed?.reason.status, 400);
    assert.match(failed.reason.message, /Request contains an invalid argument/);
  });
});

test('a client that leaves a stream ends the request to the API', async () => {
  await withGemkeeper(['slow'], async ({ url }) => {
    const impatience = new AbortController();
    const stream = await gemini(url).models.generateContentStream({
      model, contents: 'x', config: { abortSignal: impatience.signal },
    });
    await assert.rejects(async () => {
      for await (const chunk of stream) {
        assert.ok(chunk.text);
        impatience.abort();
      }
    });
    const deadline = Date.now() + 5000;
    let ends;
    do {
      await setTimeout(20);
      ends = (await seenWith('slow')).map((request) => request.end);
    } while (ends.includes('pending') && Date.now() < deadline);
    assert.deepEqual(ends, ['peer_gone']);
  });
});

test('the openai SDK works under /v1beta/openai/', async () => {
  const ask = async (client) => {
    const messages = [{ role: 'user', content: 'Hello' }];
    const answer = await client.chat.completions.create({ model, messages });
    let streamed = '';
    for await (const chunk of await client.chat.completions.create({ model, messages, stream: true })) {
      streamed += chunk.choices[0]?.delta?.content ?? '';
    }
    const models = (await client.models.list()).data.map((each) => each.id);
    return { text: answer.choices[0].message.content, usage: answer.usage, streamed, models };
  };
  assert.deepEqual(await ask(openai(gemkeeper.url)), await ask(openai(sandboxUrl, 'good-1')));
});
