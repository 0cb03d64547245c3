// How clients are pointed at gemkeeper; docs/clients.md has each of them, tried.
export interface Recipe {
  title: string;
  note?: string;
  code: string;
}

// `base`: "http://127.0.0.1:8001".
export function recipes(base: string, key: string): Recipe[] {
  return [
    {
      title: 'Any Google SDK',
      note: 'Python, Go, Java and the newest JavaScript SDK read these.',
      code: `export GOOGLE_GEMINI_BASE_URL=${base}\nexport GEMINI_API_KEY=${key}`,
    },
    {
      title: 'JavaScript and TypeScript: @google/genai',
      code: `import { GoogleGenAI } from '@google/genai';\n\nconst ai = new GoogleGenAI({\n  apiKey: '${key}',\n  httpOptions: {\n    baseUrl: '${base}',\n  },\n});`,
    },
    {
      title: 'JavaScript: @google/generative-ai',
      note: 'The former SDK; it reads no variable for its base URL.',
      code: `import { GoogleGenerativeAI }\n  from '@google/generative-ai';\n\nconst ai = new GoogleGenerativeAI('${key}');\nconst model = ai.getGenerativeModel(\n  { model: 'gemini-3.6-flash' },\n  { baseUrl: '${base}' },\n);`,
    },
    {
      title: 'Python: google-genai',
      code: `from google import genai\nfrom google.genai import types\n\nclient = genai.Client(\n    api_key='${key}',\n    http_options=types.HttpOptions(\n        base_url='${base}',\n    ),\n)`,
    },
    {
      title: 'Python: LangChain',
      code: `from langchain_google_genai import (\n    ChatGoogleGenerativeAI,\n)\n\nmodel = ChatGoogleGenerativeAI(\n    model='gemini-3.6-flash',\n    google_api_key='${key}',\n    base_url='${base}',\n)`,
    },
    {
      title: 'Go: google.golang.org/genai',
      code: `client, err := genai.NewClient(ctx, &genai.ClientConfig{\n\tAPIKey:      "${key}",\n\tBackend:     genai.BackendGeminiAPI,\n\tHTTPOptions: genai.HTTPOptions{\n\t\tBaseURL: "${base}",\n\t},\n})`,
    },
    {
      title: 'openai SDKs',
      note: 'Gemini in the shape of OpenAI’s API.',
      code: `export OPENAI_BASE_URL=${base}/v1beta/openai/\nexport OPENAI_API_KEY=${key}`,
    },
    {
      title: 'Vercel AI SDK',
      code: `import { createGoogleGenerativeAI }\n  from '@ai-sdk/google';\n\nconst google = createGoogleGenerativeAI({\n  apiKey: '${key}',\n  baseURL: '${base}/v1beta',\n});`,
    },
    {
      title: 'gemini-cli',
      note: 'As its HTTPS proxy: by base URL it needs a setting (docs/clients.md).',
      code: `gemkeeper run --mode forward -- gemini -p "Hello"`,
    },
    {
      title: 'curl',
      code: `curl ${base}/v1beta/models/gemini-3.6-flash:generateContent \\\n  -H 'content-type: application/json' \\\n  -d '{"contents":[{"parts":[{"text":"Hello"}]}]}'`,
    },
  ];
}

export function forwardRecipe(base: string, key: string): string {
  const trust = ['SSL_CERT_FILE', 'REQUESTS_CA_BUNDLE', 'CURL_CA_BUNDLE'].map((name) => `export ${name}=$PWD/trusted.pem`).join('\n');
  return `cat /etc/ssl/certs/ca-certificates.crt gemkeeper-ca.pem > trusted.pem\n${trust}\nexport NODE_EXTRA_CA_CERTS=$PWD/gemkeeper-ca.pem NODE_USE_ENV_PROXY=1\nexport HTTPS_PROXY=${base} GEMINI_API_KEY=${key}\ncurl https://generativelanguage.googleapis.com/v1beta/models`;
}
