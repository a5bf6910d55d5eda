// The first hello by POST, on a connection that the page has anyway: its answer is there a round trip later, while the WebSocket still opens (PROTOCOL.md, hello by POST).

import type { ClientMessage, ServerMessage } from './protocol';

const replyWithinMs = 10_000;

/** What the server said: its messages in order, and the close code if that is the end. */
export interface Reply {
  messages: ServerMessage[];
  close?: number;
}

/** Answers undefined when the hello must be said on a socket: another server, an older one, one that cannot be reached this way. */
export async function greet(url: string, hello: ClientMessage, over: AbortSignal): Promise<Reply | undefined> {
  if (typeof fetch !== 'function' || new URL(url).origin !== globalThis.location?.origin) return undefined;
  const late = new AbortController();
  const stop = (): void => late.abort();
  over.addEventListener('abort', stop);
  const timer = setTimeout(stop, replyWithinMs);
  try {
    const { body, packed } = await pack(JSON.stringify(hello));
    const headers = { 'Content-Type': 'application/json', ...(packed ? { 'Content-Encoding': 'gzip' } : {}) };
    // With credentials as every other request of the page: without, the browser would open a connection of its own for it.
    const res = await fetch(url, { method: 'POST', headers, body, cache: 'no-store', signal: late.signal });
    return res.ok ? ((await res.json()) as Reply) : undefined;
  } catch {
    return undefined;
  } finally {
    clearTimeout(timer);
    over.removeEventListener('abort', stop);
  }
}

/** A description has few words of its own: packed it is a fifth, and fewer segments are lost. */
async function pack(text: string): Promise<{ body: BodyInit; packed: boolean }> {
  if (typeof CompressionStream !== 'function') return { body: text, packed: false };
  const stream = new Blob([text]).stream().pipeThrough(new CompressionStream('gzip'));
  return { body: await new Response(stream).blob(), packed: true };
}
