/** Calipers on the paper: two moments and two heights of one lead, with undo. Pure. */
import { type Box, boxOf, type Page, type PaperScale, type Sheet, type Strip } from './layout.model';

/** interval: two moments; height: two voltages; march: an interval, repeated over the whole strip. */
export type CaliperKind = 'interval' | 'height' | 'march';

/** A moment (s of the recording) and a voltage (mV). */
export interface Point {
  readonly s: number;
  readonly mv: number;
}

export interface Caliper {
  readonly id: number;
  readonly kind: CaliperKind;
  readonly lead: string;
  /** On the rhythm strip below, and not at its lead's own place. */
  readonly rhythm: boolean;
  readonly a: Point;
  readonly b: Point;
}

export interface Calipers {
  readonly all: readonly Caliper[];
  readonly chosen?: number;
  readonly past: readonly (readonly Caliper[])[];
  readonly future: readonly (readonly Caliper[])[];
  readonly next: number;
}

export const noCalipers: Calipers = { all: [], past: [], future: [], next: 1 };

export type CaliperEvent =
  | { do: 'add'; caliper: Omit<Caliper, 'id'> }
  | { do: 'change'; caliper: Caliper; live?: boolean } // live: while it is dragged, which is one step of undo
  | { do: 'choose'; id: number | undefined }
  | { do: 'remove' }
  | { do: 'clear' }
  | { do: 'undo' }
  | { do: 'redo' };

const deepest = 100; // steps that can be undone

export function next(c: Calipers, e: CaliperEvent): Calipers {
  const to = (all: readonly Caliper[], chosen: number | undefined): Calipers => ({
    ...c,
    all,
    chosen,
    past: [...c.past, c.all].slice(-deepest),
    future: [],
  });
  switch (e.do) {
    case 'add':
      return { ...to([...c.all, { ...e.caliper, id: c.next }], c.next), next: c.next + 1 };
    case 'change': {
      const all = c.all.map((k) => (k.id === e.caliper.id ? e.caliper : k));
      return e.live ? { ...c, all, chosen: e.caliper.id } : to(all, e.caliper.id);
    }
    case 'choose':
      return { ...c, chosen: e.id };
    case 'remove': {
      const gone = c.chosen ?? c.all.at(-1)?.id;
      return gone === undefined
        ? c
        : to(
            c.all.filter((k) => k.id !== gone),
            undefined,
          );
    }
    case 'clear':
      return c.all.length > 0 ? to([], undefined) : c;
    case 'undo': {
      const all = c.past.at(-1);
      return all ? { ...c, all, chosen: undefined, past: c.past.slice(0, -1), future: [c.all, ...c.future] } : c;
    }
    case 'redo': {
      const all = c.future[0];
      return all ? { ...c, all, chosen: undefined, past: [...c.past, c.all], future: c.future.slice(1) } : c;
    }
  }
}

export interface Reading {
  readonly ms: number;
  readonly bpm?: number;
  readonly mv: number;
}

export function readingOf({ a, b }: Pick<Caliper, 'a' | 'b'>): Reading {
  const ms = Math.abs(b.s - a.s) * 1000;
  // Below 150 ms the distance is no RR of anybody.
  return { ms: Math.round(ms), bpm: ms >= 150 ? Math.round(60_000 / ms) : undefined, mv: round2(b.mv - a.mv) };
}

function round2(v: number): number {
  return Math.round(v * 100) / 100 || 0;
}

/** The place of a caliper on this sheet, if its lead and its moments are on it. */
export function placeOf(c: Caliper, sheet: Sheet): Strip | undefined {
  const all = sheet.strips.filter((s) => s.lead.name === c.lead);
  const strip = c.rhythm ? all.at(-1) : all[0];
  const inside = (p: Point) => strip && p.s >= strip.from - 1e-6 && p.s <= strip.to + 1e-6;
  return inside(c.a) || inside(c.b) ? strip : undefined;
}

/** The strip under a place of the paper (mm). */
export function stripAt(x: number, y: number, sheet: Sheet, page: Page, scale: PaperScale): Strip | undefined {
  return sheet.strips.find((s) => {
    const box = boxOf(s, sheet, page, scale);
    return x >= box.left && x < box.left + box.width && y >= box.top && y < box.top + box.height;
  });
}

export function pointAt(x: number, y: number, strip: Strip, box: Box, { speed, gain }: PaperScale): Point {
  const s = Math.min(strip.to, Math.max(strip.from, strip.from + (x - box.left) / speed));
  return { s, mv: (box.baseline - y) / gain };
}

export function isRhythm(strip: Strip, sheet: Sheet): boolean {
  return sheet.strips.find((s) => s.lead.name === strip.lead.name) !== strip;
}

/** A caliper from one beat to the next, for those who use no mouse: in lead II, or the first there is. */
export function fromBeats(
  kind: CaliperKind,
  sheet: Sheet,
  beats: readonly number[],
  rate: number,
): Omit<Caliper, 'id'> | undefined {
  const strip = [...sheet.strips].reverse().find((s) => s.lead.name === 'II') ?? sheet.strips[0];
  if (!strip) return undefined;
  const inside = beats.map((b) => b / rate).filter((s) => s >= strip.from && s <= strip.to);
  const [a = strip.from + 0.2, b = Math.min(strip.to, a + 0.8)] = inside;
  const mv = kind === 'height' ? 1 : 0;
  return {
    kind,
    lead: strip.lead.name,
    rhythm: isRhythm(strip, sheet),
    a: { s: a, mv: 0 },
    b: { s: kind === 'height' ? a : b, mv },
  };
}

/** Moves both ends, or one, by seconds and millivolts. */
export function moved(c: Caliper, end: 'a' | 'b' | 'both', s: number, mv: number): Caliper {
  const by = (p: Point): Point => ({ s: Math.max(0, p.s + s), mv: p.mv + mv });
  return { ...c, a: end === 'b' ? c.a : by(c.a), b: end === 'a' ? c.b : by(c.b) };
}

/** Further moments of a march over the strip, both ways. */
export function marchOf({ a, b }: Pick<Caliper, 'a' | 'b'>, from: number, to: number): number[] {
  const step = Math.abs(b.s - a.s);
  if (step < 0.1) return [];
  const out: number[] = [];
  for (let s = Math.min(a.s, b.s) - step; s >= from; s -= step) out.unshift(s);
  for (let s = Math.max(a.s, b.s) + step; s <= to; s += step) out.push(s);
  return out;
}
