// What applications do with @google/genai: each call gives a plain value, the same whoever answers.
import { Type } from '@google/genai';
import { model } from './servers.mjs';

// Without what differs from one answer to the next by nature.
function plain(answer) {
  const copy = JSON.parse(JSON.stringify(answer));
  delete copy.responseId;
  delete copy.sdkHttpResponse;
  return copy;
}

const weather = {
  functionDeclarations: [{
    name: 'get_weather',
    description: 'The weather in a city',
    parameters: {
      type: Type.OBJECT,
      properties: { city: { type: Type.STRING } },
      required: ['city'],
    },
  }],
};

export const calls = {
  async generateContent(ai) {
    return plain(await ai.models.generateContent({ model, contents: 'Say hello, wörld 🌍' }));
  },
  async systemInstruction(ai) {
    return plain(await ai.models.generateContent({
      model,
      contents: 'Who are you?',
      config: { systemInstruction: 'You are a teapot.', temperature: 0.1, maxOutputTokens: 64 },
    }));
  },
  async generateContentStream(ai) {
    const chunks = [];
    for await (const chunk of await ai.models.generateContentStream({ model, contents: 'Count' })) {
      chunks.push(plain(chunk));
    }
    return chunks;
  },
  async countTokens(ai) {
    return plain(await ai.models.countTokens({ model, contents: 'How many tokens are these?' }));
  },
  async embedContent(ai) {
    return plain(await ai.models.embedContent({
      model: 'gemini-embedding-001', contents: ['one', 'two'],
    }));
  },
  async chat(ai) {
    const chat = ai.chats.create({ model });
    const first = plain(await chat.sendMessage({ message: 'My name is Ada.' }));
    const second = [];
    for await (const chunk of await chat.sendMessageStream({ message: 'What is my name?' })) {
      second.push(plain(chunk));
    }
    return { first, second, history: plain(chat.getHistory()) };
  },
  async functionCall(ai) {
    const answer = await ai.models.generateContent({
      model, contents: 'call get_weather', config: { tools: [weather] },
    });
    return { calls: answer.functionCalls, answer: plain(answer) };
  },
  async jsonSchema(ai) {
    const answer = await ai.models.generateContent({
      model,
      contents: 'List two colours',
      config: {
        responseMimeType: 'application/json',
        responseSchema: {
          type: Type.OBJECT,
          properties: { colours: { type: Type.ARRAY, items: { type: Type.STRING } } },
          required: ['colours'],
        },
      },
    });
    return { value: JSON.parse(answer.text), answer: plain(answer) };
  },
  async listModels(ai) {
    const names = [];
    for await (const each of await ai.models.list({ config: { pageSize: 2 } })) names.push(each.name);
    return names;
  },
  async getModel(ai) {
    return plain(await ai.models.get({ model }));
  },
};
