/** Run lengths (PS3.5 Annex G): a segment for each byte of a sample, the highest first, one sample after the other. Pure. */

const header = 64;

export interface Shape {
  readonly pixels: number; // of a frame
  readonly samples: number;
  readonly allocated: number; // bits
}

/** The segments of a frame; throws where its header cannot be true, on which a decoder would count for minutes, and where one is cut short, which would be another picture. */
export function segmentsOf(bytes: Uint8Array, of: Shape): Uint8Array[] {
  if (bytes.length < header) throw new Error(`run lengths: ${bytes.length} bytes`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, header);
  const count = view.getUint32(0, true);
  // Pictures of single bits have a segment for each sample, too.
  if (count !== of.samples * Math.ceil(of.allocated / 8)) throw new Error(`run lengths: ${count} segments`);
  const starts = Array.from({ length: count }, (_, n) => view.getUint32(4 * (n + 1), true));
  return starts.map((start, n) => {
    const end = starts[n + 1] ?? bytes.length;
    if (start < header || end < start || end > bytes.length)
      throw new Error(`run lengths: segment ${n + 1} at ${start}`);
    const segment = bytes.subarray(start, end);
    const [made, wanted] = [lengthOf(segment), Math.ceil((of.pixels * Math.min(8, of.allocated)) / 8)];
    if (made < wanted) throw new Error(`run lengths: ${made} of ${wanted}`);
    return segment;
  });
}

/** How many bytes a segment makes. */
function lengthOf(segment: Uint8Array): number {
  let made = 0;
  for (let from = 0; from < segment.length; ) {
    const n = segment[from++] ?? 128;
    if (n < 128) made += Math.min(n + 1, segment.length - from);
    else if (n > 128 && from < segment.length) made += 257 - n;
    from += n < 128 ? n + 1 : Number(n > 128);
  }
  return made;
}

/** The samples of a frame as they are without compression: pixel by pixel, little endian. */
export function unrolled(bytes: Uint8Array, of: Shape): Uint8Array {
  const wide = Math.ceil(of.allocated / 8);
  const step = of.samples * wide;
  const out = new Uint8Array(of.pixels * step);
  segmentsOf(bytes, of).forEach((segment, n) => {
    const sample = Math.floor(n / wide);
    unroll(segment, out, sample * wide + (wide - 1 - (n % wide)), step);
  });
  return out;
}

/** Writes every step-th byte from `to` on (PS3.5 G.3.2). What goes beyond the frame is padding. */
function unroll(segment: Uint8Array, out: Uint8Array, to: number, step: number): void {
  let at = to;
  const put = (value: number) => {
    if (at < out.length) out[at] = value;
    at += step;
  };
  for (let from = 0; from < segment.length; ) {
    const n = segment[from++] ?? 128;
    if (n < 128) for (const end = Math.min(segment.length, from + n + 1); from < end; from++) put(segment[from] ?? 0);
    else if (n > 128 && from < segment.length) {
      const value = segment[from++] ?? 0;
      for (let i = 0; i < 257 - n; i++) put(value);
    }
  }
}
