/** The two ways in which pictures come over the line. What fails says with which status, 0 for a line that is down. */
import { instanceUrl, partOf, seriesUrl } from '../dicomweb';
import type { Transfer } from './line.model';
import { listOf } from './numbers.model';
import { type Preview, RecordReader } from './records';

export class FetchError extends Error {
  constructor(readonly status: number) {
    super(`pictures: ${status}`);
  }
}

async function ask(url: string, accept: string, signal: AbortSignal): Promise<Response> {
  const res = await fetch(url, { headers: { Accept: accept }, credentials: 'same-origin', signal }).catch((e) => {
    throw signal.aborted ? e : new FetchError(0);
  });
  if (!res.ok) throw new FetchError(res.status);
  return res;
}

export interface Where {
  readonly study: string;
  readonly series: string;
}

/** Asks for small pictures by their numbers, or for the first ones; each is handed out as soon as it is there. */
export async function fetchPreviews(
  at: Where,
  which: readonly number[] | { readonly begin: number },
  each: (p: Preview) => void,
  signal: AbortSignal,
): Promise<Transfer> {
  const asked = performance.now();
  const query = 'begin' in which ? `begin=${which.begin}` : `pictures=${listOf(which)}`;
  const res = await ask(`${seriesUrl(at.study, at.series)}/previews?${query}`, '*/*', signal);
  const began = performance.now();
  const reader = new RecordReader();
  let bytes = 0;
  const body = res.body?.getReader();
  while (body) {
    const { done, value } = await body.read().catch((e) => {
      throw signal.aborted ? e : new FetchError(0);
    });
    if (done) break;
    bytes += value.length;
    for (const p of reader.push(value)) each(p);
  }
  return { bytes, asked, began, ended: performance.now() };
}

export interface Pixels {
  readonly bytes: Uint8Array;
  readonly syntax: string;
  readonly transfer: Transfer;
}

const asKept = 'application/octet-stream; transfer-syntax=*';
const packed = `image/jls; transfer-syntax=1.2.840.10008.1.2.4.80, ${asKept}; q=0.5`;

/** Asks for the pixels of one frame: as they are kept, or compressed without loss where they are kept without compression. */
export async function fetchPixels(
  at: Where,
  frame: { readonly instanceUid: string; readonly frame: number },
  compress: boolean,
  signal: AbortSignal,
): Promise<Pixels> {
  const asked = performance.now();
  const url = `${instanceUrl(at.study, at.series, frame.instanceUid)}/frames/${frame.frame}`;
  const res = await ask(url, compress ? packed : asKept, signal);
  const began = performance.now();
  const body = await res.arrayBuffer().catch((e) => {
    throw signal.aborted ? e : new FetchError(0);
  });
  const { content, type } = partOf(body, res.headers.get('Content-Type') ?? '');
  return {
    bytes: new Uint8Array(content),
    syntax: /transfer-syntax="?([\d.]+)/.exec(type)?.[1] ?? '1.2.840.10008.1.2.1',
    transfer: { bytes: body.byteLength, asked, began, ended: performance.now() },
  };
}

/** The server has understood, and answers so each time. */
export function isFinal(err: FetchError): boolean {
  return err.status >= 400 && err.status < 500;
}
