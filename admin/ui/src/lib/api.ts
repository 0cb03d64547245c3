// Calls of the admin API. Nothing but the cookie, which no script can read, carries authority.
import { signal } from '@preact/signals';
import type { Session } from './types';

export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly field = '',
    readonly reason = '',
  ) {
    super(message);
  }
}

// Null: not known yet.
export const session = signal<Session | null>(null);
// The session ended while the page was open.
export const sessionEnded = signal(false);

type Method = 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';

async function problemOf(answer: Response): Promise<ApiError> {
  try {
    const { error } = await answer.json();
    return new ApiError(answer.status, error.code, error.message, error.field, error.reason);
  } catch {
    return new ApiError(answer.status, 'http', `gemkeeper answered ${answer.status}`);
  }
}

// `path` below the page, "api/v1/api-keys". Throws ApiError; status 0: nobody answered.
export async function ask(method: Method, path: string, body?: unknown, signal?: AbortSignal): Promise<Response> {
  const init: RequestInit = { method, signal: signal ?? null, cache: 'no-store', credentials: 'same-origin' };
  if (method !== 'GET' && method !== 'DELETE') {
    init.headers = { 'Content-Type': 'application/json' };
    init.body = JSON.stringify(body ?? {});
  }
  let answer: Response;
  try {
    answer = await fetch(path, init);
  } catch (error) {
    if ((error as Error).name === 'AbortError') throw error;
    throw new ApiError(0, 'unreachable', 'gemkeeper does not answer');
  }
  if (answer.ok) return answer;
  const problem = await problemOf(answer);
  const known = session.value;
  if (answer.status === 401 && known?.logged_in && !path.endsWith('/session')) {
    sessionEnded.value = true;
    session.value = { ...known, needs_token: true, logged_in: false };
  }
  throw problem;
}

export async function get<T>(path: string, signal?: AbortSignal): Promise<T> {
  return (await ask('GET', path, undefined, signal)).json();
}
export async function post<T>(path: string, body?: unknown, signal?: AbortSignal): Promise<T> {
  return (await ask('POST', path, body, signal)).json();
}
export async function patch<T>(path: string, body: unknown): Promise<T> {
  return (await ask('PATCH', path, body)).json();
}
export async function put<T>(path: string, body: unknown): Promise<T> {
  return (await ask('PUT', path, body)).json();
}
export async function remove(path: string): Promise<void> {
  await ask('DELETE', path);
}

export async function loadSession(): Promise<void> {
  const next = await get<Session>('api/v1/session');
  if (session.value?.logged_in && !next.logged_in) sessionEnded.value = true;
  session.value = next;
}
export async function logIn(token: string): Promise<void> {
  session.value = await post<Session>('api/v1/session', { token });
  sessionEnded.value = false;
}
export async function logOut(): Promise<void> {
  await remove('api/v1/session');
  await loadSession();
  sessionEnded.value = false;
}

// What this gemkeeper serves, by its own description.
export const features = signal<ReadonlySet<string>>(new Set());
export async function loadFeatures(): Promise<void> {
  const described = await get<{ paths: Record<string, Record<string, unknown>> }>('openapi.json');
  features.value = new Set(
    Object.entries(described.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method} ${path}`),
    ),
  );
}
export function has(method: string, path: string): boolean {
  return features.value.has(`${method} /api/v1${path}`);
}
