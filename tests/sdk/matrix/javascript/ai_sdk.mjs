// ai with @ai-sdk/google: Vercel's SDK
import { createGoogleGenerativeAI } from '@ai-sdk/google';
import {
  embedMany, generateImage, generateObject, generateText, jsonSchema, stepCountIs, streamText, tool,
} from 'ai';
import { all, failure, faults, model, png, run, schema, weather } from './runner.mjs';

const make = ({ url, key }) => createGoogleGenerativeAI({ apiKey: key, baseURL: url && `${url}/v1beta` });
const tell = ({ text, usage, finishReason, response, reasoningText, toolCalls, toolResults, providerMetadata }) => ({
  text, usage, finishReason, reasoningText, toolCalls, toolResults, providerMetadata,
  headers: response?.headers, body: response?.body,
});
const ask = async (google, more = {}, name = model) => tell(await generateText(
  { model: google(name), prompt: 'Say hello, wörld 🌍', maxRetries: 0, ...more }));
const stream = async (google, more = {}, name = model) => {
  const made = streamText({ model: google(name), prompt: 'Count', maxRetries: 0, onError() {}, ...more });
  const texts = await all(made.textStream);
  return [texts, await made.usage, await made.finishReason];
};
const fault = (name) => async (google) => [await ask(google, {}, name), await stream(google, {}, name)];

run({
  make,
  offers: {
    unary: (google) => ask(google),
    stream: (google) => stream(google),
    async chat(google) {
      const messages = [{ role: 'user', content: 'My name is Ada.' }];
      const first = await generateText({ model: google(model), messages, maxRetries: 0 });
      messages.push(...first.response.messages, { role: 'user', content: 'What is my name?' });
      const second = await generateText({ model: google(model), messages, maxRetries: 0 });
      return [tell(first), tell(second)];
    },
    async function_call(google) {
      const tools = {
        get_weather: tool({
          description: weather.description,
          inputSchema: jsonSchema(weather.parameters),
          execute: async () => ({ celsius: 21 }),
        }),
      };
      const made = await generateText({
        model: google(model), prompt: 'call get_weather', tools, maxRetries: 0, stopWhen: stepCountIs(2),
      });
      if (made.steps.length !== 2) throw new Error(`${made.steps.length} steps`);
      return made.steps.map(({ text, toolCalls, toolResults, usage }) => [text, usage,
        toolCalls.map(({ toolName, input }) => [toolName, input]), toolResults.map(({ output }) => output)]);
    },
    json_schema: async (google) => (await generateObject({
      model: google(model), prompt: 'List two colours', schema: jsonSchema(schema), maxRetries: 0,
    })).object.colours,
    system_instruction: (google) => ask(google, { system: 'You are a teapot.' }),
    inline_image: (google) => ask(google, {
      prompt: undefined,
      messages: [{
        role: 'user',
        content: [{ type: 'text', text: 'What is this?' }, { type: 'image', image: png, mediaType: 'image/png' }],
      }],
    }),
    async thinking(google) {
      const answer = await ask(google, {
        providerOptions: { google: { thinkingConfig: { includeThoughts: true, thinkingBudget: 1024 } } },
      });
      if (!answer.reasoningText) throw new Error('no thought');
      return answer;
    },
    async embeddings(google) {
      const { embeddings } = await embedMany({
        model: google.textEmbeddingModel('gemini-embedding-001'), values: ['one', 'two'], maxRetries: 0,
      });
      return embeddings;
    },
    async image(google) {
      const { images } = await generateImage({
        model: google.image('imagen-4.0-generate-001'), prompt: 'A teapot', n: 2, maxRetries: 0,
      });
      return images.map((each) => [each.mediaType, each.base64]);
    },
    client_error: async (google) => {
      const { statusCode, message, responseBody } = await failure(ask(google, {}, 'no-such-model'));
      return { statusCode, message, responseBody };
    },
    async cancel(google) {
      const impatience = new AbortController();
      const texts = [];
      const made = streamText({
        model: google('gemini-stalls'), prompt: 'x', maxRetries: 0, abortSignal: impatience.signal, onError() {},
      });
      for await (const text of made.textStream) {
        texts.push(text);
        impatience.abort();
      }
      return texts;
    },
    async timeout(google) {
      const start = performance.now();
      const error = await failure(ask(google, { abortSignal: AbortSignal.timeout(1000) }, 'gemini-sleeps'));
      return { early: performance.now() - start < 5000, name: error.name };
    },
    async parallel_50(google) {
      const answers = await Promise.all(Array.from({ length: 50 }, (_, n) =>
        ask(google, { prompt: `number ${n}.` })));
      return answers.map((answer) => answer.text);
    },
    ...faults(fault),
    all_keys_out: (google) => ask(google, { maxRetries: 2 }, 'gemini-all-out'),
  },
});
