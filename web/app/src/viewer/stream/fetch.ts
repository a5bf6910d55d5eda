/** The two ways in which pictures come over the line. What fails says with which status, 0 for a line that is down. */
import { eachPart, Watch, whole } from '@/api/steady';
import { instanceUrl, partOf, seriesUrl } from '../dicomweb';
import type { Transfer } from './line.model';
import { listOf } from './numbers.model';
import { type Preview, RecordReader } from './records';

export class FetchError extends Error {
  constructor(readonly status: number) {
    super(`pictures: ${status}`);
  }
}

/** Asks, and hands over what is answered; a line that breaks or falls silent is status 0. */
async function ask<T>(
  url: string,
  accept: string,
  signal: AbortSignal,
  take: (res: Response, watch: Watch) => Promise<T>,
): Promise<T> {
  const watch = new Watch(signal);
  try {
    const res = await fetch(url, { headers: { Accept: accept }, credentials: 'same-origin', signal: watch.signal });
    watch.heard();
    if (!res.ok) throw new FetchError(res.status);
    return await take(res, watch);
  } catch (e) {
    throw signal.aborted || e instanceof FetchError ? e : new FetchError(0);
  } finally {
    watch.close();
  }
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
  return ask(`${seriesUrl(at.study, at.series)}/previews?${query}`, '*/*', signal, async (res, watch) => {
    const began = performance.now();
    const reader = new RecordReader();
    let bytes = 0;
    await eachPart(res, watch, (part) => {
      bytes += part.length;
      for (const p of reader.push(part)) each(p);
    });
    return { bytes, asked, began, ended: performance.now() };
  });
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
  return ask(url, compress ? packed : asKept, signal, async (res, watch) => {
    const began = performance.now();
    const body = (await whole(res, watch)).buffer;
    const { content, type } = partOf(body, res.headers.get('Content-Type') ?? '');
    return {
      bytes: new Uint8Array(content),
      syntax: /transfer-syntax="?([\d.]+)/.exec(type)?.[1] ?? '1.2.840.10008.1.2.1',
      transfer: { bytes: body.byteLength, asked, began, ended: performance.now() },
    };
  });
}

/** The server has understood, and answers so each time. */
export function isFinal(err: FetchError): boolean {
  return err.status >= 400 && err.status < 500;
}
