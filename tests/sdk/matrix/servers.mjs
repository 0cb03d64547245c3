// A sandbox and a gemkeeper in front of it, for one client in one mode.
import { execFile, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { Agent, get } from 'node:https';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const here = dirname(fileURLToPath(import.meta.url));

// Starts a program and waits for a line that matches; `stop` waits for its end.
async function startProgram(args, env, stream, ready) {
  const child = spawn(process.env.GEMKEEPER, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const lines = [];
  const exited = new Promise((resolve) => { child.once('exit', (status) => resolve(status)); });
  const found = await new Promise((resolve, reject) => {
    child[stream === 'stdout' ? 'stderr' : 'stdout'].resume();
    createInterface({ input: child[stream] }).on('line', (line) => {
      lines.push(line);
      const match = ready.exec(lines.join('\n'));
      if (match) resolve(match);
    });
    exited.then((status) => reject(new Error(`${args[0]} exited (${status}):\n${lines.join('\n')}`)));
  });
  return {
    found,
    lines,
    async stop() {
      child.kill('SIGTERM');
      return exited;
    },
  };
}

export async function startServers() {
  const directory = await mkdtemp(join(tmpdir(), 'gemkeeper-sdk-'));
  const sandboxCa = join(directory, 'sandbox-ca.pem');
  const config = join(here, 'gemkeeper.toml');
  const stops = [() => rm(directory, { recursive: true })];
  const stop = async () => {
    let status = 0;
    for (const each of stops.reverse()) status = (await each()) || status;
    return status;
  };
  try {
    const sandbox = await startProgram(
      ['sandbox', '--listen', '127.0.0.1:0', '--scenario', join(here, 'scenario.toml'), '--ca-out', sandboxCa],
      process.env, 'stdout', /listening on (https:\S+)[^]*CA file/);
    stops.push(() => sandbox.stop());
    const straightUrl = sandbox.found[1];
    const env = {
      ...process.env,
      STATE_DIRECTORY: join(directory, 'state'),
      KEY_FIRST: 'secret-of-first', KEY_SECOND: 'secret-of-second',
      KEY_INVALID: 'secret-of-invalid', KEY_LEAKED: 'secret-of-leaked',
      KEY_VERTEX_FIRST: 'secret-of-vertex-first', KEY_VERTEX_SECOND: 'secret-of-vertex-second',
    };
    const gemkeeper = await startProgram(
      ['serve', '--config', config, '--set', `upstream.base_url=${straightUrl}`,
        '--set', `upstream.vertex_base_url=${straightUrl}`,
        '--set', `upstream.ca_file=${sandboxCa}`],
      env, 'stderr', /listening.*127\.0\.0\.1:(\d+)/);
    stops.push(() => gemkeeper.stop());

    const { stdout: ca } = await promisify(execFile)(
      process.env.GEMKEEPER, ['ca', 'print', '--config', config], { env });
    const trusted = join(directory, 'trusted.pem');
    const sandboxCaText = await readFile(sandboxCa, 'utf8');
    await writeFile(trusted, ca + sandboxCaText);
    const agent = new Agent({ ca: sandboxCaText, keepAlive: false });
    return {
      directory,
      straightUrl,
      url: `http://127.0.0.1:${gemkeeper.found[1]}`,
      trusted,
      log: gemkeeper.lines,
      // What the sandbox has seen of requests that name a model.
      async seen(model) {
        const requests = await new Promise((resolve, reject) => {
          get(`${straightUrl}/sandbox/requests`, { agent }, (answer) => {
            let text = '';
            answer.setEncoding('utf8').on('data', (piece) => { text += piece; })
              .on('end', () => resolve(JSON.parse(text))).on('error', reject);
          }).on('error', reject);
        });
        return requests.filter(({ target, body }) => target.includes(model) || body.includes(model));
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
