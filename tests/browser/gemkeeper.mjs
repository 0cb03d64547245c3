// A gemkeeper with a dashboard, in front of a sandbox; both end with the tests.
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const binary = process.env.GEMKEEPER ?? join(here, '../../build/release/bin/gemkeeper');
const { GEMINI_API_KEYS, GEMINI_API_KEY, GOOGLE_API_KEY, ...clean } = process.env;
export const token = 'the-admin-token-of-the-tests';

// Resolves when `ready` has found what it looks for in the lines of the program.
function start(args, env, ready) {
  const child = spawn(binary, args, { env: { ...clean, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  const lines = [];
  const exited = new Promise((resolve) => child.once('exit', resolve));
  const found = new Promise((resolve, reject) => {
    for (const from of [child.stdout, child.stderr]) {
      createInterface({ input: from }).on('line', (line) => {
        lines.push(line);
        if (lines.length > 2000) lines.shift();
        const what = ready(line);
        if (what) resolve(what);
      });
    }
    exited.then((status) => reject(new Error(`gemkeeper ${args[0]} exited (${status}):\n${lines.join('\n')}`)));
  });
  const stop = async () => {
    child.kill('SIGTERM');
    await exited;
  };
  return { found, stop, lines };
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

export async function startSandbox() {
  const directory = await mkdtemp(join(tmpdir(), 'gemkeeper-browser-'));
  const ca = join(directory, 'ca.pem');
  let url;
  const sandbox = start(
    ['sandbox', '--listen', '127.0.0.1:0', '--scenario', join(here, 'scenario.toml'), '--ca-out', ca], {},
    (line) => {
      url ??= /^listening on (https:.*)$/.exec(line)?.[1];
      return line.startsWith('CA file') && url;
    },
  );
  await sandbox.found;
  return {
    url,
    ca,
    async stop() {
      await sandbox.stop();
      await rm(directory, { recursive: true });
    },
  };
}

// `secured`: it has an admin token. `restart` keeps its ports, its state and nothing else.
export async function startGemkeeper(sandbox, { keys = [], secured = false, settings = {} } = {}) {
  const directory = await mkdtemp(join(tmpdir(), 'gemkeeper-browser-'));
  const config = join(directory, 'gemkeeper.toml');
  await writeFile(config, '');
  const [admin, proxy] = [await freePort(), await freePort()];
  const all = {
    'proxy.listen': `["127.0.0.1:${proxy}"]`,
    'admin.listen': `["127.0.0.1:${admin}"]`,
    'proxy.workers': '1',
    'proxy.drain_timeout': '1s',
    'upstream.base_url': sandbox.url,
    'upstream.vertex_base_url': sandbox.url,
    'upstream.ca_file': sandbox.ca,
    'log.format': 'json',
    ...settings,
  };
  const args = ['serve', '--config', config, ...Object.entries(all).flatMap(([name, value]) => ['--set', `${name}=${value}`])];
  const env = {
    STATE_DIRECTORY: join(directory, 'state'),
    ...(keys.length ? { GEMINI_API_KEYS: keys.join(',') } : {}),
    ...(secured ? { GEMKEEPER_ADMIN__TOKEN: token } : {}),
  };
  const ready = (line) => line.includes('the admin API listens');
  let running = start(args, env, ready);
  await running.found;
  const url = `http://127.0.0.1:${admin}/`;
  const call = async (method, path, body) => {
    const answer = await fetch(`${url}${path}`, {
      method,
      headers: { 'Content-Type': 'application/json', ...(secured ? { Authorization: `Bearer ${token}` } : {}) },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return text && JSON.parse(text);
  };
  return {
    url,
    proxy: `http://127.0.0.1:${proxy}`,
    call,
    log: () => running.lines.join('\n'),
    async generate(model = 'gemini-3.6-flash', headers = {}) {
      const answer = await fetch(`http://127.0.0.1:${proxy}/v1beta/models/${model}:generateContent`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: '{"contents":[{"parts":[{"text":"Hello"}]}]}',
      });
      await answer.arrayBuffer();
      return answer;
    },
    async halt() {
      await running.stop();
    },
    async resume() {
      running = start(args, env, ready);
      await running.found;
    },
    async stop() {
      await running.stop();
      await rm(directory, { recursive: true });
    },
  };
}
