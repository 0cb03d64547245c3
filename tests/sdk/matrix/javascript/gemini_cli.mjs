// gemini-cli, not interactive: one question, one answer, at a home directory of its own
import { spawn } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { failure, faults, model, png, run, straight } from './runner.mjs';

const program = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'node_modules', '@google',
  'gemini-cli', 'bundle', 'gemini.js');

// By a base URL it takes itself for another gateway's client, unless it is told that it has a key.
await mkdir('.gemini', { recursive: true });
await writeFile('.gemini/settings.json', JSON.stringify({
  security: { auth: { selectedType: 'gemini-api-key' } },
  privacy: { usageStatisticsEnabled: false },
  general: { disableAutoUpdate: true, enableAutoUpdate: false },
  telemetry: { enabled: false },
}));

await writeFile('pixel.png', Buffer.from(png, 'base64'));

function start({ url, key }, question, name, format) {
  const env = {
    ...process.env, GEMINI_API_KEY: key, GEMINI_CLI_TRUST_WORKSPACE: 'true', GEMINI_CLI_NO_RELAUNCH: 'true', CI: '1',
  };
  // Straight to the sandbox it must not go through the proxy.
  if (url) {
    env.GOOGLE_GEMINI_BASE_URL = url;
    delete env.HTTPS_PROXY;
    delete env.https_proxy;
  }
  const child = spawn(process.execPath, [program, '-m', name, '-o', format, '-p', question],
    { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const text = { out: '', err: '' };
  child.stdout.setEncoding('utf8').on('data', (piece) => { text.out += piece; });
  child.stderr.setEncoding('utf8').on('data', (piece) => { text.err += piece; });
  const ended = new Promise((resolve) => { child.once('close', (code, signal) => resolve(code ?? signal)); });
  return { child, text, ended };
}

async function cli(side, question, name = model, format = 'json') {
  const { text, ended } = start(side, question, name, format);
  const status = await ended;
  if (status !== 0) throw Object.assign(new Error(`status ${status}: ${text.out}${text.err}`), { status, text });
  return text.out;
}

// A start takes seconds: what it says straight to the sandbox is asked once for each question.
const answers = new Map();
async function ask(side, name) {
  if (side === straight && answers.has('x')) return answers.get('x');
  const { response } = JSON.parse(await cli(side, 'Say hello, wörld', name));
  if (side === straight) answers.set('x', response);
  return response;
}
const fault = (name) => (_, side) => ask(side, name);

run({
  make: (side) => side,
  offers: {
    unary: (_, side) => ask(side, model),
    // It streams to itself whatever the format; this one tells the pieces.
    stream: async (_, side) => (await cli(side, 'Count', model, 'stream-json'))
      .split('\n').filter((line) => line.startsWith('{')).map((line) => JSON.parse(line))
      .filter(({ type }) => type === 'message').map(({ role, content }) => [role, content]),
    inline_image: async (_, side) => JSON.parse(await cli(side, '@pixel.png What is this?')).response,
    // One of its own tools, run on the way.
    function_call: async (_, side) => JSON.parse(await cli(side, 'call list_directory')).response,
    async client_error(_, side) {
      const { status, text } = await failure(cli(side, 'x', 'gemini-no-such-model'));
      return { status, told: /not found/i.test(text.out + text.err) };
    },
    // As a person does it: Control-C after the first piece.
    async cancel(_, side) {
      if (side === straight) return 'interrupted';
      const { child, text, ended } = start(side, 'x', 'gemini-stalls', 'stream-json');
      while (!text.out.includes('"assistant"') && child.exitCode === null) await pause(20);
      child.kill('SIGINT');
      await ended;
      return text.out.includes('"assistant"') ? 'interrupted' : text.out + text.err;
    },
    ...faults(fault),
    all_keys_out: fault('gemini-all-out'),
  },
});
