import { csrfHeader, http, newKey, take } from './client';
import { ApiError } from './problem';
import type { components } from './schema';

/** Bringing files in: what is on a disc, what is here already, and the Store transaction (PS3.18 10.5). */

export type Disc = components['schemas']['Disc'];

/** Lists the DICOMDIR of a disc. */
export async function readDisc(directory: Blob, signal?: AbortSignal): Promise<Disc> {
  const res = await fetch('/api/import/dicomdir', {
    method: 'POST',
    headers: { 'Content-Type': 'application/dicom', 'Idempotency-Key': newKey(), ...csrfHeader() },
    body: directory,
    signal,
  }).catch((cause) => {
    throw ApiError.unreachable(cause);
  });
  const body: unknown = await res.json().catch(() => undefined);
  if (!res.ok) throw ApiError.of(res.status, res.statusText, body);
  return body as Disc;
}

const asked = 5000;

/** Which instances of a study need not be sent; size is that of the data set in bytes. */
export async function hereOf(
  study: string,
  instances: { uid: string; size: number }[],
  signal?: AbortSignal,
): Promise<Set<string>> {
  const here = new Set<string>();
  for (let at = 0; at < instances.length; at += asked) {
    const body = { study, instances: instances.slice(at, at + asked) };
    for (const uid of (await take(http.POST('/api/import/here', { body, signal }))).here) here.add(uid);
  }
  return here;
}

export interface StoreAnswer {
  /** 0: the line broke, or nothing moved for too long. */
  status: number;
  body: unknown;
}

interface StoreOptions {
  signal: AbortSignal;
  /** Bytes that have left so far. */
  onProgress: (bytes: number) => void;
}

/** Without a byte moving for so long, or without an answer behind the last one, the line counts as broken. */
const stalled = 90_000;

/** Sends files in one Store transaction. They are read by the browser while they go, never all at once. Never rejects but by signal. */
export function store(files: Blob[], { signal, onProgress }: StoreOptions): Promise<StoreAnswer> {
  const boundary = newKey();
  const parts = files.flatMap((file) => [`--${boundary}\r\nContent-Type: application/dicom\r\n\r\n`, file, '\r\n']);
  const body = new Blob([...parts, `--${boundary}--\r\n`]);
  // fetch tells nothing of how much has left.
  const request = new XMLHttpRequest();
  return new Promise((resolve, reject) => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const moved = () => {
      clearTimeout(timer);
      timer = setTimeout(() => request.abort(), stalled);
    };
    const stop = () => request.abort();
    request.open('POST', '/dicom-web/studies');
    request.setRequestHeader('Content-Type', `multipart/related; type="application/dicom"; boundary=${boundary}`);
    request.setRequestHeader('Accept', 'application/dicom+json');
    for (const [name, value] of Object.entries(csrfHeader())) request.setRequestHeader(name, value);
    request.upload.onprogress = (event) => {
      moved();
      onProgress(event.loaded);
    };
    request.onloadend = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
      if (signal.aborted) reject(signal.reason);
      else resolve({ status: request.status, body: parsed(request.responseText) });
    };
    if (signal.aborted) return reject(signal.reason);
    signal.addEventListener('abort', stop);
    moved();
    request.send(body);
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
