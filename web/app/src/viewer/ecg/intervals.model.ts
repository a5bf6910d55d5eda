/** Where waves begin and end in the median beat, and the intervals between. Numbers only: no diagnosis is made of them. Pure. */
import { beatsOf, movingMean, type Rhythm, rhythmIn } from './beats.model';
import type { Ecg } from './ecg.model';
import { type Filters, filterEcg } from './filter.model';
import { type MedianBeat, medianBeat, middle } from './median.model';

/** Samples of the median beat. */
export interface Waves {
  readonly pOn?: number;
  readonly qrsOn: number;
  readonly qrsOff: number;
  readonly tEnd?: number;
}

/** Milliseconds, and degrees for the axis; what cannot be told is not there. */
export interface Intervals {
  readonly pr?: number;
  readonly qrs?: number;
  readonly qt?: number;
  readonly axis?: number;
}

/** Why no intervals are given although there is a signal. */
export type Flaw = 'paced' | 'noise' | 'few';

export interface Measured {
  /** What was filtered away before measuring, and for the median beat. */
  readonly filters: Filters;
  readonly beats: readonly number[]; // samples
  readonly rhythm?: Rhythm;
  readonly beat?: MedianBeat;
  readonly waves?: Waves;
  readonly intervals: Intervals;
  readonly flaw?: Flaw;
}

const loud = 0.12; // mV between single beats and their median: their ends are guesses then
const smallestP = 0.03; // mV, root mean square over the leads

/** Measures the unfiltered recording, less wander and mains, which no interval depends on. */
export function measure(ecg: Ecg): Measured {
  const filters: Filters = { high: 0.5, low: 0, notch: mainsOf(ecg) };
  const clean = filterEcg(ecg, filters);
  const beats = beatsOf(clean);
  const rhythm = rhythmIn(beats, ecg.rate);
  const beat = medianBeat(clean, beats);
  if (!rhythm || !beat || beats.length < 4) return { filters, beats, rhythm, beat, intervals: {}, flaw: 'few' };
  if (isPaced(ecg)) return { filters, beats, rhythm, beat, intervals: {}, flaw: 'paced' };
  if (beat.noise > loud || beat.of < beat.all / 3)
    return { filters, beats, rhythm, beat, intervals: {}, flaw: 'noise' };
  const waves = wavesOf(beat);
  return { filters, beats, rhythm, beat, waves, intervals: waves ? intervalsOf(beat, waves) : {} };
}

/** The stronger of the two mains, if either can be. */
function mainsOf({ leads, rate }: Ecg): 0 | 50 | 60 {
  const power = (f: number) => Math.max(0, ...leads.map((l) => goertzel(l.millivolts, f / rate)));
  const [at50, at60] = [power(50), power(60)];
  return rate < 150 ? 0 : at60 > at50 ? 60 : 50;
}

/** The power of one frequency (cycles a sample). */
function goertzel(x: Float32Array, f: number): number {
  const k = 2 * Math.cos(2 * Math.PI * f);
  let a = 0;
  let b = 0;
  for (const v of x) {
    const next = (Number.isNaN(v) ? 0 : v) + k * a - b;
    b = a;
    a = next;
  }
  return a * a + b * b - k * a * b;
}

export function wavesOf(beat: MedianBeat): Waves | undefined {
  const { rate, at } = beat;
  const ms = (v: number) => Math.max(1, Math.round((v * rate) / 1000));
  const activity = slope(beat, ms(4), 2 * Math.floor((3 * rate) / 1000));
  const qrs = qrsIn(activity, at, ms);
  if (!qrs) return undefined;
  const size = rms(beat, qrs.on - ms(12), ms(10));
  return {
    qrsOn: qrs.on,
    qrsOff: qrs.off,
    pOn: pIn(size, qrs.on, ms),
    tEnd: tIn(size, qrs.off, ms),
  };
}

type Ms = (v: number) => number;

/** How fast all leads together change. */
function slope(beat: MedianBeat, far: number, smooth: number): Float64Array {
  const n = beat.leads[0]?.millivolts.length ?? 0;
  const sum = new Float64Array(n);
  for (const { millivolts: x } of beat.leads)
    for (let i = far; i < n - far; i++) sum[i] = (sum[i] ?? 0) + ((x[i + far] ?? 0) - (x[i - far] ?? 0)) ** 2;
  return movingMean(
    sum.map((v) => Math.sqrt(v)),
    smooth,
  );
}

/** Out from the steepest places, until it has been quiet for 10 ms. */
function qrsIn(activity: Float64Array, at: number, ms: Ms): { on: number; off: number } | undefined {
  const near = activity.subarray(Math.max(0, at - ms(100)), at + ms(100));
  const top = near.reduce((a, b) => Math.max(a, b), 0);
  if (top <= 0) return undefined;
  const quiet = percentile(activity, 0.2);
  const threshold = Math.max(0.045 * top, 2.2 * quiet);
  const steep = (i: number) => (activity[i] ?? 0) > 0.25 * top;
  let first = at;
  let last = at;
  for (let i = at - ms(90); i <= at + ms(90); i++) {
    if (!steep(i)) continue;
    if (i < first) first = i;
    if (i > last) last = i;
  }
  const on = quietFrom(activity, first, -1, threshold, ms(10), ms(70));
  // An ST segment that climbs is never quite still: slow for long is the end, too.
  const ends = [
    quietFrom(activity, last, 1, threshold, ms(10), ms(110)),
    quietFrom(activity, last, 1, 1.8 * threshold, ms(24), ms(110)),
  ].filter((i) => i !== undefined);
  const off = ends.length > 0 ? Math.min(...ends) : undefined;
  return on === undefined || off === undefined ? undefined : { on, off };
}

/** The first of `long` places on the way that are all below the threshold. */
function quietFrom(x: Float64Array, from: number, way: 1 | -1, threshold: number, long: number, most: number) {
  let still = 0;
  for (let k = 0; k <= most + long; k++) {
    const i = from + way * k;
    if (i < 0 || i >= x.length) return undefined;
    still = (x[i] ?? 0) < threshold ? still + 1 : 0;
    if (still >= long) return i - way * (long - 1);
  }
  return undefined;
}

function percentile(x: Float64Array, p: number): number {
  return [...x].sort((a, b) => a - b)[Math.floor(p * x.length)] ?? 0;
}

/** Root mean square over the leads, each from its own level at the PR segment. */
function rms(beat: MedianBeat, level: number, width: number): Float64Array {
  const n = beat.leads[0]?.millivolts.length ?? 0;
  const sum = new Float64Array(n);
  for (const { millivolts } of beat.leads) {
    const zero = middle([...millivolts.subarray(Math.max(0, level - width), Math.max(1, level))]);
    const x = movingMean(millivolts, width);
    for (let i = 0; i < n; i++) sum[i] = (sum[i] ?? 0) + ((x[i] ?? 0) - zero) ** 2;
  }
  const count = Math.max(1, beat.leads.length);
  return sum.map((v) => Math.sqrt(v / count));
}

/** P begins where it rises out of what is before it. */
function pIn(size: Float64Array, qrsOn: number, ms: Ms): number | undefined {
  const from = Math.max(0, qrsOn - ms(300));
  const peak = highest(size, Math.max(from, qrsOn - ms(240)), qrsOn - ms(30));
  if (peak === undefined || peak - from < ms(30)) return undefined;
  const floorAt = lowest(size, from, peak);
  const floor = size[floorAt] ?? 0;
  const height = (size[peak] ?? 0) - floor;
  if (height < smallestP || peak >= qrsOn - ms(31)) return undefined;
  // Drawn on from its rise between 15 and 50 %: the foot itself drowns in wander and noise.
  const half = crossing(size, peak, from, floor + 0.5 * height);
  const low = half === undefined ? undefined : crossing(size, half, from, floor + 0.15 * height);
  if (half === undefined || low === undefined) return undefined;
  return Math.max(from, Math.round(low - (0.15 / 0.35) * (half - low)));
}

/** The first place on the way back that is below a level. */
function crossing(x: Float64Array, from: number, to: number, below: number): number | undefined {
  for (let i = from; i > to; i--) if ((x[i] ?? 0) < below) return i;
  return undefined;
}

/** T ends where the steepest part of its fall, drawn on, meets the level behind it (Lepeschkin and Surawicz). */
function tIn(size: Float64Array, qrsOff: number, ms: Ms): number | undefined {
  const peak = highest(size, qrsOff + ms(80), size.length - ms(60));
  if (peak === undefined || (size[peak] ?? 0) < smallestP) return undefined;
  const end = Math.min(size.length - 1, peak + ms(220));
  const floor = size[lowest(size, peak, end)] ?? 0;
  const half = ms(6);
  let steep = { at: -1, fall: 0 };
  for (let i = peak; i < end - half; i++) {
    const fall = ((size[i - half] ?? 0) - (size[i + half] ?? 0)) / (2 * half);
    if (fall > steep.fall) steep = { at: i, fall };
    // Behind a deep valley a U wave or the next P begins: not this wave's fall.
    if ((size[i] ?? 0) - floor < 0.15 * ((size[peak] ?? 0) - floor)) break;
  }
  if (steep.at < 0) return undefined;
  const meets = steep.at + ((size[steep.at] ?? 0) - floor) / steep.fall;
  return meets < size.length ? Math.round(meets) : undefined;
}

/** The highest place that is no edge. */
function highest(x: Float64Array, from: number, to: number): number | undefined {
  let best: number | undefined;
  for (let i = Math.max(0, from); i < Math.min(x.length, to); i++)
    if (best === undefined || (x[i] ?? 0) > (x[best] ?? 0)) best = i;
  return best;
}

function lowest(x: Float64Array, from: number, to: number): number {
  let best = from;
  for (let i = from; i <= to; i++) if ((x[i] ?? 0) < (x[best] ?? 0)) best = i;
  return best;
}

export function intervalsOf(beat: MedianBeat, w: Waves): Intervals {
  const ms = (samples: number) => Math.round((samples / beat.rate) * 1000);
  return {
    pr: w.pOn === undefined ? undefined : ms(w.qrsOn - w.pOn),
    qrs: ms(w.qrsOff - w.qrsOn),
    qt: w.tEnd === undefined ? undefined : ms(w.tEnd - w.qrsOn),
    axis: axisOf(beat, w),
  };
}

/** The frontal axis of the QRS from its net areas in I and aVF; Goldberger's leads are smaller by 2/√3. */
function axisOf(beat: MedianBeat, w: Waves): number | undefined {
  const area = (name: string) => {
    const x = beat.leads.find((l) => l.name === name)?.millivolts;
    if (!x) return undefined;
    const part = x.subarray(w.qrsOn, w.qrsOff + 1);
    const [a, b] = [part[0] ?? 0, part.at(-1) ?? 0];
    return part.reduce((sum, v, i) => sum + v - (a + ((b - a) * i) / part.length), 0) / beat.rate;
  };
  const one = area('I');
  const two = area('II');
  const foot = area('aVF') ?? (one === undefined || two === undefined ? undefined : two - one / 2);
  if (one === undefined || foot === undefined || Math.hypot(one, foot) < 0.0005) return undefined;
  return Math.round((Math.atan2((foot * 2) / Math.sqrt(3), one) * 180) / Math.PI);
}

export type Correction = 'bazett' | 'fridericia';

/** The QT at a rate of 60, ms. */
export function corrected(qt: number, rr: number, by: Correction): number {
  return Math.round(qt / (rr / 1000) ** (by === 'bazett' ? 1 / 2 : 1 / 3));
}

/** Spikes narrower than any wave of the heart, in two leads at once, three times or more: what a pacemaker makes. */
function isPaced({ leads, rate }: Ecg): boolean {
  if (rate < 500) return false; // at fewer samples a spike cannot be told from an R wave
  const far = Math.round(rate * 0.004);
  const seen = new Map<number, number>();
  for (const { millivolts: x } of leads) {
    let last = -rate;
    for (let i = far; i < x.length - far; i++) {
      const [a, b, c] = [x[i - far] ?? 0, x[i] ?? 0, x[i + far] ?? 0];
      const sharp = Math.min(Math.abs(b - a), Math.abs(b - c));
      if (Math.sign(b - a) !== Math.sign(b - c) || sharp < 0.5 || Math.abs(a - c) > 0.3 * sharp) continue;
      if (i - last < rate * 0.02) continue;
      last = i;
      const slot = Math.round(i / (rate * 0.02));
      seen.set(slot, (seen.get(slot) ?? 0) + 1);
    }
  }
  return [...seen.values()].filter((n) => n >= 2).length >= 3;
}
