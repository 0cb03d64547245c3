// Live sessions by @google/genai: keys that Google refuses by closing are not seen.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GoogleGenAI, Modality } from '@google/genai';
import { openStage } from './conversation/stage.mjs';
import { gemini, withGemkeeper } from './servers.mjs';

const liveModel = 'gemini-3.1-flash-live-preview';

// A session whose messages can be awaited. `connect` of the SDK waits for the setup's end without an
// end of its own, so a close before it is told here.
async function connect(ai, config = {}) {
  const waiting = [];
  const messages = [];
  const tell = (item) => (waiting.length > 0 ? waiting.shift()(item) : messages.push(item));
  const next = () =>
    messages.length > 0 ? Promise.resolve(messages.shift()) : new Promise((r) => waiting.push(r));
  let refuse;
  const closed = new Promise((_, reject) => (refuse = reject));
  const opened = ai.live.connect({
    model: liveModel,
    config: { responseModalities: [Modality.TEXT], ...config },
    callbacks: {
      onmessage: (message) => tell({ message }),
      onerror: (error) => tell({ error }),
      onclose: (event) => {
        tell({ closed: event });
        refuse(Object.assign(new Error(event.reason), { code: event.code }));
      },
    },
  });
  closed.catch(() => {});
  return { session: await Promise.race([opened, closed]), next };
}

async function takeTurn({ session, next }, text) {
  session.sendClientContent({ turns: text, turnComplete: true });
  let said = '';
  for (;;) {
    const { message, closed, error } = await next();
    if (!message) throw new Error(`no turn: ${closed?.reason ?? error}`);
    said += message.text ?? '';
    if (message.serverContent?.turnComplete) return { said, usage: message.usageMetadata };
  }
}

// The session's line, which is written at its end.
async function logged(log) {
  for (let i = 0; i < 200; ++i) {
    const line = log.find((l) => l.includes('"route":"live"'));
    if (line) return JSON.parse(line);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`no session in the log:\n${log.join('\n')}`);
}

test('a session is set up with the first key that Google agrees to', () =>
  withGemkeeper(['bad-leaked', 'bad-quota_minute', 'bad-key_invalid', 'good-1'], async ({ url, log }) => {
    const live = await connect(gemini(url));
    const first = await takeTurn(live, 'hello');
    assert.match(first.said, /echo: hello/);
    assert.ok(first.usage.totalTokenCount > 0);
    const second = await takeTurn(live, 'again');
    assert.match(second.said, /echo: again/);
    live.session.close();
    const line = await logged(log);
    assert.equal(line.attempts, 4);
    assert.equal(line.model, liveModel);
    assert.equal(line.total_tokens, first.usage.totalTokenCount + second.usage.totalTokenCount);
  }));

test('a session is resumed with a key of its project', () =>
  withGemkeeper(['good-1', 'good-2', 'good-3'], async ({ url }) => {
    const live = await connect(gemini(url), { sessionResumption: {} });
    await takeTurn(live, 'hello');
    const { message } = await live.next();
    const handle = message.sessionResumptionUpdate.newHandle;
    live.session.close();
    // The sandbox knows a handle in its own project only.
    for (let i = 0; i < 4; ++i) {
      const again = await connect(gemini(url), { sessionResumption: { handle } });
      assert.match((await takeTurn(again, 'I am back')).said, /echo: I am back/);
      again.session.close();
    }
  }));

test('a session outlives gemkeeper: what it used is known, and its project has it', async () => {
  const stage = await openStage('base-url');
  let again;
  try {
    const live = await connect(gemini(stage.url), { sessionResumption: {} });
    const turns = [await takeTurn(live, 'hello'), await takeTurn(live, 'and again')];
    let handle;
    while (!handle) handle = (await live.next()).message.sessionResumptionUpdate?.newHandle;
    await stage.killAndRestart();
    const used = turns.reduce((sum, { usage }) => sum + usage.totalTokenCount, 0);
    const { total_calls: calls, total_tokens: tokens } = await stage.credits();
    assert.deepEqual({ calls, tokens }, { calls: 1, tokens: used });
    again = await connect(gemini(stage.url), { sessionResumption: { handle } });
    assert.match((await takeTurn(again, 'I am back')).said, /echo: I am back/);
  } finally {
    assert.equal(await stage.close(), 0);
  }
  // It had its time to end (proxy.drain_timeout), and is closed as it should be.
  for (;;) {
    const { closed } = await again.next();
    if (!closed) continue;
    assert.deepEqual([closed.code, closed.reason], [1001, 'gemkeeper is stopping']);
    break;
  }
});

test('an ephemeral token opens sessions in its project', () =>
  withGemkeeper(['good-1', 'good-2', 'good-3'], async ({ url }) => {
    const maker = new GoogleGenAI({
      apiKey: 'anything', httpOptions: { baseUrl: url, apiVersion: 'v1alpha' },
    });
    const { name } = await maker.authTokens.create({ config: { uses: 1 } });
    assert.match(name, /^auth_tokens\//);
    const guest = new GoogleGenAI({
      apiKey: name, httpOptions: { baseUrl: url, apiVersion: 'v1alpha' },
    });
    const live = await connect(guest);
    assert.match((await takeTurn(live, 'hello')).said, /echo: hello/);
    live.session.close();
  }));

test('when no key is left the client is told so by a close', () =>
  withGemkeeper(['bad-quota_minute'], ({ url }) =>
    assert.rejects(connect(gemini(url)), { code: 1011, message: /out of quota.*retry in/ })));
