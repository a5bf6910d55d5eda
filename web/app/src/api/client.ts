import createClient, { type Middleware } from 'openapi-fetch';
import { ApiError } from './problem';
import { retryDelay } from './retry.model';
import type { paths } from './schema';
import { patienceFor, steady } from './steady';

/** 128 random bits as hex; crypto.randomUUID is missing on plain-HTTP pages. */
export function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, '0')).join('');
}

let csrf = '';

/** The session answer carries the token that every command must send back. */
export function setCsrf(token: string): void {
  csrf = token;
}

/** For the few requests that do not go through `http`. */
export const csrfHeader = (): Record<string, string> => (csrf ? { 'X-CSRF-Token': csrf } : {});

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
const patientFetch = (limit?: number) => async (request: Request) => {
  const sent = request.body ? (await request.clone().arrayBuffer()).byteLength : 0;
  for (let attempt = 0; ; attempt++) {
    try {
      return await steady(request.clone(), {}, patienceFor(sent, limit));
    } catch (cause) {
      const wait = request.signal.aborted ? undefined : retryDelay(attempt);
      if (wait === undefined) throw cause instanceof ApiError ? cause : ApiError.unreachable(cause);
      await new Promise((done) => setTimeout(done, wait));
    }
  }
};

/** For what is asked again and again: whether the line is dead is to be known soon. */
export const soon = { fetch: (request: Request) => steady(request, {}, 8_000) };

/** For what the server computes for minutes. */
export const slowly = { fetch: patientFetch(10 * 60_000) };

/** The typed door to the service: paths, parameters and bodies come from its own document. */
export const http = createClient<paths>({
  baseUrl: window.location.origin,
  credentials: 'same-origin',
  fetch: patientFetch(),
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
