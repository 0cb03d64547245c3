// Live sessions by @google/genai: keys that Google refuses by closing are not seen.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Modality } from '@google/genai';
import { gemini, withGemkeeper } from './servers.mjs';

const liveModel = 'gemini-3.1-flash-live-preview';

// A session whose messages can be awaited.
async function connect(ai, config = {}) {
  const waiting = [];
  const messages = [];
  const tell = (item) => (waiting.length > 0 ? waiting.shift()(item) : messages.push(item));
  const session = await ai.live.connect({
    model: liveModel,
    config: { responseModalities: [Modality.TEXT], ...config },
    callbacks: {
      onmessage: (message) => tell({ message }),
      onclose: (event) => tell({ closed: event }),
      onerror: (error) => tell({ error }),
    },
  });
  const next = () =>
    messages.length > 0 ? Promise.resolve(messages.shift()) : new Promise((r) => waiting.push(r));
  return { session, next };
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

test('a session is set up with the first key that Google agrees to', () =>
  withGemkeeper(['bad-leaked', 'bad-quota_minute', 'bad-key_invalid', 'good-1'], async ({ url, log }) => {
    const live = await connect(gemini(url));
    const first = await takeTurn(live, 'hello');
    assert.match(first.said, /echo: hello/);
    assert.ok(first.usage.totalTokenCount > 0);
    const second = await takeTurn(live, 'again');
    assert.match(second.said, /echo: again/);
    live.session.close();
    for (let i = 0; i < 100 && !log.some((l) => l.includes('"route":"live"')); ++i)
      await new Promise((r) => setTimeout(r, 50));
    const line = JSON.parse(log.find((l) => l.includes('"route":"live"')));
    assert.equal(line.attempts, 4);
    assert.equal(line.model, liveModel);
    assert.equal(line.total_tokens, first.usage.totalTokenCount + second.usage.totalTokenCount);
    assert.ok(!log.join('\n').includes('bad-leaked"'.slice(0, -1) + '-secret'));
  }));

test('when no key is left the client is told so by a close', () =>
  withGemkeeper(['bad-quota_minute'], async ({ url }) => {
    const { next } = await connect(gemini(url));
    const { closed } = await next();
    assert.equal(closed.code, 1011);
    assert.match(closed.reason, /out of quota.*retry in/);
  }));
