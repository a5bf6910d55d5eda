/** Palettes of indexed colour (PS3.3 C.7.9) as lists of numbers, which is how the decoder takes them. Pure. */
import { type DicomJson, numbers, text } from '../dicom.model';

const photometric = '00280004';

/** One colour of a palette: where its descriptor and its entries stand. */
export interface Colour {
  readonly descriptor: string;
  readonly data: string;
  readonly segmented: string;
}

export const colours: readonly Colour[] = [
  { descriptor: '00281101', data: '00281201', segmented: '00281221' },
  { descriptor: '00281102', data: '00281202', segmented: '00281222' },
  { descriptor: '00281103', data: '00281203', segmented: '00281223' },
];

export function isIndexed(d: DicomJson): boolean {
  return text(d, photometric) === 'PALETTE COLOR';
}

/** The entries of a table as it is stored: bytes, words, or bytes in words where the table has eight bits (C.7.6.3.1.6). */
export function entries(d: DicomJson, colour: Colour, bytes: ArrayBuffer): number[] {
  const { count, bits } = shape(d, colour);
  if (bits === 8 && bytes.byteLength < 2 * count) return [...new Uint8Array(bytes)].slice(0, count);
  return words(bytes).slice(0, count);
}

/** The entries of a segmented table: discrete, linear and indirect segments (PS3.3 C.7.9.2). */
export function expanded(d: DicomJson, colour: Colour, bytes: ArrayBuffer): number[] {
  const { count, bits } = shape(d, colour);
  const table: Table = {
    units: bits === 8 ? [...new Uint8Array(bytes)] : words(bytes),
    offset: bits === 8 ? 4 : 2,
    count,
  };
  const out: number[] = [];
  run(table, 0, table.units.length, out);
  return out.slice(0, count);
}

/**
 * Palettes with eight bits an entry, which a display takes: the upper ones of sixteen, for all three alike. The decoder would look at the red
 * one alone. Some declare sixteen bits and use eight.
 */
export function inBytes(d: DicomJson, tables: ReadonlyMap<string, readonly number[]>): DicomJson {
  const wide = colours.some((c) => shape(d, c).bits > 8 && tables.get(c.data)?.some((v) => v > 255));
  const out: DicomJson = {};
  for (const c of colours) {
    const table = tables.get(c.data);
    if (!table) continue;
    const [count = 0, from = 0] = numbers(d, c.descriptor);
    out[c.descriptor] = { vr: 'US', Value: [count, from, 8] };
    out[c.data] = { vr: 'US', Value: wide ? table.map((v) => v >> 8) : [...table] };
  }
  return out;
}

interface Table {
  readonly units: readonly number[];
  /** How many units the offset of an indirect segment takes, least significant first; 0 where none may stand. */
  readonly offset: 0 | 2 | 4;
  readonly count: number;
}

/** Carries out segments from a place on. What an indirect one points at lies before it and is not indirect, so that this ends. */
function run(t: Table, from: number, many: number, out: number[]): void {
  let at = from;
  for (let left = many; left > 0 && at + 1 < t.units.length && out.length < t.count; left--) {
    const taken = segment(t, at, out);
    if (taken === 0) return;
    at += taken;
  }
}

/** Carries out one segment; answers how many units it takes, 0 for one that nothing defines. */
function segment(t: Table, at: number, out: number[]): number {
  const [kind, length = 0] = t.units.slice(at, at + 2);
  switch (kind) {
    case 0:
      out.push(...t.units.slice(at + 2, at + 2 + length));
      return 2 + length;
    case 1: {
      const start = out.at(-1) ?? 0;
      const way = (t.units[at + 2] ?? start) - start;
      for (let i = 1; i <= length; i++) out.push(Math.round(start + (way * i) / length));
      return 3;
    }
    case 2: {
      if (t.offset === 0) return 0;
      const base = t.offset === 4 ? 256 : 65536;
      const bytes = t.units.slice(at + 2, at + 2 + t.offset).reduce((sum, v, i) => sum + v * base ** i, 0);
      const target = t.offset === 4 ? bytes : bytes / 2;
      if (target < at) run({ ...t, offset: 0, units: t.units.slice(0, at) }, target, length, out);
      return 2 + t.offset;
    }
    default:
      return 0;
  }
}

function shape(d: DicomJson, colour: Colour): { count: number; bits: number } {
  const [count = 0, , bits = 16] = numbers(d, colour.descriptor);
  return { count: count || 65536, bits };
}

function words(bytes: ArrayBuffer): number[] {
  const view = new DataView(bytes);
  return Array.from({ length: Math.floor(bytes.byteLength / 2) }, (_, i) => view.getUint16(2 * i, true));
}
