/** From the values of a file to what stands on the display: tables, curves, which way light is (PS3.3 C.11.1, C.11.2, C.11.6). Pure. */
import { type DicomJson, items, num, numbers, tag, text } from '../dicom.model';

/** A lookup table as it is applied: the entry for a value is entries[value − first], the outermost ones beyond. */
export interface Table {
  readonly first: number;
  readonly bits: number; // of an entry
  readonly entries: readonly number[];
}

/** Where tables stand: their sequences, and within an item what describes it and what it holds. */
export const tables = {
  modality: '00283000',
  voi: '00283010',
  descriptor: '00283002',
  data: '00283006',
} as const;

const pixelRepresentation = '00280103';
const voiFunction = '00281056';
const shape = '20500020';

/** Those of angiograms and fluoroscopy lead back to the intensity of the beam, and are not for looking at (PS3.3 C.8.7.1.1.2). */
const ofBeams = new Set(['XA', 'RF']);

export function modalityTable(d: DicomJson): Table | undefined {
  if (ofBeams.has(text(d, tag.modality))) return undefined;
  return tableOf(items(d, tables.modality)[0], num(d, pixelRepresentation) === 1);
}

/** The table that stands in the place of a window; a window that is given, too, goes before it. */
export function voiTable(d: DicomJson): Table | undefined {
  if (num(d, tag.windowWidth) !== undefined) return undefined;
  const signed = num(d, pixelRepresentation) === 1 && !modalityTable(d);
  return tableOf(items(d, tables.voi)[0], signed || rescalesBelow(d));
}

function rescalesBelow(d: DicomJson): boolean {
  return (num(d, '00281052') ?? 0) < 0;
}

function tableOf(item: DicomJson | undefined, signed: boolean): Table | undefined {
  const [count = 0, first = 0, bits = 16] = item ? numbers(item, tables.descriptor) : [];
  const entries = item?.[tables.data]?.Value;
  if (!entries || typeof entries[0] !== 'number') return undefined;
  return {
    // Some write a negative first value as if it had no sign (C.11.1.1.1).
    first: signed && first > 32767 ? first - 65536 : first,
    bits,
    entries: (entries as number[]).slice(0, count || 65536),
  };
}

/** The words of a table, or bytes in words where its entries have no more than eight bits (C.11.1.1.1). */
export function entriesOf(bytes: ArrayBuffer, count: number, bits: number): number[] {
  if (bits <= 8 && bytes.byteLength < 2 * count) return [...new Uint8Array(bytes)].slice(0, count);
  const view = new DataView(bytes);
  return Array.from({ length: Math.min(count, bytes.byteLength >> 1) }, (_, i) => view.getUint16(2 * i, true));
}

export function looked(t: Table, value: number): number {
  const last = t.entries.length - 1;
  return t.entries[Math.min(last, Math.max(0, Math.round(value) - t.first))] ?? 0;
}

/** The window that is the whole of a table. */
export function windowOfTable(t: Table): { center: number; width: number } {
  return { center: t.first + t.entries.length / 2, width: t.entries.length };
}

const most = 2048; // points: a display tells no more of a curve apart

/** A table as points of a colour map: place from 0 to 1, red, green, blue. */
export function pointsOf(t: Table): number[] {
  const n = Math.max(2, Math.min(most, t.entries.length));
  const top = 2 ** t.bits - 1;
  return Array.from({ length: n }, (_, i) => {
    const y = Math.min(1, looked(t, t.first + ((t.entries.length - 1) * i) / (n - 1)) / top);
    return [i / (n - 1), y, y, y];
  }).flat();
}

/** The curve between the ends of a window (C.11.2.1.2, C.11.2.1.3). */
export type Curve = 'LINEAR' | 'LINEAR_EXACT' | 'SIGMOID';

export function curveOf(d: DicomJson): Curve {
  const said = text(d, voiFunction);
  return said === 'LINEAR_EXACT' || said === 'SIGMOID' ? said : 'LINEAR';
}

/** Low values are light: by the pixels' interpretation, or by the shape of the presentation LUT. */
export function isInverse(d: DicomJson): boolean {
  return text(d, tag.photometric) === 'MONOCHROME1' || text(d, shape) === 'INVERSE';
}

/** The lowest and the highest value of pixels that show something: what pads a picture to a rectangle (C.7.5.1.1.2) is left out. */
export function extremes(values: ArrayLike<number>, padding: Padding | undefined): [number, number] | undefined {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = 0; i < values.length; i++) {
    const v = values[i] ?? 0;
    if (padding && v >= padding.from && v <= padding.to) continue;
    if (v < low) low = v;
    if (v > high) high = v;
  }
  return low <= high ? [low, high] : undefined;
}

export interface Padding {
  readonly from: number;
  readonly to: number;
}

/** The values that pad, as rescaled ones. */
export function paddingOf(d: DicomJson): Padding | undefined {
  const value = num(d, '00280120');
  if (value === undefined) return undefined;
  const slope = num(d, '00281053') || 1;
  const intercept = num(d, '00281052') ?? 0;
  const ends = [value, num(d, '00280121') ?? value].map((v) => v * slope + intercept);
  return { from: Math.min(...ends), to: Math.max(...ends) };
}
