/** Where the heart beats: QRS detection after Pan and Tompkins, over all leads at once. Pure. */
import type { Ecg } from './ecg.model';
import { filtered } from './filter.model';

const refractory = 0.2; // s
const integration = 0.12; // s, about the widest QRS
const slowest = 1.66; // of the mean RR without a beat: search again with half the threshold

/** Sample numbers of the R waves (the steepest moment of all leads together), in order. */
export function beatsOf(ecg: Ecg): number[] {
  const { rate } = ecg;
  const energy = slopes(ecg);
  const smooth = movingMean(energy, Math.round(rate * integration));
  const peaks = localPeaks(smooth, Math.round(rate * refractory));
  const found = choose(peaks, smooth, rate);
  return found.map((at) => steepest(energy, at, Math.round(rate * 0.08)));
}

/** The sum over the leads of the squared slope between about 5 and 20 Hz. */
function slopes({ leads, rate }: Ecg): Float64Array {
  const n = leads[0]?.millivolts.length ?? 0;
  const sum = new Float64Array(n);
  const far = Math.max(1, Math.round(rate * 0.008));
  for (const lead of leads) {
    const mv = band(lead.millivolts, rate);
    for (let i = far; i < n - far; i++) {
      const d = (mv[i + far] ?? 0) - (mv[i - far] ?? 0);
      sum[i] = (sum[i] ?? 0) + (Number.isFinite(d) ? d * d : 0);
    }
  }
  return sum;
}

/** 0.5–40 Hz, then less its own mean over 0.2 s: what is left is about 5–40 Hz. */
function band(x: Float32Array, rate: number): Float64Array {
  const low = Float64Array.from(filtered(x, { high: 0.5, low: 40, notch: 0 }, rate), (v) => (Number.isNaN(v) ? 0 : v));
  const slow = movingMean(low, Math.round(rate * 0.2));
  return low.map((v, i) => v - (slow[i] ?? 0));
}

/** The mean of the w values about each place. */
export function movingMean(x: Float64Array, w: number): Float64Array {
  const sums = new Float64Array(x.length + 1);
  for (let i = 0; i < x.length; i++) sums[i + 1] = (sums[i] ?? 0) + (x[i] ?? 0);
  const half = Math.max(0, Math.floor(w / 2));
  return x.map((_, i) => {
    const a = Math.max(0, i - half);
    const b = Math.min(x.length, i + half + 1);
    return ((sums[b] ?? 0) - (sums[a] ?? 0)) / (b - a);
  });
}

/** Highest places with nothing higher within reach. */
function localPeaks(x: Float64Array, reach: number): number[] {
  const out: number[] = [];
  let best = -1;
  for (let i = 0; i < x.length; i++) {
    if (best >= 0 && i - best > reach) {
      out.push(best);
      best = -1;
    }
    const v = x[i] ?? 0;
    if (v > 0 && (best < 0 || v > (x[best] ?? 0))) best = i;
  }
  if (best >= 0) out.push(best);
  // A climb may end just after a peak was given out: of two that are too near the higher one stays.
  return out.filter(
    (p, k) =>
      ![out[k - 1], out[k + 1]].some((q) => q !== undefined && Math.abs(q - p) < reach && (x[q] ?? 0) > (x[p] ?? 0)),
  );
}

/** The thresholds of Pan and Tompkins: running levels of signal and noise, and a second look where a beat is missing. */
function choose(peaks: readonly number[], x: Float64Array, rate: number): number[] {
  const height = (p: number) => x[p] ?? 0;
  const sorted = peaks.map(height).sort((a, b) => a - b);
  const upper = sorted.slice(Math.floor(sorted.length / 2));
  let signal = upper[Math.floor(upper.length / 2)] ?? 0;
  let noise = (sorted[0] ?? 0) / 2;
  const beats: number[] = [];
  const missed: number[] = [];
  const take = (p: number) => {
    beats.push(p);
    signal = 0.125 * height(p) + 0.875 * signal;
    missed.length = 0;
  };
  for (const p of peaks) {
    const threshold = noise + 0.25 * (signal - noise);
    const last = beats.at(-1);
    const rr = meanGap(beats) ?? rate;
    if (last !== undefined && p - last > slowest * rr) {
      const again = missed.filter((m) => height(m) > threshold / 2).sort((a, b) => height(b) - height(a))[0];
      if (again !== undefined) take(again);
    }
    if (height(p) > threshold) take(p);
    else {
      missed.push(p);
      noise = 0.125 * height(p) + 0.875 * noise;
    }
  }
  return beats;
}

function meanGap(beats: readonly number[]): number | undefined {
  const recent = beats.slice(-9);
  const first = recent[0];
  const last = recent.at(-1);
  return recent.length > 1 && first !== undefined && last !== undefined
    ? (last - first) / (recent.length - 1)
    : undefined;
}

/** The middle of the slope energy near a place: it does not jump from beat to beat as a single maximum does. */
function steepest(energy: Float64Array, at: number, reach: number): number {
  let weight = 0;
  let sum = 0;
  for (let i = Math.max(0, at - reach); i <= Math.min(energy.length - 1, at + reach); i++) {
    weight += energy[i] ?? 0;
    sum += i * (energy[i] ?? 0);
  }
  return weight > 0 ? Math.round(sum / weight) : at;
}

/** From the beats alone: rate and how regular they come. */
export interface Rhythm {
  readonly rate: number; // beats a minute
  readonly rr: number; // mean, ms
  readonly shortest: number; // RR, ms
  readonly longest: number;
}

export function rhythmIn(beats: readonly number[], samplesPerSecond: number): Rhythm | undefined {
  const gaps = beats.slice(1).map((b, i) => ((b - (beats[i] ?? 0)) / samplesPerSecond) * 1000);
  if (gaps.length < 2) return undefined;
  const rr = gaps.reduce((a, b) => a + b, 0) / gaps.length;
  return { rate: 60_000 / rr, rr, shortest: Math.min(...gaps), longest: Math.max(...gaps) };
}
