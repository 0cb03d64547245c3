// Two files, a cache of them, a batch over it and its results, by both of Google's SDKs in both modes,
// while keys of each project fail and gemkeeper is killed and started again twice.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openStage, perform } from './conversation/stage.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const story = (name) => join(here, 'conversation', name);
const python = join(process.env.SDK_BUILD ?? '', 'python', 'bin', 'python');
const clients = {
  '@google/genai': [process.execPath, '--import', join(here, 'matrix', 'javascript', 'proxy.mjs'),
    story('story.mjs')],
  'google-genai (Python)': [python, story('story.py')],
};

const projectOf = (key) => key.split('-')[0];
const projects = (requests) => [...new Set(requests.map(({ key }) => projectOf(key)))];
const starts = (requests) => requests.filter(({ headers }) => headers.some(
  ([name, value]) => name.toLowerCase() === 'x-goog-upload-command' && value === 'start'));
const naming = (requests, ...names) => requests.filter(({ target, body, key }) =>
  key && names.some((name) => target.includes(name) || body.includes(name)));
const served = (requests) => requests.filter(({ status }) => status === 200);

async function converse(command, mode) {
  const stage = await openStage(mode);
  let before = 0;
  // What the sandbox has seen since the last step.
  const fresh = async () => {
    const all = await stage.seen();
    const since = all.slice(before);
    before = all.length;
    return since;
  };
  const names = {};
  const leaked = { fault: 'leaked', key: 'alpha-1' };
  let tokens;
  try {
    await perform(command, stage, {
      async first({ name }) {
        names.first = name;
        assert.deepEqual(starts(await fresh()).map(({ key }) => key), ['alpha-1']);
        await stage.play(leaked);
      },
      // The key that made the first file is shut now; another one of its project takes the second.
      async second({ name }) {
        names.second = name;
        const made = starts(await fresh());
        assert.deepEqual(projects(made), ['alpha']);
        assert.deepEqual(served(made).map(({ key }) => key), ['alpha-2']);
        await stage.play(leaked,
          { fault: 'key_invalid', key: 'beta-1' }, { fault: 'quota_minute', key: 'gamma-1', retry_delay: '60s' });
      },
      // What names nothing moves on from keys that fail, of any project.
      async free({ free }) {
        free.forEach((text, n) => assert.match(text, new RegExp(`question ${n}`)));
        const seen = await fresh();
        for (const [key, status] of [['beta-1', 400], ['gamma-1', 429]]) {
          assert.ok(seen.some((one) => one.key === key && one.status === status), `${key} never failed`);
        }
        assert.deepEqual(projects(served(seen)).sort(), ['alpha', 'beta']);
      },
      // What names the files goes to their project alone.
      async both({ text }) {
        assert.match(text, /Compare/);
        const seen = naming(await fresh(), names.first, names.second);
        assert.deepEqual(seen.map(({ key, status }) => [key, status]), [['alpha-2', 200]]);
        await stage.killAndRestart();
      },
      async cached({ name }) {
        names.cache = name;
        assert.deepEqual(projects(served(naming(await fresh(), names.first, names.second))), ['alpha']);
        await stage.play(leaked, {
          fault: 'quota_minute', key: 'alpha-2', path: ':generateContent', count: 1, retry_delay: '1s',
        });
      },
      // Its project's quota is out: the request waits for it, and goes to no other.
      async waited({ text }) {
        assert.match(text, /Tell it again/);
        const seen = naming(await fresh(), names.cache);
        assert.deepEqual(seen.map(({ key, status }) => [key, status]),
          [['alpha-2', 429], ['alpha-2', 200]]);
      },
      async batch({ name, input }) {
        names.batch = name;
        const seen = await fresh();
        assert.deepEqual(projects(starts(seen)), ['alpha']);
        assert.deepEqual(projects(served(naming(seen, input))), ['alpha']);
        await stage.killAndRestart();
        tokens = (await stage.credits()).total_tokens;
      },
      async results({ state, results }) {
        assert.equal(state, 'JOB_STATE_SUCCEEDED');
        const lines = results[0].trim().split('\n').map((line) => JSON.parse(line));
        assert.deepEqual(lines.map(({ response }) => response.candidates[0].content.parts[0].text),
          [1, 2, 3].map((n) => `echo: chapter ${n}`));
        assert.equal(results[1], results[0]);
        const seen = await fresh();
        assert.deepEqual(projects(served(naming(seen, names.batch))), ['alpha']);
        assert.equal(served(seen).filter(({ target }) => target.includes(':download')).length, 2);
        // Downloaded twice, counted once.
        const used = lines.reduce((sum, { response }) => sum + response.usageMetadata.totalTokenCount, 0);
        assert.equal((await stage.credits()).total_tokens - tokens, used);
        await stage.play(leaked, { fault: 'quota_day', key: 'alpha-2', path: '/upload/' });
      },
      // Its project takes no file now: another one does.
      async stranger({ name }) {
        names.stranger = name;
        assert.notEqual(projects(served(starts(await fresh())))[0], 'alpha');
        await stage.play();
      },
      async refused({ status, message }) {
        assert.equal(status, 400);
        for (const part of ['RESOURCES_OF_TWO_PROJECTS', names.first, names.stranger, 'alpha']) {
          assert.ok(message.includes(part), message);
        }
        assert.deepEqual(naming(await fresh(), names.first, names.stranger), []);
      },
      // As the refusal advises: both anew, one right after the other.
      async anew({ names: made, text }) {
        assert.match(text, /Compare/);
        const seen = await fresh();
        assert.equal(projects(served(starts(seen))).length, 1);
        assert.deepEqual(projects(naming(seen, ...made)), projects(served(starts(seen))));
      },
    });
    assert.ok(!JSON.stringify(await stage.seen()).includes('a-key-of-the-client'));
  } finally {
    assert.equal(await stage.close(), 0);
  }
  assert.ok(!stage.log.join('\n').includes('secret-of-'), 'a key is in the log');
}

describe('a conversation over files, a cache and a batch', { concurrency: true }, () => {
  for (const [client, command] of Object.entries(clients)) {
    for (const mode of ['base-url', 'forward']) {
      const skip = existsSync(command[0]) ? false : 'no Python 3.11 with venv';
      test(`${client}, ${mode}`, { skip, timeout: 60_000 }, () => converse(command, mode));
    }
  }
});
