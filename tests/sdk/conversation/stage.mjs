// Where the conversation takes place: a sandbox whose projects know nothing of each other, a gemkeeper
// that can be killed and started again, and a client that stops after each step.
import { execFile, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { Agent, request } from 'node:https';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const here = dirname(fileURLToPath(import.meta.url));
const keys = ['alpha-1', 'alpha-2', 'beta-1', 'beta-2', 'gamma-1'];

function table({ key, ...fault }) {
  const members = Object.entries({ key: `secret-of-${key}`, ...fault });
  return `[[faults]]\n${members.map(([name, value]) => `${name} = ${JSON.stringify(value)}\n`).join('')}`;
}

// Starts a program, and waits until its lines match; `end` gives its status or signal.
async function start(args, env, ready) {
  const child = spawn(process.env.GEMKEEPER, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const lines = [];
  const end = new Promise((resolve) => child.once('exit', (status, signal) => resolve(signal ?? status)));
  const found = await new Promise((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => {
        lines.push(line);
        const match = ready.exec(lines.join('\n'));
        if (match) resolve(match);
      });
    }
    end.then((how) => reject(new Error(`${args[0]} ended (${how}):\n${lines.join('\n')}`)));
  });
  return { child, found, lines, end };
}

export async function openStage(mode) {
  const directory = await mkdtemp(join(tmpdir(), 'gemkeeper-conversation-'));
  const sandboxCa = join(directory, 'sandbox-ca.pem');
  const sandbox = await start(
    ['sandbox', '--listen', '127.0.0.1:0', '--scenario', join(here, 'scenario.toml'), '--ca-out', sandboxCa],
    process.env, /listening on (https:\S+)[^]*CA file/);
  const ca = await readFile(sandboxCa, 'utf8');
  const agent = new Agent({ ca, keepAlive: false });

  const control = (method, path, body = '') => new Promise((resolve, reject) => {
    const asked = request(`${sandbox.found[1]}/sandbox/${path}`, { method, agent }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (piece) => { text += piece; })
        .on('end', () => (answer.statusCode === 200 ? resolve(text) : reject(new Error(text))));
    });
    asked.on('error', reject).end(body);
  });

  const config = join(here, 'gemkeeper.toml');
  const env = { ...process.env, STATE_DIRECTORY: join(directory, 'state') };
  for (const key of keys) env[`KEY_${key.toUpperCase().replace('-', '_')}`] = `secret-of-${key}`;
  const log = [];
  let proxy;
  let port = 0;
  async function startProxy() {
    proxy = await start(
      ['serve', '--config', config, '--set', `proxy.listen=["127.0.0.1:${port}"]`,
        '--set', `upstream.base_url=${sandbox.found[1]}`, '--set', `upstream.ca_file=${sandboxCa}`],
      env, /proxy listens[^\n]*127\.0\.0\.1:(\d+)[^]*admin API listens[^\n]*127\.0\.0\.1:(\d+)/);
    port = proxy.found[1];
  }
  await startProxy();
  const local = (await promisify(execFile)(
    process.env.GEMKEEPER, ['ca', 'print', '--config', config], { env })).stdout;
  const trusted = join(directory, 'trusted.pem');
  await writeFile(trusted, local + ca);

  return {
    directory,
    url: `http://127.0.0.1:${port}`,
    log,
    clientEnvironment: {
      ...process.env, SDK_MODE: mode, SDK_URL: `http://127.0.0.1:${port}`, HOME: directory,
      SSL_CERT_FILE: trusted, NODE_EXTRA_CA_CERTS: trusted, NO_PROXY: '127.0.0.1', no_proxy: '127.0.0.1',
      ...(mode === 'forward'
        ? { HTTPS_PROXY: `http://127.0.0.1:${port}`, https_proxy: `http://127.0.0.1:${port}` } : {}),
    },
    // What fails from now on: rows of [[faults]], with keys by their names.
    play: (...faults) => control('PUT', 'scenario', `[log]\nrequests = 10000\nbody = 65536\n${faults.map(table).join('')}`),
    // What the sandbox has seen so far, in order; `key`: the name of the one that came along.
    seen: async () => JSON.parse(await control('GET', 'requests')).map((request) => (
      { ...request, key: request.credential.replace('secret-of-', '') })),
    async credits() {
      const answer = await fetch(`http://127.0.0.1:${proxy.found[2]}/api/v1/credits`);
      return answer.json();
    },
    // As a crash would, and a supervisor that brings it back at once.
    async killAndRestart() {
      proxy.child.kill('SIGKILL');
      await proxy.end;
      log.push(...proxy.lines);
      await startProxy();
    },
    async close() {
      proxy.child.kill('SIGTERM');
      const status = await proxy.end;
      log.push(...proxy.lines);
      sandbox.child.kill('SIGTERM');
      await sandbox.end;
      await rm(directory, { recursive: true });
      return status;
    },
  };
}

// Runs the client; `onStep[step](facts)` is called between a step and the next one.
export async function perform([program, ...args], stage, onStep) {
  const child = spawn(program, args, {
    env: stage.clientEnvironment, cwd: stage.directory, stdio: ['pipe', 'pipe', 'pipe'],
  });
  const noise = [];
  createInterface({ input: child.stderr }).on('line', (line) => noise.push(line));
  const end = new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status, signal) => resolve(signal ?? status));
  });
  const steps = [];
  try {
    for await (const line of createInterface({ input: child.stdout })) {
      const { step, ...facts } = JSON.parse(line);
      steps.push(step);
      await onStep[step](facts);
      child.stdin.write('\n');
    }
  } finally {
    child.kill('SIGKILL');
  }
  const status = await end;
  const missing = Object.keys(onStep).filter((step) => !steps.includes(step));
  if (missing.length > 0) {
    throw new Error(`the client ended (${status}) before "${missing[0]}":\n${noise.slice(-12).join('\n')}\n${
      stage.log.slice(-5).join('\n')}`);
  }
}
