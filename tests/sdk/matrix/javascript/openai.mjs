// openai, at Google's compatible endpoints
import OpenAI from 'openai';
import { all, failure, faults, model, png, run, schema, weather } from './runner.mjs';

// OpenAI's SDK has another API's address in it: in forward mode it is told Google's.
const google = 'https://generativelanguage.googleapis.com';
const make = ({ url = google, key }, more = {}) =>
  new OpenAI({ apiKey: key, baseURL: `${url}/v1beta/openai/`, maxRetries: 0, ...more });
const said = (content) => [{ role: 'user', content }];
const ask = (ai, more = {}, options = {}) => ai.chat.completions.create(
  { model, messages: said('Say hello, wörld 🌍'), ...more }, options);
const fault = (name) => async (ai) => [
  await ask(ai, { model: name }),
  await all(await ask(ai, { model: name, stream: true, stream_options: { include_usage: true } })),
];
const tools = [{ type: 'function', function: weather }];

run({
  make,
  offers: {
    unary: (ai) => ask(ai),
    stream: async (ai) => all(await ask(ai, { stream: true, stream_options: { include_usage: true } })),
    async chat(ai) {
      const messages = said('My name is Ada.');
      const first = await ask(ai, { messages });
      messages.push(first.choices[0].message, { role: 'user', content: 'What is my name?' });
      return [first, await all(await ask(ai, { messages, stream: true }))];
    },
    async function_call(ai) {
      const messages = said('call get_weather');
      const called = await ask(ai, { messages, tools });
      const [call] = called.choices[0].message.tool_calls;
      messages.push(called.choices[0].message, { role: 'tool', tool_call_id: call.id, content: '{"celsius": 21}' });
      return [call.function, called.choices[0].finish_reason, await ask(ai, { messages, tools })];
    },
    async json_schema(ai) {
      const answer = await ask(ai, {
        response_format: { type: 'json_schema', json_schema: { name: 'colours', schema } },
      });
      return JSON.parse(answer.choices[0].message.content).colours;
    },
    system_instruction: (ai) => ask(ai, {
      messages: [{ role: 'system', content: 'You are a teapot.' }, ...said('Who are you?')],
    }),
    inline_image: (ai) => ask(ai, {
      messages: said([{ type: 'text', text: 'What is this?' },
        { type: 'image_url', image_url: { url: `data:image/png;base64,${png}` } }]),
    }),
    thinking: (ai) => ask(ai, { reasoning_effort: 'high' }),
    embeddings: (ai) => ai.embeddings.create({ model: 'gemini-embedding-001', input: ['one', 'two'] }),
    list_models: async (ai) => [
      (await all(ai.models.list())).map((each) => each.id), await ai.models.retrieve(model)],
    image: async (ai) => (await ai.images.generate({
      model: 'imagen-4.0-generate-001', prompt: 'A teapot', response_format: 'b64_json', n: 2,
    })).data.map((each) => each.b64_json),
    // The file comes by the native endpoint, as Google's guide has it.
    async batch(ai, { url = google, key }) {
      const line = { custom_id: '1', method: 'POST', url: '/v1/chat/completions', body: { model, messages: said('one') } };
      const answer = await fetch(`${url}/upload/v1beta/files`, {
        method: 'POST', headers: { 'x-goog-api-key': key, 'content-type': 'application/jsonl' }, body: JSON.stringify(line),
      });
      const { file } = await answer.json();
      const job = await ai.batches.create({
        input_file_id: file.name, endpoint: '/v1/chat/completions', completion_window: '24h',
      });
      const { status, endpoint } = await ai.batches.retrieve(job.id);
      return [status, endpoint];
    },
    async client_error(ai) {
      const { status, message } = await failure(ask(ai, { model: 'no-such-model' }));
      return { status, message };
    },
    async cancel(ai) {
      const texts = [];
      const stream = await ask(ai, { model: 'gemini-stalls', stream: true });
      for await (const chunk of stream) {
        texts.push(chunk.choices[0].delta.content);
        stream.controller.abort();
      }
      return texts;
    },
    async timeout(ai) {
      const start = performance.now();
      const error = await failure(ask(ai, { model: 'gemini-sleeps' }, { timeout: 1000 }));
      return { early: performance.now() - start < 5000, name: error.constructor.name };
    },
    async parallel_50(ai) {
      const answers = await Promise.all(Array.from({ length: 50 }, (_, n) =>
        ask(ai, { messages: said(`number ${n}.`) })));
      return answers.map((answer) => answer.choices[0].message.content);
    },
    ...faults(fault),
    all_keys_out: (_, side) => ask(make(side, { maxRetries: 2 }), { model: 'gemini-all-out' }),
  },
});
