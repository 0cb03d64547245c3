// Every client, every feature, both modes: runs them, prints one table, and writes what each did to a
// file of JSON lines. Arguments: words that a client's label must contain, else all are run.
//
// Environment: GEMKEEPER, SDK_BUILD (where the Python environments and the Go program are), SDK_RESULTS
// (the file), SDK_JOBS (clients at a time), SDK_ONLY (features, by commas), SDK_AWAITED (asks for what
// is awaited, too).
import { spawn } from 'node:child_process';
import { appendFile, writeFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { clients as allClients, modes } from './clients.mjs';
import { features as allFeatures } from './features.mjs';
import { startServers } from './servers.mjs';
import { table } from './table.mjs';

const timeLimit = 240_000;
const wanted = process.argv.slice(2);
const only = process.env.SDK_ONLY?.split(',');
const clients = allClients.filter(({ label }) => wanted.every((word) => label.split(' ').includes(word)));
const features = allFeatures.filter(({ id }) => !only || only.includes(id));
const results = process.env.SDK_RESULTS;
const outcomes = new Map();
const keyOf = (label, mode, feature) => `${label}\t${mode}\t${feature}`;

async function record(client, mode, feature, result, detail = '', seconds = 0) {
  outcomes.set(keyOf(client.label, mode, feature), { result, detail });
  const line = { client: client.label, package: client.name, version: client.lacking() ? '' : client.version(),
    feature, mode, result, detail, seconds };
  if (results) await appendFile(results, `${JSON.stringify(line)}\n`);
}

// What the client cannot know: '' or why its word is not enough.
async function objection({ id, met = {}, gone, atLeast = 0 }, client, servers, seconds) {
  if (seconds < atLeast) return `took ${seconds} s, and must take ${atLeast} s`;
  if (id === 'all_keys_out' && client.patient) {
    const refused = servers.log.filter((line) => line.includes('gemini-all-out') && JSON.parse(line).status === 429);
    if (refused.length !== 1) return `it was told to wait, and asked ${refused.length} times in vain`;
  }
  for (const [model, keys] of Object.entries(met)) {
    const seen = await servers.seen(model);
    for (const key of keys) {
      if (!seen.some((request) => request.credential === `secret-of-${key}` && (request.status !== 200 || request.end !== 'complete'))) {
        return `the fault of the key "${key}" for ${model} was never met`;
      }
    }
  }
  if (!gone) return '';
  let ends = [];
  for (let n = 0; n < 100; ++n) {
    ends = (await servers.seen(gone)).map(({ end }) => end);
    if (ends.length > 0 && ends.every((end) => end === 'peer_gone')) return '';
    await pause(30);
  }
  return `the requests for ${gone} ended as: ${ends.join(', ')}`;
}

function environment(mode, servers) {
  const env = {
    ...process.env,
    HOME: servers.directory,
    SDK_MODE: mode,
    SDK_STRAIGHT_URL: servers.straightUrl,
    SDK_URL: servers.url,
    SDK_TRUSTED: servers.trusted,
    SSL_CERT_FILE: servers.trusted,
    NODE_EXTRA_CA_CERTS: servers.trusted,
    CURL_CA_BUNDLE: servers.trusted,
    REQUESTS_CA_BUNDLE: servers.trusted,
    NO_PROXY: '127.0.0.1', no_proxy: '127.0.0.1',
  };
  for (const name of ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy', 'ALL_PROXY', 'all_proxy']) {
    delete env[name];
  }
  if (mode === 'forward') env.HTTPS_PROXY = env.https_proxy = servers.url;
  return env;
}

async function runClient(client, mode) {
  const asked = features.filter(({ awaits }) => !awaits || process.env.SDK_AWAITED);
  const lacking = client.lacking();
  if (lacking) {
    for (const { id } of features) await record(client, mode, id, 'skipped', `${client.label}: ${lacking}`);
    return;
  }
  for (const { id, awaits } of features.filter((each) => !asked.includes(each))) {
    await record(client, mode, id, 'skipped', `awaits ${awaits}`);
  }
  const servers = await startServers();
  const noise = [];
  try {
    const [program, ...args] = client.command();
    const child = spawn(program, args, {
      env: { ...environment(mode, servers), ...client.environment, SDK_FEATURES: asked.map(({ id }) => id).join(',') },
      cwd: servers.directory,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const limit = setTimeout(() => child.kill('SIGKILL'), timeLimit);
    const ended = new Promise((resolve) => { child.once('close', (code, signal) => resolve(signal ?? code)); });
    child.once('error', (error) => noise.push(error.message));
    createInterface({ input: child.stderr }).on('line', (line) => noise.push(line));
    for await (const line of createInterface({ input: child.stdout })) {
      if (!line.startsWith('{"feature":')) {
        noise.push(line);
        continue;
      }
      const { feature, result, detail, seconds } = JSON.parse(line);
      const against = result !== 'passed' ? ''
        : await objection(features.find(({ id }) => id === feature), client, servers, seconds);
      await record(client, mode, feature, against ? 'failed' : result, against || detail, seconds);
    }
    const status = await ended;
    clearTimeout(limit);
    let why = `no result (${status}): ${noise.slice(-8).join(' | ').slice(-1500)}`;
    for (const { id } of asked) {
      if (outcomes.has(keyOf(client.label, mode, id))) continue;
      await record(client, mode, id, 'failed', why);
      why = 'no result either';
    }
    if (servers.log.some((line) => line.includes('secret-of-'))) {
      await record(client, mode, asked[0].id, 'failed', 'a key is in the log');
    }
    if (JSON.stringify(await servers.seen('')).includes('secret-of-client')) {
      await record(client, mode, asked[0].id, 'failed', "the client's own key reached the API");
    }
  } finally {
    const status = await servers.stop();
    if (status) await record(client, mode, asked[0].id, 'failed', `gemkeeper exited with ${status}`);
  }
}

if (results) await writeFile(results, '');
const jobs = [...clients].sort((one, other) => (other.weight ?? 0) - (one.weight ?? 0))
  .flatMap((client) => modes.map((mode) => [client, mode]));
await Promise.all(Array.from({ length: Number(process.env.SDK_JOBS ?? 4) }, async () => {
  for (let job = jobs.shift(); job; job = jobs.shift()) await runClient(...job);
}));

const outcome = (label, mode, feature) => outcomes.get(keyOf(label, mode, feature));
const count = (result) => [...outcomes.values()].filter((each) => each.result === result).length;
console.log();
for (const client of clients) {
  const lacking = client.lacking();
  console.log(lacking ? `skipped: ${client.label} (${client.name}): ${lacking}`
    : `${client.label}: ${client.name} ${client.version()}`);
}
console.log(`\n${table(features, clients, modes, outcome)}\n`);
for (const [key, { result, detail }] of outcomes) {
  if (result === 'failed') console.log(`not ok - ${key.replaceAll('\t', ', ')}\n    ${detail.replaceAll('\n', '\n    ')}`);
}
console.log(`# not offered ${count('not offered')}`);
for (const { id, title, awaits } of features) {
  if (clients.some(({ label }) => modes.some((mode) => outcome(label, mode, id).detail === `awaits ${awaits}`))) {
    console.log(`skipped: ${title}: awaits ${awaits}`);
  }
}
console.log(`# skip ${count('skipped')}`);
console.log(`# pass ${count('passed')}`);
console.log(`# fail ${count('failed')}`);
process.exit(count('failed') === 0 && count('passed') > 0 ? 0 : 1);
