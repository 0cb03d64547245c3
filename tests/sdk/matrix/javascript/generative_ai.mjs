// @google/generative-ai: Google's older SDK.
import { GoogleGenerativeAI } from '@google/generative-ai';
import { GoogleAICacheManager, GoogleAIFileManager } from '@google/generative-ai/server';
import { all, bytes, checkedUpload, failure, faults, model, png, run, schema, sizes, weather } from './runner.mjs';

const use = (side, name = model, more = {}, options = {}) => new GoogleGenerativeAI(side.key)
  .getGenerativeModel({ model: name, ...more }, side.url ? { baseUrl: side.url, ...options } : options);
const ask = async (side, name, more) => (await use(side, name, more).generateContent('Say hello, wörld 🌍')).response;
const fault = (name) => async (_, side) => {
  const { stream } = await use(side, name).generateContentStream('Count');
  return [await ask(side, name), await all(stream)];
};
const question = { contents: [{ role: 'user', parts: [{ text: 'x' }] }] };

async function upload(side, feature) {
  const files = new GoogleAIFileManager(side.key, side.url ? { baseUrl: side.url } : {});
  const { file } = await files.uploadFile(bytes(sizes[feature]), {
    mimeType: 'application/octet-stream', displayName: feature,
  });
  const seen = await files.getFile(file.name);
  const { response } = await use(side).generateContent(
    ['Read', { fileData: { fileUri: file.uri, mimeType: file.mimeType } }]);
  await files.deleteFile(file.name);
  return checkedUpload(feature, seen, response.text());
}

run({
  make: (side) => side,
  offers: {
    unary: (_, side) => ask(side),
    stream: async (_, side) => all((await use(side).generateContentStream('Count')).stream),
    async chat(_, side) {
      const chat = use(side).startChat();
      const first = (await chat.sendMessage('My name is Ada.')).response;
      const second = await all((await chat.sendMessageStream('What is my name?')).stream);
      return [first, second, await chat.getHistory()];
    },
    async function_call(_, side) {
      const chat = use(side, model, { tools: [{ functionDeclarations: [weather] }] }).startChat();
      const called = (await chat.sendMessage('call get_weather')).response.functionCalls();
      const result = await chat.sendMessage([
        { functionResponse: { name: called[0].name, response: { celsius: 21 } } }]);
      return [called, result.response];
    },
    async json_schema(_, side) {
      const generationConfig = { responseMimeType: 'application/json', responseSchema: schema };
      return JSON.parse((await ask(side, model, { generationConfig })).text()).colours;
    },
    system_instruction: (_, side) => ask(side, model, { systemInstruction: 'You are a teapot.' }),
    inline_image: async (_, side) => (await use(side).generateContent(
      ['What is this?', { inlineData: { mimeType: 'image/png', data: png } }])).response,
    embeddings: (_, side) => use(side, 'gemini-embedding-001').batchEmbedContents({
      requests: ['one', 'two'].map((text) => ({ content: { role: 'user', parts: [{ text }] } })),
    }),
    count_tokens: (_, side) => use(side).countTokens('How many tokens are these?'),
    upload_1b: (_, side) => upload(side, 'upload_1b'),
    upload_1mib: (_, side) => upload(side, 'upload_1mib'),
    upload_100mib: (_, side) => upload(side, 'upload_100mib'),
    async cached_content(_, side) {
      const options = side.url ? { baseUrl: side.url } : {};
      const caches = new GoogleAICacheManager(side.key, options);
      const cache = await caches.create({ model: `models/${model}`, ...question, ttlSeconds: 600 });
      const using = new GoogleGenerativeAI(side.key).getGenerativeModelFromCachedContent(cache, {}, options);
      const { response } = await using.generateContent(question);
      await caches.delete(cache.name);
      return [cache.model, response];
    },
    async client_error(_, side) {
      const { status, message } = await failure(ask(side, 'no-such-model'));
      // The message names the address that was asked.
      return { status, message: message.replace(/https?:\/\/[^/]*/, '') };
    },
    async cancel(_, side) {
      const impatience = new AbortController();
      const texts = [];
      const { stream, response } = await use(side, 'gemini-stalls')
        .generateContentStream(question, { signal: impatience.signal });
      response.catch(() => {});
      await failure((async () => {
        for await (const chunk of stream) {
          texts.push(chunk.text());
          impatience.abort();
        }
      })());
      return texts;
    },
    async timeout(_, side) {
      const start = performance.now();
      await failure(use(side, 'gemini-sleeps', {}, { timeout: 1000 }).generateContent('x'));
      return { early: performance.now() - start < 5000 };
    },
    parallel_50: async (_, side) => Promise.all(Array.from({ length: 50 }, async (__, n) => (
      await use(side).generateContent(`number ${n}.`)).response.text())),
    ...faults(fault),
    // It never tries again by itself.
  },
});
