import createClient, { type Middleware } from 'openapi-fetch';
import { ApiError } from './problem';
import { retryDelay } from './retry.model';
import type { paths } from './schema';

/** 128 random bits as hex; crypto.randomUUID is missing on plain-HTTP pages. */
export function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, '0')).join('');
}

let csrf = '';

/** The session answer carries the token that every command must send back. */
export function setCsrf(token: string): void {
  csrf = token;
}

/** Every command is authorised and carries a key, so that sending it twice has the effect of once. */
const commands: Middleware = {
  onRequest({ request }) {
    if (request.method === 'GET') return;
    if (csrf) request.headers.set('X-CSRF-Token', csrf);
    if (!request.headers.has('Idempotency-Key')) request.headers.set('Idempotency-Key', newKey());
    return request;
  },
};

/** fetch that tries again when the line breaks: perhaps the server acted, but the key makes asking again safe. */
async function patientFetch(request: Request): Promise<Response> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await fetch(request.clone());
    } catch (cause) {
      const wait = request.signal.aborted ? undefined : retryDelay(attempt);
      if (wait === undefined) throw ApiError.unreachable(cause);
      await new Promise((done) => setTimeout(done, wait));
    }
  }
}

/** The typed door to the service: paths, parameters and bodies come from its own document. */
export const http = createClient<paths>({
  baseUrl: window.location.origin,
  credentials: 'same-origin',
  fetch: patientFetch,
});
http.use(commands);

interface Answer<D> {
  data?: D;
  error?: unknown;
  response: Response;
}

/**
 * The body of a good answer; anything else is thrown as an ApiError. A type argument spells out closed lists that the
 * document leaves open (states, kinds).
 */
export async function take<D>(call: Promise<Answer<D>>): Promise<D>;
export async function take<T>(call: Promise<Answer<unknown>>): Promise<T>;
export async function take<T>(call: Promise<Answer<unknown>>): Promise<T> {
  const { data, error, response } = await call;
  if (!response.ok) throw ApiError.of(response.status, response.statusText, error);
  return data as T;
}

/** As `take`, for a list. */
export async function takeItems<T>(call: Promise<Answer<{ items: unknown[] }>>): Promise<T[]> {
  const { items } = await take(call);
  return items as T[];
}

/** The header that makes a second press of the same button harmless. */
export const keyed = (key: string) => ({ headers: { 'Idempotency-Key': key } });

type Query = Record<string, string | number | boolean | undefined>;

interface Extra {
  query?: Query;
  body?: unknown;
  key?: string;
  signal?: AbortSignal;
}

async function call<T>(method: string, path: string, { query, body, key, signal }: Extra): Promise<T> {
  const url = new URL(path, window.location.origin);
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== undefined && value !== '') url.searchParams.set(name, String(value));
  }
  const headers = new Headers(key ? { 'Idempotency-Key': key } : {});
  if (body !== undefined) headers.set('Content-Type', 'application/json');
  const request = new Request(url, {
    method,
    headers,
    signal,
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  if (method !== 'GET') {
    request.headers.set('X-CSRF-Token', csrf);
    if (!key) request.headers.set('Idempotency-Key', newKey());
  }
  const response = await patientFetch(request);
  if (!response.ok) throw await ApiError.from(response);
  return response.status === 204 ? (undefined as T) : ((await response.json()) as T);
}

/** Paths by name; use `http` where the document has the path. */
export const api = {
  get: <T>(path: string, query?: Query, signal?: AbortSignal) => call<T>('GET', path, { query, signal }),
  post: <T>(path: string, body: unknown = {}, key?: string) => call<T>('POST', path, { body, key }),
  put: <T>(path: string, body: unknown = {}, key?: string) => call<T>('PUT', path, { body, key }),
};
