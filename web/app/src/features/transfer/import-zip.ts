import { inflated, readSome, type Source } from './import-source';

/** Files inside a ZIP (APPNOTE.TXT 4.3), read where they stand: the archive is never unpacked as a whole. */

interface Entry {
  path: string;
  at: number;
  packed: number;
  size: number;
  crc: number;
  method: number;
  locked: boolean;
}

const stored = 0;
const deflated = 8;
const maxDirectory = 64 << 20;

export async function isZip(file: File): Promise<boolean> {
  if (!/\.zip$/i.test(file.name)) return false;
  const start = await view(file, 0, 4).catch(() => undefined);
  return start?.byteLength === 4 && start.getUint32(0, true) === 0x04034b50;
}

/** The files of an archive; the archive itself when it cannot be read, so that it is told as one. */
export async function zipSources(path: string, file: File): Promise<Source[]> {
  const folder = path.replace(/\.zip$/i, '');
  try {
    return (await directory(file)).map((entry) => source(`${folder}/${entry.path}`, file, entry));
  } catch {
    const fail = () => Promise.reject(new Error('the archive cannot be read'));
    return [{ path, size: file.size, head: fail, whole: fail }];
  }
}

async function view(file: Blob, from: number, n: number): Promise<DataView> {
  return new DataView(await file.slice(from, from + n).arrayBuffer());
}

/** The central directory (4.3.12), also of ZIP64 (4.3.14). */
async function directory(file: File): Promise<Entry[]> {
  const tail = Math.min(file.size, 65_557);
  const end = await view(file, file.size - tail, tail);
  let at = end.byteLength - 22;
  while (at >= 0 && end.getUint32(at, true) !== 0x06054b50) at--;
  if (at < 0) throw new Error('no end of the directory');
  let size = end.getUint32(at + 12, true);
  let start = end.getUint32(at + 16, true);
  if (start === 0xffffffff && at >= 20 && end.getUint32(at - 20, true) === 0x07064b50) {
    const wide = await view(file, big(end, at - 12), 56);
    [size, start] = [big(wide, 40), big(wide, 48)];
  }
  if (size > maxDirectory) throw new Error('too many files');
  const records = await view(file, start, size);
  const entries: Entry[] = [];
  for (let from = 0; from + 46 <= records.byteLength && records.getUint32(from, true) === 0x02014b50; ) {
    const names = records.getUint16(from + 28, true);
    const extra = records.getUint16(from + 30, true);
    const entry = entryAt(records, from, names, extra);
    if (!entry.path.endsWith('/')) entries.push(entry);
    from += 46 + names + extra + records.getUint16(from + 32, true);
  }
  return entries;
}

const big = (v: DataView, at: number) => Number(v.getBigUint64(at, true));

function entryAt(v: DataView, from: number, names: number, extra: number): Entry {
  const flags = v.getUint16(from + 8, true);
  const name = new Uint8Array(v.buffer, v.byteOffset + from + 46, names);
  const entry: Entry = {
    path: new TextDecoder((flags & 0x800) === 0 ? 'gb18030' : 'utf-8').decode(name).replaceAll('\\', '/'),
    locked: (flags & 1) !== 0,
    method: v.getUint16(from + 10, true),
    crc: v.getUint32(from + 16, true),
    packed: v.getUint32(from + 20, true),
    size: v.getUint32(from + 24, true),
    at: v.getUint32(from + 42, true),
  };
  widen(entry, v, from + 46 + names, extra);
  return entry;
}

/** Numbers of 64 bits stand in an extra field, in this order, for those that did not fit (4.5.3). */
function widen(entry: Entry, v: DataView, from: number, length: number): void {
  for (let at = from; at + 4 <= from + length; at += 4 + v.getUint16(at + 2, true)) {
    if (v.getUint16(at, true) !== 1) continue;
    let next = at + 4;
    for (const name of ['size', 'packed', 'at'] as const) {
      if (entry[name] !== 0xffffffff) continue;
      entry[name] = big(v, next);
      next += 8;
    }
  }
}

function source(path: string, file: File, entry: Entry): Source {
  const body = async (): Promise<Blob> => {
    if (entry.locked || (entry.method !== stored && entry.method !== deflated))
      throw new Error('it cannot be unpacked');
    const local = await view(file, entry.at, 30);
    if (local.getUint32(0, true) !== 0x04034b50) throw new Error('there is no file at its place');
    const at = entry.at + 30 + local.getUint16(26, true) + local.getUint16(28, true);
    return file.slice(at, at + entry.packed);
  };
  const unpacked = (blob: Blob): ReadableStream<Uint8Array> =>
    entry.method === stored ? blob.stream() : inflated(blob);
  return {
    path,
    size: entry.size,
    head: async (n) => readSome(unpacked(await body()), Math.min(n, entry.size)),
    whole: async () => {
      const blob = await body();
      const parts = await checked(unpacked(blob), entry);
      return entry.method === stored ? blob : new Blob(parts as BlobPart[]);
    },
  };
}

/** Reads a file to its end and compares its length and CRC-32. What is stored as it is need not be kept. */
async function checked(stream: ReadableStream<Uint8Array>, entry: Entry): Promise<Uint8Array[]> {
  const reader = stream.getReader();
  const parts: Uint8Array[] = [];
  let crc = 0xffffffff;
  let have = 0;
  for (;;) {
    const { value, done } = await reader.read();
    if (done) break;
    have += value.length;
    if (have > entry.size) {
      void reader.cancel().catch(() => undefined);
      break;
    }
    for (const byte of value) crc = (table[(crc ^ byte) & 0xff] as number) ^ (crc >>> 8);
    if (entry.method === deflated) parts.push(value);
  }
  if (have !== entry.size || (crc ^ 0xffffffff) >>> 0 !== entry.crc) throw new Error('it is damaged');
  return parts;
}

const table = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let bit = 0; bit < 8; bit++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  return c;
});
