/** Native pixels as decoders take them: nothing but the value in each word (PS3.5 8.1.1), a colour for each pixel. Pure. */

export interface Words {
  readonly allocated: number;
  readonly stored: number;
  readonly high: number;
  readonly signed: boolean;
}

/** Whether words may hold anything but their values that the decoder leaves there: it extends the sign of signed ones itself. */
export function canBeSoiled({ allocated, stored, high, signed }: Words): boolean {
  const isWhole = stored >= allocated || high + 1 < stored || (allocated !== 8 && allocated !== 16);
  return !isWhole && !(signed && high + 1 === stored);
}

/** Leaves the stored bits alone in each word, at its lower end: above and below them older files keep graphics. Answers the same bytes if they are clean. */
export function cleaned(bytes: Uint8Array, w: Words): Uint8Array {
  if (!canBeSoiled(w)) return bytes;
  const shift = w.high + 1 - w.stored;
  const mask = 2 ** w.stored - 1;
  const step = w.allocated / 8;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const read = (i: number) => (step === 1 ? view.getUint8(i) : view.getUint16(i, true));
  const end = bytes.byteLength - (bytes.byteLength % step);
  let from = 0;
  while (from < end && shift === 0 && read(from) <= mask) from += step;
  if (from >= end) return bytes;
  const out = bytes.slice();
  const to = new DataView(out.buffer);
  for (let i = from; i < end; i += step) {
    const v = (read(i) >> shift) & mask;
    if (step === 1) to.setUint8(i, v);
    else to.setUint16(i, v, true);
  }
  return out;
}

/** YBR_FULL_422 (PS3.3 C.7.6.3.1.2): two pixels share their colour; each gets its own. */
export function unshared(bytes: Uint8Array, pixels: number): Uint8Array {
  const out = new Uint8Array(pixels * 3);
  for (let i = 0, o = 0; o < out.length; i += 4, o += 6) {
    const [y1 = 0, y2 = 0, b = 0, r = 0] = [bytes[i], bytes[i + 1], bytes[i + 2], bytes[i + 3]];
    out.set(o + 6 <= out.length ? [y1, b, r, y2, b, r] : [y1, b, r], o);
  }
  return out;
}

/** The eight highest of the bits that are stored of each value. */
export function highBytes(values: Uint16Array, stored: number): Uint8Array {
  const shift = Math.max(0, stored - 8);
  return Uint8Array.from(values, (v) => Math.min(255, v >> shift));
}
