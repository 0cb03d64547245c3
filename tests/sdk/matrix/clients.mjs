// The clients, in the order of the table: how each is started, and what it needs on the machine.
// `patient`: it waits as long as it is told, by Retry-After or RetryInfo; the others ask again by their own
// clock.
import { existsSync, readFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const packages = join(here, '..', 'node_modules');
const build = process.env.SDK_BUILD;

const packageJson = (name) => JSON.parse(readFileSync(join(packages, name, 'package.json'), 'utf8'));

// Why a JavaScript package cannot run here: its own word on Node.js.
function lackingNode(name) {
  const wanted = /\d+/.exec(packageJson(name).engines?.node ?? '')?.[0];
  const have = process.versions.node.split('.')[0];
  return wanted && Number(have) < Number(wanted) ? `needs Node.js ${wanted}, this is ${have}` : '';
}

const javascript = (label, name, program) => ({
  label, name,
  language: 'JavaScript',
  version: () => packageJson(name).version,
  lacking: () => lackingNode(name),
  command: () => [process.execPath, '--import', join(here, 'javascript', 'proxy.mjs'),
    join(here, 'javascript', program)],
});

const pinned = (file, name) =>
  new RegExp(`^${name}==(.*)$`, 'm').exec(readFileSync(join(here, 'python', file), 'utf8'))[1];
const python = (label, name, program, environment, ...args) => ({
  label, name,
  language: 'Python',
  version: () => pinned(`${environment}.txt`, name),
  lacking: () => (existsSync(join(build, environment, 'bin', 'python')) ? '' : 'no Python 3.11 with venv'),
  command: () => [join(build, environment, 'bin', 'python'), join(here, 'python', program), ...args],
});

// google-genai takes aiohttp for its asynchronous calls where that is installed.
const aiohttp = {
  ...python('genai py aiohttp', 'google-genai', 'genai_async.py', 'python'),
  version: () => `${pinned('python.txt', 'google-genai')}, aiohttp ${pinned('aiohttp.txt', 'aiohttp')}`,
  environment: { PYTHONPATH: join(build, 'aiohttp') },
};

const go = (label, name) => ({
  label, name,
  language: 'Go',
  version: () => new RegExp(`${name} v(\\S+)`).exec(readFileSync(join(here, 'go', 'go.mod'), 'utf8'))[1],
  lacking: () => (existsSync(join(build, 'go-client')) ? '' : readFileSync(join(build, 'no-go'), 'utf8').trim()),
  command: () => [join(build, 'go-client')],
});

const curl = {
  patient: true,
  label: 'curl', name: 'curl',
  language: 'shell',
  version: () => execFileSync('curl', ['--version'], { encoding: 'utf8' }).split(' ')[1],
  lacking: () => '',
  command: () => [process.execPath, join(here, 'javascript', 'curl.mjs')],
};

export const clients = [
  javascript('genai js', '@google/genai', 'genai.mjs'),
  javascript('generative-ai js', '@google/generative-ai', 'generative_ai.mjs'),
  { ...javascript('openai js', 'openai', 'openai.mjs'), patient: true },
  { ...javascript('ai-sdk js', '@ai-sdk/google', 'ai_sdk.mjs'), patient: true },
  python('genai py sync', 'google-genai', 'genai_sync.py', 'python'),
  python('genai py async', 'google-genai', 'genai_async.py', 'python'),
  aiohttp,
  { ...python('openai py', 'openai', 'openai_client.py', 'python'), patient: true },
  python('langchain py', 'langchain-google-genai', 'langchain_client.py', 'langchain'),
  go('genai go', 'google.golang.org/genai'),
  // The slowest begins first.
  { ...javascript('gemini-cli', '@google/gemini-cli', 'gemini_cli.mjs'), weight: 1, patient: true },
  curl,
];

export const modes = ['base-url', 'forward'];
