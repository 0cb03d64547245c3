// Starts gemkeeper in front of the sandbox that tests/sdk/run has started, and makes clients.
import { execFile, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { GoogleGenAI } from '@google/genai';
import OpenAI from 'openai';

export const sandboxUrl = process.env.SANDBOX_URL;
export const model = 'gemini-3.6-flash';

// A gemkeeper with just these keys, in this order. `state`: it keeps its state, and thus a local CA
// that `ca` gives, on disk. `stop` waits until it has exited.
export async function startGemkeeper(keys, { settings = {}, state = false } = {}) {
  const directory = await mkdtemp(join(tmpdir(), 'gemkeeper-sdk-'));
  const config = join(directory, 'gemkeeper.toml');
  await writeFile(config, '');
  const all = {
    'proxy.listen': '["127.0.0.1:0"]',
    'admin.listen': '["127.0.0.1:0"]',
    'proxy.workers': '1',
    'proxy.drain_timeout': '2s',
    'upstream.base_url': sandboxUrl,
    'upstream.ca_file': process.env.SANDBOX_CA,
    'storage.path': state ? '' : ':memory:',
    'log.format': 'json',
    ...settings,
  };
  const sets = Object.entries(all).flatMap(([name, value]) => ['--set', `${name}=${value}`]);
  const env = {
    ...process.env, GEMINI_API_KEYS: keys.join(','), STATE_DIRECTORY: join(directory, 'state'),
  };
  const child = spawn(process.env.GEMKEEPER, ['serve', '--config', config, ...sets], {
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const log = [];
  const exited = new Promise((resolve) => child.once('exit', resolve));
  const listening = new Promise((resolve, reject) => {
    createInterface({ input: child.stderr }).on('line', (line) => {
      log.push(line);
      const port = /listening.*127\.0\.0\.1:(\d+)/.exec(line);
      if (port) resolve(port[1]);
    });
    exited.then((status) => reject(new Error(`gemkeeper exited (${status}):\n${log.join('\n')}`)));
  });
  const port = await listening;
  return {
    url: `http://127.0.0.1:${port}`,
    log,
    async ca() {
      const command = [process.env.GEMKEEPER, ['ca', 'print', '--config', config], { env }];
      return (await promisify(execFile)(...command)).stdout;
    },
    async stop() {
      child.kill('SIGTERM');
      const status = await exited;
      await rm(directory, { recursive: true });
      return status;
    },
  };
}

// Runs `body` with a gemkeeper that is gone afterwards.
export async function withGemkeeper(keys, body, options) {
  const gemkeeper = await startGemkeeper(keys, options);
  try {
    return await body(gemkeeper);
  } finally {
    await gemkeeper.stop();
  }
}

// The SDK as users set it up: a base URL, and any API key.
export function gemini(baseUrl, apiKey = 'anything') {
  return new GoogleGenAI({ apiKey, httpOptions: { baseUrl } });
}

export function openai(baseUrl, apiKey = 'anything') {
  return new OpenAI({ apiKey, baseURL: `${baseUrl}/v1beta/openai/`, maxRetries: 0 });
}

// The requests that the sandbox has seen with a key.
export async function seenWith(key) {
  const answer = await fetch(`${sandboxUrl}/sandbox/requests`);
  return (await answer.json()).filter((request) => request.credential === key);
}

// The faults of scenario.toml that another key can serve.
export const keyFaults = [
  'key_invalid', 'key_not_found', 'key_expired', 'invalid_with_debug', 'free_tier_unavailable',
  'unauthenticated', 'leaked', 'suspended', 'service_disabled', 'service_blocked',
  'referrer_blocked', 'ip_blocked', 'android_blocked', 'project_denied', 'billing_disabled',
  'not_available_to_new_users',
];
export const quotaFaults = [
  'quota_minute', 'quota_minute_tokens', 'quota_day', 'quota_minute_and_day', 'limit_zero',
  'bare_429', 'help_only_429', 'prepay_depleted', 'spend_cap', 'quota_old_text',
];
export const serviceFaults = [
  'internal_500', 'overloaded_503', 'overloaded_503_old_text', 'deadline_504', 'html_502',
  'html_503', 'reset_before_head', 'close_before_head',
];
