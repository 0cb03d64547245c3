// HTTPS_PROXY by a dispatcher, as an application sets it where Node does not read it by itself. What
// SDKs do in this mode is in matrix/.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { EnvHttpProxyAgent, setGlobalDispatcher } from 'undici';
import { GoogleGenAI } from '@google/genai';
import { model, seenWith, startGemkeeper } from './servers.mjs';

let gemkeeper;

before(async () => {
  gemkeeper = await startGemkeeper(['bad-quota_minute', 'good-2'], { state: true });
  const ca = [await gemkeeper.ca(), await readFile(process.env.SANDBOX_CA, 'utf8')];
  setGlobalDispatcher(new EnvHttpProxyAgent({
    httpsProxy: gemkeeper.url, noProxy: '127.0.0.1', connect: { ca }, requestTls: { ca },
  }));
});
after(async () => { assert.equal(await gemkeeper.stop(), 0); });

test('through a tunnel, the key of the client never reaches the API', async () => {
  const through = new GoogleGenAI({ apiKey: 'a-client-secret-of-forward-mode' });
  await through.models.generateContent({ model, contents: 'x' });
  assert.deepEqual(await seenWith('a-client-secret-of-forward-mode'), []);
  assert.notDeepEqual(await seenWith('good-2'), []);
});

test('a tunnel to this machine is refused', async () => {
  setGlobalDispatcher(new EnvHttpProxyAgent({ httpsProxy: gemkeeper.url, noProxy: '' }));
  await assert.rejects(fetch('https://127.0.0.1:443/'), (error) => /403/.test(error.cause?.cause?.message ?? error.cause?.message));
});
