// @google/genai
import { readFile, rm } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { GoogleGenAI, Modality } from '@google/genai';
import {
  all, bytes, checkedUpload, failure, faults, mode, model, NotOffered, png, run, schema, sizes, straight, weather,
} from './runner.mjs';

const make = ({ url, key }, more = {}) =>
  new GoogleGenAI({ apiKey: key, httpOptions: { baseUrl: url, ...more } });
// The same API with another key, which is Vertex AI's.
const express = ({ url, key }) =>
  new GoogleGenAI({ vertexai: true, apiKey: `${key}-vertex`, httpOptions: { baseUrl: url } });
const ask = (ai, more = {}) => ai.models.generateContent({ model, contents: 'Say hello, wörld 🌍', ...more });
const fault = (name) => async (ai) => [
  await ask(ai, { model: name }),
  await all(await ai.models.generateContentStream({ model: name, contents: 'Count' })),
];
const tools = [{ functionDeclarations: [{ ...weather, parameters: undefined, parametersJsonSchema: weather.parameters }] }];

async function drawn(ai, name, modality, type, more = {}) {
  const answer = await ask(ai, { model: name, config: { responseModalities: [modality], ...more } });
  const { inlineData } = answer.candidates[0].content.parts[0];
  if (!inlineData.mimeType.startsWith(type)) throw new Error(inlineData.mimeType);
  return answer;
}

async function upload(ai, feature) {
  const data = bytes(sizes[feature]);
  const file = await ai.files.upload({
    file: new Blob([data]), config: { mimeType: 'application/octet-stream', displayName: feature },
  });
  const seen = await ai.files.get({ name: file.name });
  const answer = await ask(ai, {
    contents: [{ role: 'user', parts: [{ text: 'Read' }, { fileData: { fileUri: file.uri, mimeType: file.mimeType } }] }],
  });
  await ai.files.delete({ name: file.name });
  return checkedUpload(feature, seen, answer.text);
}

async function live(ai, side) {
  if (mode === 'forward' && side !== straight) throw new NotOffered('its WebSocket reads no HTTPS_PROXY');
  const messages = [];
  let done;
  const turn = new Promise((resolve, reject) => { done = { resolve, reject }; });
  const session = await ai.live.connect({
    model: 'gemini-3.1-flash-live-preview',
    config: { responseModalities: [Modality.TEXT] },
    callbacks: {
      onmessage(message) {
        messages.push(message.serverContent ?? {});
        if (message.serverContent?.turnComplete) done.resolve();
      },
      onerror: (event) => done.reject(new Error(event.message)),
      onclose: (event) => done.reject(new Error(`closed: ${event.code} ${event.reason}`)),
    },
  });
  turn.catch(() => {});
  session.sendClientContent({ turns: [{ role: 'user', parts: [{ text: 'Hello' }] }], turnComplete: true });
  await turn;
  session.close();
  return messages;
}

run({
  make,
  offers: {
    unary: (ai) => ask(ai),
    async vertex(_, side) {
      const ai = express(side);
      return [
        await ask(ai), await all(await ai.models.generateContentStream({ model, contents: 'Count' })),
        await ai.models.countTokens({ model, contents: 'Count' }),
      ];
    },
    vertex_live: (_, side) => live(express(side), side),
    vertex_quota: (_, side) => fault('gemini-vertex-429')(express(side)),
    stream: async (ai) => all(await ai.models.generateContentStream({ model, contents: 'Count' })),
    async chat(ai) {
      const chat = ai.chats.create({ model });
      const first = await chat.sendMessage({ message: 'My name is Ada.' });
      const second = await all(await chat.sendMessageStream({ message: 'What is my name?' }));
      return [first, second, chat.getHistory()];
    },
    async function_call(ai) {
      const chat = ai.chats.create({ model, config: { tools } });
      const called = await chat.sendMessage({ message: 'call get_weather' });
      const [{ name }] = called.functionCalls;
      const result = await chat.sendMessage({
        message: [{ functionResponse: { name, response: { celsius: 21 } } }],
      });
      return [called.functionCalls, result];
    },
    async json_schema(ai) {
      const answer = await ask(ai, {
        config: { responseMimeType: 'application/json', responseJsonSchema: schema },
      });
      return JSON.parse(answer.text).colours;
    },
    system_instruction: (ai) => ask(ai, { config: { systemInstruction: 'You are a teapot.', temperature: 0.1 } }),
    inline_image: (ai) => ask(ai, {
      contents: [{ role: 'user', parts: [{ text: 'What is this?' }, { inlineData: { mimeType: 'image/png', data: png } }] }],
    }),
    async thinking(ai) {
      const answer = await ask(ai, { config: { thinkingConfig: { includeThoughts: true, thinkingBudget: 1024 } } });
      if (!answer.candidates[0].content.parts[0].thought) throw new Error('no thought');
      return answer;
    },
    embeddings: (ai) => ai.models.embedContent({ model: 'gemini-embedding-001', contents: ['one', 'two'] }),
    count_tokens: (ai) => ai.models.countTokens({ model, contents: 'How many tokens are these?' }),
    list_models: async (ai) => [
      (await all(await ai.models.list({ config: { pageSize: 3 } }))).map((each) => each.name),
      await ai.models.get({ model }),
    ],
    // Imagen is for Google's enterprise platform only in this SDK.
    image: (ai) => drawn(ai, 'gemini-2.5-flash-image', Modality.IMAGE, 'image/'),
    async video(ai) {
      let operation = await ai.models.generateVideos({ model: 'veo-3.1-generate-preview', source: { prompt: 'A teapot' } });
      for (let n = 0; n < 20 && !operation.done; ++n) {
        await pause(50);
        operation = await ai.operations.getVideosOperation({ operation });
      }
      const [{ video }] = operation.response.generatedVideos;
      await ai.files.download({ file: video, downloadPath: 'video' });
      let content = '';
      for (let n = 0; n < 100 && content === ''; ++n) {  // the file is written behind its back
        content = await readFile('video', 'utf8').catch(() => '');
        await pause(20);
      }
      await rm('video');
      if (content !== 'a video of the sandbox') throw new Error(`not the video: ${content}`);
      return operation.done;
    },
    speech: (ai) => drawn(ai, 'gemini-2.5-flash-preview-tts', Modality.AUDIO, 'audio/', {
      speechConfig: { voiceConfig: { prebuiltVoiceConfig: { voiceName: 'Kore' } } },
    }),
    async batch(ai) {
      let job = await ai.batches.create({
        model, src: [{ contents: [{ role: 'user', parts: [{ text: 'one' }] }] }], config: { displayName: 'b' },
      });
      for (let n = 0; n < 40 && job.state !== 'JOB_STATE_SUCCEEDED'; ++n) {
        await pause(50);
        job = await ai.batches.get({ name: job.name });
      }
      return [job.state, job.dest.inlinedResponses.map((each) => each.response.candidates)];
    },
    async interaction(ai) {
      const first = await ai.interactions.create({ model, input: 'My name is Ada.' });
      const second = await ai.interactions.create({
        model, input: 'What is my name?', previous_interaction_id: first.id,
      });
      const events = await all(await ai.interactions.create({ model, input: 'Count', stream: true }));
      const again = await ai.interactions.get(first.id);
      return [first, second, again, events.map((event) => event.event_type)];
    },
    upload_1b: (ai) => upload(ai, 'upload_1b'),
    upload_1mib: (ai) => upload(ai, 'upload_1mib'),
    upload_100mib: (ai) => upload(ai, 'upload_100mib'),
    async cached_content(ai) {
      const cache = await ai.caches.create({
        model, config: { contents: [{ role: 'user', parts: [{ text: 'A long story' }] }], ttl: '600s' },
      });
      const answer = await ask(ai, { config: { cachedContent: cache.name } });
      await ai.caches.delete({ name: cache.name });
      return [cache.model, answer];
    },
    live,
    async client_error(ai) {
      const { status, message } = await failure(ask(ai, { model: 'no-such-model' }));
      return { status, message };
    },
    async cancel(ai) {
      const impatience = new AbortController();
      const texts = [];
      const stream = await ai.models.generateContentStream({
        model: 'gemini-stalls', contents: 'x', config: { abortSignal: impatience.signal },
      });
      await failure((async () => {
        for await (const chunk of stream) {
          texts.push(chunk.text);
          impatience.abort();
        }
      })());
      return texts;
    },
    async timeout(_, side) {
      const start = performance.now();
      const error = await failure(ask(make(side, { timeout: 1000 }), { model: 'gemini-sleeps' }));
      return { early: performance.now() - start < 5000, inTime: [undefined, 504].includes(error.status) };
    },
    async parallel_50(ai) {
      const answers = await Promise.all(Array.from({ length: 50 }, (_, n) => ask(ai, { contents: `number ${n}.` })));
      return answers.map((answer) => answer.text);
    },
    ...faults(fault),
    all_keys_out: (_, side) => ask(make(side, { retryOptions: { attempts: 5 } }), { model: 'gemini-all-out' }),
  },
});
