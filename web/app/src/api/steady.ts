/**
 * Requests over a line that may be dead without saying so. One on which nothing moves any more is given up, so that whoever made it can say so and
 * ask again: after a while by itself, sooner when the live connection finds the line dead or is back on it.
 */
import { ApiError } from './problem';

const quiet = 30_000; // ms in which an answer, or its next part, is to come
const hasty = 6_000; // the same while the line is known to be dead
const suspect = 1_000; // ms of silence before the line was back
const after = 30_000; // ms for which a request may still get onto a connection that died with the line
const glance = 2_000; // the same for a look whether anybody is there
const connections = 6; // to one server
const slowest = 8; // bytes a millisecond with which what is sent may leave

const bare = new Set([204, 205, 304]); // answers without a body

const open = new Set<Watch>();
const listeners = new Set<() => void>();
let isDead = false;
let backs = 0;
let backAt = Number.NEGATIVE_INFINITY;

/** Looks whether a request is still alive: its signal ends it when nothing was heard for too long, or when `outer` does. */
export class Watch {
  readonly #abort = new AbortController();
  #heardAt = performance.now();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly outer?: AbortSignal | null,
    private readonly limit = quiet,
  ) {
    if (outer?.aborted) this.#stop();
    outer?.addEventListener('abort', this.#stop);
    open.add(this);
    const doubtful = isDead || (limit <= quiet && performance.now() - backAt < after);
    this.#arm(doubtful ? Math.min(limit, hasty) : limit);
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Something came. */
  heard(): void {
    this.#heardAt = performance.now();
    this.#arm(this.limit);
  }

  /** For how long nothing has come, ms. */
  get silent(): number {
    return performance.now() - this.#heardAt;
  }

  /** Gives up as soon as it has been silent for so long. */
  within(ms: number): void {
    this.#arm(Math.min(this.limit, ms - this.silent));
  }

  close(): void {
    clearTimeout(this.#timer);
    this.outer?.removeEventListener('abort', this.#stop);
    open.delete(this);
  }

  readonly #stop = () => this.#abort.abort();

  #arm(ms: number): void {
    clearTimeout(this.#timer);
    if (ms <= 0) this.#stop();
    else this.#timer = setTimeout(this.#stop, ms);
  }
}

/** Nothing comes over the live connection any more: what hangs on the line is held to be lost as well. */
export function lineDead(): void {
  isDead = true;
  for (const w of [...open]) w.within(hasty);
}

/** The live connection is back, perhaps by another way: what was silent meanwhile will not be answered on the old one. */
export function lineBack(): void {
  isDead = false;
  backAt = performance.now();
  for (const w of [...open]) w.within(w.silent > suspect ? 0 : hasty);
  backs++;
  void isThere();
  for (const fn of [...listeners]) fn();
}

/** Whether the line is there: asked on as many connections as a browser keeps, so that those that died with the line go. */
export async function isThere(): Promise<boolean> {
  const ask = async () => {
    const watch = new Watch(undefined, glance);
    try {
      await fetch('/readyz', { cache: 'no-store', signal: watch.signal });
    } finally {
      watch.close();
    }
  };
  return Promise.any(Array.from({ length: connections }, ask)).then(
    () => true,
    () => false,
  );
}

/** Calls back whenever the line has come back. */
export function onBack(fn: () => void): () => void {
  listeners.add(fn);
  return () => listeners.delete(fn);
}

/** How often it has. */
export const timesBack = () => backs;

/** The bytes of an answer, part by part. */
export async function eachPart(
  res: Response,
  watch: Watch,
  each: (part: Uint8Array<ArrayBuffer>) => void,
): Promise<void> {
  const body = res.body?.getReader();
  while (body) {
    const { done, value } = await body.read();
    watch.heard();
    if (done) return;
    each(value);
  }
}

/** All bytes of an answer. */
export async function whole(res: Response, watch: Watch): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array[] = [];
  let size = 0;
  await eachPart(res, watch, (part) => {
    parts.push(part);
    size += part.length;
  });
  const all = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** As fetch, with the whole of the answer here; a line that breaks, also in the middle of it, is an ApiError of status 0. */
export async function steady(url: string | Request, init: RequestInit = {}, limit?: number): Promise<Response> {
  const outer = init.signal ?? (url instanceof Request ? url.signal : undefined);
  const watch = new Watch(outer, limit);
  try {
    const res = await fetch(url, { ...init, signal: watch.signal });
    watch.heard();
    const body = await whole(res, watch);
    // Browsers give those a body that nobody may give them (Fetch 2.2.3).
    if (bare.has(res.status)) return new Response(null, { status: res.status, headers: res.headers });
    return new Response(body, { status: res.status, statusText: res.statusText, headers: res.headers });
  } catch (cause) {
    throw outer?.aborted ? cause : ApiError.unreachable(cause);
  } finally {
    watch.close();
  }
}

/** How long to wait for what so many bytes are sent for, in ms. */
export const patienceFor = (bytes: number, limit = quiet) => limit + bytes / slowest;
