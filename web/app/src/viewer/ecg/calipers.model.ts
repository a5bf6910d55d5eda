/** Calipers on the paper: two moments and two heights of one lead. Pure. */
import type { Figure } from '../figures.model';
import type { Measurement } from '../measurements.model';
import type { Lead } from './ecg.model';
import { type Box, boxOf, type Page, type PaperScale, type Sheet, type Strip } from './layout.model';

/** interval: two moments; height: two voltages; march: an interval, repeated over the whole strip. */
export type CaliperKind = 'interval' | 'height' | 'march';

/** A moment (s of the recording) and a voltage (mV). */
export interface Point {
  readonly s: number;
  readonly mv: number;
}

export interface Caliper {
  readonly id: string;
  readonly kind: CaliperKind;
  readonly lead: string;
  /** On the rhythm strip below, and not at its lead's own place. */
  readonly rhythm: boolean;
  readonly a: Point;
  readonly b: Point;
}

const tools = { interval: 'EcgInterval', height: 'EcgHeight', march: 'EcgMarch' } as const;

/** The recording that calipers stand on. */
export interface Recording {
  readonly series: string;
  readonly instance: string;
  readonly leads: readonly Lead[];
}

/** A caliper as it is kept beside the other measurements of its study. */
export function markOf(c: Caliper, on: Recording): Measurement {
  const channel = on.leads.find((l) => l.name === c.lead)?.channel;
  return {
    id: c.id,
    tool: tools[c.kind],
    series: on.series,
    instance: on.instance,
    frame: 1,
    points: [c.a, c.b].map((p) => [fine(p.s), fine(p.mv)]),
    lead: c.lead,
    ...(channel ? { channel } : {}),
    ...(c.rhythm ? { rhythm: true } : {}),
    figures: figuresOf(c),
  };
}

/** The reverse; undefined for what is no caliper. */
export function caliperOf(m: Measurement): Caliper | undefined {
  const kind = (Object.keys(tools) as CaliperKind[]).find((k) => tools[k] === m.tool);
  const [a, b] = m.points.map(([s = 0, mv = 0]) => ({ s, mv }));
  if (!kind || !a || !b) return undefined;
  return { id: m.id, kind, lead: m.lead ?? '', rhythm: m.rhythm === true, a, b };
}

function figuresOf(c: Caliper): Figure[] {
  const { ms, bpm, mv } = readingOf(c);
  if (c.kind === 'height') return [{ kind: 'voltage', value: mv, unit: 'mV' }];
  const time: Figure = { kind: 'time', value: ms, unit: 'ms' };
  return bpm === undefined ? [time] : [time, { kind: 'rate', value: bpm, unit: 'bpm' }];
}

/** Far below a sample, and a step of its value. */
function fine(v: number): number {
  return Number(v.toFixed(5));
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

/** Moves both ends, or one, by seconds and millivolts, within a recording of so many seconds. */
export function moved(c: Caliper, end: 'a' | 'b' | 'both', s: number, mv: number, seconds: number): Caliper {
  const held = [...(end === 'b' ? [] : [c.a.s]), ...(end === 'a' ? [] : [c.b.s])];
  const far = Math.min(seconds - Math.max(...held), Math.max(-Math.min(...held), s));
  const by = (p: Point): Point => ({ s: p.s + far, mv: p.mv + mv });
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
