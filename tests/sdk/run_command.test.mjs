// SDKs that are told nothing in code come to gemkeeper by `gemkeeper run`.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { model, sandboxUrl, withGemkeeper } from './servers.mjs';

const google = `
  import { GoogleGenAI } from '@google/genai';
  const ai = new GoogleGenAI({});
  const answer = await ai.models.generateContent({ model: '${model}', contents: 'hi' });
  console.log(answer.text, process.env.GOOGLE_GEMINI_BASE_URL);`;
const openai = `
  import OpenAI from 'openai';
  const answer = await new OpenAI({ maxRetries: 0 }).chat.completions.create(
    { model: '${model}', messages: [{ role: 'user', content: 'hi' }] });
  console.log(answer.choices[0].message.content);`;

let directory;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'gemkeeper-sdk-'));
  await writeFile(join(directory, 'gemkeeper.toml'), '');
});
after(() => rm(directory, { recursive: true }));

// Runs a script with a gemkeeper of its own, unless one listens at `listen`.
function runScript(script, { options = [], listen = '127.0.0.1:0', keys = 'good-1' } = {}) {
  const settings = {
    'proxy.listen': `["${listen}"]`,
    'upstream.base_url': sandboxUrl,
    'upstream.ca_file': process.env.SANDBOX_CA,
    'storage.path': ':memory:',
  };
  const sets = Object.entries(settings).flatMap(([name, value]) => ['--set', `${name}=${value}`]);
  return promisify(execFile)(
    process.env.GEMKEEPER,
    ['run', '--config', join(directory, 'gemkeeper.toml'), ...sets, ...options, '--',
      process.execPath, '--input-type=module', '-e', script],
    { env: { ...process.env, GEMINI_API_KEYS: keys } },
  );
}

test('@google/genai under gemkeeper run', async () => {
  const { stdout, stderr } = await runScript(google);
  assert.match(stdout, /hi http:\/\/127\.0\.0\.1:\d+\n$/);
  assert.equal(stderr, '');
});

test('a key that fails is not seen by a command under gemkeeper run', async () => {
  const { stdout } = await runScript(google, { keys: 'bad-key_invalid,good-1' });
  assert.match(stdout, /hi/);
});

test('@google/genai under gemkeeper run beside a running gemkeeper', async () => {
  await withGemkeeper(['good-1'], async ({ url }) => {
    const { stdout } = await runScript(google, { listen: new URL(url).host, keys: '' });
    assert.ok(stdout.endsWith(`hi ${url}\n`), stdout);
  });
});

test('openai under gemkeeper run --openai', async () => {
  const { stdout } = await runScript(openai, { options: ['--openai'] });
  assert.match(stdout, /hi/);
});
