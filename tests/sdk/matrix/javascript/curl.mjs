// curl, as a person would use it at a shell
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { bytes, checkedUpload, failure, faults, model, png, run, schema, sizes, weather } from './runner.mjs';

const host = 'https://generativelanguage.googleapis.com';
const base = ({ url = host }) => url;

async function curl(side, path, body, more = []) {
  const url = path.startsWith('http') ? path : `${base(side)}${path}`;
  const content = body === undefined ? [] : ['-H', 'Content-Type: application/json', '-d', JSON.stringify(body)];
  const key = more.includes('--no-key') ? [] : ['-H', `x-goog-api-key: ${side.key}`];
  const { stdout } = await promisify(execFile)('curl', ['-sS', '--max-time', '60', ...key, ...content,
    ...more.filter((each) => each !== '--no-key'), url], { maxBuffer: 64 << 20 });
  return stdout;
}
const said = (text, more = {}) => ({ contents: [{ role: 'user', parts: [{ text }] }], ...more });
const post = async (side, path, body, more) => JSON.parse(await curl(side, path, body, more));
const ask = (side, body = said('Say hello, wörld 🌍'), name = model) =>
  post(side, `/v1beta/models/${name}:generateContent`, body);
const stream = async (side, name = model) => (await curl(
  side, `/v1beta/models/${name}:streamGenerateContent?alt=sse`, said('Count'), ['-N']))
  .split('\r\n\r\n').filter(Boolean).map((event) => JSON.parse(event.replace(/^data: /, '')));
// Status line, header fields in order, and body.
function whole(text) {
  const end = text.indexOf('\r\n\r\n');
  const [status, ...fields] = text.slice(0, end).split('\r\n');
  return [status, fields.filter((field) => !/^(x-gemkeeper-|date:)/i.test(field)), JSON.parse(text.slice(end))];
}
const fault = (name) => async (_, side) => [await ask(side, undefined, name), await stream(side, name)];

async function upload(side, feature) {
  const file = `upload-${feature}`;
  await writeFile(file, bytes(sizes[feature]));
  const head = await curl(side, '/upload/v1beta/files', { file: { displayName: feature } }, ['-D', '-', '-o', '/dev/null',
    '-H', 'X-Goog-Upload-Protocol: resumable', '-H', 'X-Goog-Upload-Command: start',
    '-H', `X-Goog-Upload-Header-Content-Length: ${sizes[feature]}`,
    '-H', 'X-Goog-Upload-Header-Content-Type: application/octet-stream']);
  const address = /^x-goog-upload-url: (.*?)\r$/im.exec(head)[1];
  const made = JSON.parse(await curl(side, address, undefined, ['--no-key', '--data-binary', `@${file}`,
    '-H', 'Content-Type:', '-H', 'X-Goog-Upload-Offset: 0', '-H', 'X-Goog-Upload-Command: upload, finalize']));
  const seen = await post(side, `/v1beta/${made.file.name}`);
  const answer = await ask(side, {
    contents: [{ role: 'user', parts: [{ text: 'Read' }, { fileData: { fileUri: made.file.uri, mimeType: made.file.mimeType } }] }],
  });
  await curl(side, `/v1beta/${made.file.name}`, undefined, ['-X', 'DELETE']);
  return checkedUpload(feature, seen, answer.candidates[0].content.parts[0].text);
}

run({
  make: (side) => side,
  // The sandbox gives the address of an upload as Google does, which is then Google's own.
  onlyThrough: Object.keys(sizes),
  offers: {
    unary: async (_, side) => whole(await curl(side, `/v1beta/models/${model}:generateContent`,
      said('Say hello, wörld 🌍'), ['-i', '--suppress-connect-headers'])),
    stream: (_, side) => stream(side),
    async chat(_, side) {
      const first = await ask(side, said('My name is Ada.'));
      return [first, await ask(side, {
        contents: [...said('My name is Ada.').contents, first.candidates[0].content,
          ...said('What is my name?').contents],
      })];
    },
    async function_call(_, side) {
      const tools = [{ functionDeclarations: [weather] }];
      const called = await ask(side, said('call get_weather', { tools }));
      const [{ functionCall }] = called.candidates[0].content.parts;
      const result = { functionResponse: { name: functionCall.name, response: { celsius: 21 } } };
      return [functionCall, await ask(side, {
        tools,
        contents: [...said('call get_weather').contents, called.candidates[0].content,
          { role: 'user', parts: [result] }],
      })];
    },
    async json_schema(_, side) {
      const answer = await ask(side, said('List two colours', {
        generationConfig: { responseMimeType: 'application/json', responseSchema: schema },
      }));
      return JSON.parse(answer.candidates[0].content.parts[0].text).colours;
    },
    system_instruction: (_, side) => ask(side, said('Who are you?', {
      systemInstruction: { parts: [{ text: 'You are a teapot.' }] },
    })),
    inline_image: (_, side) => ask(side, {
      contents: [{ parts: [{ text: 'What is this?' }, { inlineData: { mimeType: 'image/png', data: png } }] }],
    }),
    thinking: (_, side) => ask(side, said('Think', {
      generationConfig: { thinkingConfig: { includeThoughts: true, thinkingBudget: 1024 } },
    })),
    embeddings: (_, side) => post(side, '/v1beta/models/gemini-embedding-001:batchEmbedContents', {
      requests: ['one', 'two'].map((text) => ({ model: 'models/gemini-embedding-001', content: { parts: [{ text }] } })),
    }),
    count_tokens: (_, side) => post(side, `/v1beta/models/${model}:countTokens`, said('How many?')),
    list_models: async (_, side) => [
      await post(side, '/v1beta/models?pageSize=3'), await post(side, `/v1beta/models/${model}`)],
    image: (_, side) => post(side, '/v1beta/models/imagen-4.0-generate-001:predict', {
      instances: [{ prompt: 'A teapot' }], parameters: { sampleCount: 2 },
    }),
    async video(_, side) {
      let operation = await post(side, '/v1beta/models/veo-3.1-generate-preview:predictLongRunning',
        { instances: [{ prompt: 'A teapot' }] });
      for (let n = 0; n < 40 && !operation.done; ++n) operation = await post(side, `/v1beta/${operation.name}`);
      return [operation.done, operation.response.generateVideoResponse.generatedSamples.length];
    },
    speech: (_, side) => ask(side, said('Say', {
      generationConfig: {
        responseModalities: ['AUDIO'],
        speechConfig: { voiceConfig: { prebuiltVoiceConfig: { voiceName: 'Kore' } } },
      },
    }), 'gemini-2.5-flash-preview-tts'),
    async batch(_, side) {
      let job = await post(side, `/v1beta/models/${model}:batchGenerateContent`, {
        batch: { displayName: 'b', inputConfig: { requests: { requests: [{ request: said('one') }] } } },
      });
      const { name } = job;
      for (let n = 0; n < 40 && !job.done; ++n) job = await post(side, `/v1beta/${name}`);
      return [job.done, job.response.inlinedResponses.inlinedResponses.map((each) => each.response.candidates)];
    },
    async interaction(_, side) {
      const first = await post(side, '/v1beta/interactions', { model, input: 'My name is Ada.' });
      return [first, await post(side, '/v1beta/interactions',
        { model, input: 'What is my name?', previous_interaction_id: first.id })];
    },
    upload_1b: (_, side) => upload(side, 'upload_1b'),
    upload_1mib: (_, side) => upload(side, 'upload_1mib'),
    upload_100mib: (_, side) => upload(side, 'upload_100mib'),
    async cached_content(_, side) {
      const cache = await post(side, '/v1beta/cachedContents', {
        model: `models/${model}`, ...said('A long story'), ttl: '600s',
      });
      const answer = await ask(side, said('x', { cachedContent: cache.name }));
      await curl(side, `/v1beta/${cache.name}`, undefined, ['-X', 'DELETE']);
      return [cache.model, answer];
    },
    client_error: (_, side) => ask(side, undefined, 'no-such-model'),
    async cancel(_, side) {
      // A stream that is cut off: what came is there.
      const error = await failure(curl(side, '/v1beta/models/gemini-stalls:streamGenerateContent?alt=sse',
        said('x'), ['-N', '--max-time', '1']));
      return [error.code, error.stdout.split('\r\n\r\n').length];
    },
    async timeout(_, side) {
      const error = await failure(curl(side, '/v1beta/models/gemini-sleeps:generateContent', said('x'), ['--max-time', '1']));
      return [error.code, error.stdout];
    },
    parallel_50: async (_, side) => (await Promise.all(Array.from({ length: 50 }, (__, n) => ask(side, said(`number ${n}.`)))))
      .map((answer) => answer.candidates[0].content.parts[0].text),
    ...faults(fault),
    // Its --retry counts 429 as transient, and obeys Retry-After.
    async all_keys_out(_, side) {
      await curl(side, '/v1beta/models/gemini-all-out:generateContent', said('x'), ['--retry', '5', '-o', 'answer']);
      return JSON.parse(await readFile('answer', 'utf8'));
    },
  },
});
