import {
  type Header,
  isComplete,
  isDeflated,
  isDirectory,
  type Meta,
  NeedMore,
  readHeader,
  readMeta,
} from './import-header.model';

/** A file of a disc, a folder or an archive. Nothing of it is in memory until it is asked for, and then only that. */
export interface Source {
  /** Components joined by "/", from what was dropped or chosen. */
  path: string;
  size: number;
  /** The first n bytes, or all when there are fewer. */
  head: (n: number) => Promise<Uint8Array>;
  /** The file, by reference where it lies on a disk. */
  whole: () => Promise<Blob>;
}

export function fileSource(path: string, file: File): Source {
  return {
    path,
    size: file.size,
    head: async (n) => new Uint8Array(await file.slice(0, n).arrayBuffer()),
    whole: async () => file,
  };
}

/** What the first bytes of a file say it is. */
export type Kind =
  | { kind: 'image'; header: Header }
  | { kind: 'directory' }
  | { kind: 'other' }
  | { kind: 'broken' }
  | { kind: 'unreadable' };

const first = 16 << 10;
const most = 2 << 20;

/** Reads as much of a file as its header takes. */
export async function look(source: Source): Promise<Kind> {
  try {
    for (let want = first; ; ) {
      const bytes = await source.head(Math.min(want, most));
      try {
        return await kindOf(bytes, bytes.length === source.size);
      } catch (cause) {
        if (!(cause instanceof NeedMore)) return { kind: 'broken' };
        if (bytes.length === source.size || want >= most) return { kind: 'broken' };
        want = Math.max(cause.bytes, want * 4);
      }
    }
  } catch {
    return { kind: 'unreadable' };
  }
}

async function kindOf(bytes: Uint8Array, all: boolean): Promise<Kind> {
  const meta = readMeta(bytes);
  if (!meta) return { kind: 'other' };
  if (isDirectory(meta)) return { kind: 'directory' };
  const header = readHeader(await dataset(bytes, meta), meta, all);
  return isComplete(header) ? { kind: 'image', header } : { kind: 'broken' };
}

/** The data set's first bytes, inflated where the transfer syntax deflates it (PS3.5 A.5). */
async function dataset(bytes: Uint8Array, meta: Meta): Promise<Uint8Array> {
  const rest = bytes.subarray(meta.start);
  if (!isDeflated(meta)) return rest;
  return readSome(inflated(new Blob([rest as BlobPart])), first * 4);
}

const piece = 4096; // bytes, of which at most a thousand times as many come

/** Inflates no more than is read: whole blocks of a hostile file become gigabytes at once, and the page would stand still meanwhile. */
export function inflated(packed: Blob): ReadableStream<Uint8Array> {
  const pieces = new TransformStream<Uint8Array, Uint8Array<ArrayBuffer>>({
    transform(block, control) {
      for (let at = 0; at < block.length; at += piece) control.enqueue(block.slice(at, at + piece));
    },
  });
  return packed.stream().pipeThrough(pieces).pipeThrough(new DecompressionStream('deflate-raw'));
}

/** Up to n bytes of a stream; what breaks off behind some bytes is taken for its end. */
export async function readSome(stream: ReadableStream<Uint8Array>, n: number): Promise<Uint8Array> {
  const reader = stream.getReader();
  const parts: Uint8Array[] = [];
  let have = 0;
  try {
    while (have < n) {
      const { value, done } = await reader.read();
      if (done) break;
      parts.push(value);
      have += value.length;
    }
  } catch (cause) {
    if (have === 0) throw cause;
  } finally {
    void reader.cancel().catch(() => undefined);
  }
  const out = new Uint8Array(have);
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out.subarray(0, n);
}
