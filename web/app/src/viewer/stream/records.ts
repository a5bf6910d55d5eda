/** The small pictures of a series as the server sends them: one record after the other (imaging/preview). Pure. */

/** Codes from the running one on, `count` of them, stand for stored values from `from` on, `width` of them each. */
export interface Step {
  readonly from: number;
  readonly width: number;
  readonly count: number;
}

export interface Preview {
  readonly instanceUid: string;
  readonly frame: number;
  readonly rows: number;
  readonly columns: number;
  readonly factor: number; // pixels of the frame for one of the preview, by side
  readonly native: boolean; // the frame is kept without compression
  readonly steps: readonly Step[];
  readonly data: Uint8Array; // JPEG-LS, one component of 8 bits
}

const head = 8;
const fixed = 14;
const stepSize = 8;
const longest = 4 << 20;

/** Cuts what arrives into records. */
export class RecordReader {
  #rest: Uint8Array = new Uint8Array(0);

  push(chunk: Uint8Array): Preview[] {
    const all = new Uint8Array(this.#rest.length + chunk.length);
    all.set(this.#rest);
    all.set(chunk, this.#rest.length);
    const out: Preview[] = [];
    let at = 0;
    for (;;) {
      if (all.length - at < head) break;
      const size = new DataView(all.buffer, at).getUint32(0) + 4;
      if (size < head + fixed || size > longest) throw new Error('a preview is damaged');
      if (all.length - at < size) break;
      out.push(parse(all.slice(at + head, at + size)));
      at += size;
    }
    this.#rest = all.slice(at);
    return out;
  }
}

function parse(b: Uint8Array): Preview {
  const v = new DataView(b.buffer, b.byteOffset, b.byteLength);
  const uid = v.getUint8(11);
  const count = v.getUint16(12);
  const steps = fixed + uid;
  const data = steps + count * stepSize;
  if (data > b.length) throw new Error('a preview is damaged');
  return {
    instanceUid: new TextDecoder().decode(b.subarray(fixed, steps)),
    frame: v.getUint32(0),
    rows: v.getUint16(4),
    columns: v.getUint16(6),
    factor: v.getUint16(8),
    native: (v.getUint8(10) & 1) !== 0,
    steps: Array.from({ length: count }, (_, i) => ({
      from: v.getInt32(steps + i * stepSize),
      width: v.getUint16(steps + i * stepSize + 4),
      count: v.getUint16(steps + i * stepSize + 6),
    })),
    data: b.subarray(data),
  };
}

/** The stored value in the middle of what each code stands for. */
export function valuesOf(steps: readonly Step[]): Int32Array {
  const all: number[] = [];
  for (const s of steps) for (let n = 0; n < s.count; n++) all.push(s.from + s.width * n + ((s.width - 1) >> 1));
  return Int32Array.from(all);
}

/** What enlarging needs: a preview's codes, and the frame that it is of. */
export interface Enlarged {
  readonly codes: Uint8Array;
  readonly steps: readonly Step[];
  readonly rows: number;
  readonly columns: number;
  readonly factor: number;
}

/** The stored values of a frame as its preview has them, interpolated linearly between the middles of what was averaged. */
export function enlarge(p: Enlarged, rows: number, columns: number, bytes: 1 | 2): Uint8Array {
  const values = valuesOf(p.steps);
  const across = taps(columns, p.columns, p.factor);
  const line = new Float32Array(p.columns);
  const out = bytes === 1 ? new Uint8Array(rows * columns) : new Int16Array(rows * columns);
  for (let y = 0; y < rows; y++) {
    const { at, next, share } = tap(y, p.rows, p.factor);
    for (let x = 0; x < p.columns; x++) {
      const a = values[p.codes[at * p.columns + x] ?? 0] ?? 0;
      const b = values[p.codes[next * p.columns + x] ?? 0] ?? 0;
      line[x] = a + (b - a) * share;
    }
    for (let x = 0; x < columns; x++) {
      const a = line[across.at[x] ?? 0] ?? 0;
      const b = line[across.next[x] ?? 0] ?? 0;
      out[y * columns + x] = Math.round(a + (b - a) * (across.share[x] ?? 0));
    }
  }
  return new Uint8Array(out.buffer);
}

function tap(i: number, count: number, factor: number): { at: number; next: number; share: number } {
  const place = Math.min(count - 1, Math.max(0, (i + 0.5) / factor - 0.5));
  const at = Math.floor(place);
  return { at, next: Math.min(count - 1, at + 1), share: place - at };
}

function taps(n: number, count: number, factor: number) {
  const all = { at: new Uint16Array(n), next: new Uint16Array(n), share: new Float32Array(n) };
  for (let i = 0; i < n; i++) {
    const t = tap(i, count, factor);
    all.at[i] = t.at;
    all.next[i] = t.next;
    all.share[i] = t.share;
  }
  return all;
}
