/** The beat that stands for the recording: the median of those that look alike. Pure. */
import { movingMean } from './beats.model';
import type { Ecg } from './ecg.model';
import { bridged } from './filter.model';

const before = 0.35; // s of the beat before its R wave
const after = 0.65;
const alike = 0.9; // correlation with the beat that most resemble
const reach = 0.03; // s by which a beat may be moved to fit

export interface MedianBeat {
  readonly rate: number;
  /** The R wave's place in the beat, samples. */
  readonly at: number;
  readonly leads: readonly { readonly name: string; readonly millivolts: Float64Array }[];
  readonly of: number; // beats it was made of
  readonly all: number; // beats found
  /** What single beats differ from it by, mV (median over the leads): noise, and change of form. */
  readonly noise: number;
}

export function medianBeat(ecg: Ecg, beats: readonly number[]): MedianBeat | undefined {
  const { rate } = ecg;
  const rr = gapOf(beats) / rate;
  const lead = Math.round(rate * Math.min(before, rr * 0.45));
  const tail = Math.round(rate * Math.min(after, rr * 0.62));
  const length = lead + tail;
  const signals = ecg.leads.map((l) => flat(bridged(l.millivolts), rate));
  const n = signals[0]?.length ?? 0;
  const slack = Math.round(rate * reach);
  const whole = beats.filter((b) => b - lead - slack >= 0 && b + tail + slack < n);
  const model = typical(signals, whole, lead, length);
  if (!model) return undefined;
  const fitted = whole
    .map((b) => aligned(signals, model, b - lead, length, slack))
    .filter((f) => f.likeness >= alike)
    .map((f) => f.from);
  if (fitted.length < 2) return undefined;
  const leads = ecg.leads.map((l, c) => {
    const signal = signals[c] ?? new Float64Array();
    return { name: l.name, millivolts: level(medianOf(signal, fitted, length)) };
  });
  const noises = leads.map((l, c) => residue(signals[c] ?? new Float64Array(), fitted, l.millivolts));
  return { rate, at: lead, leads, of: fitted.length, all: beats.length, noise: middle(noises) };
}

/** Less its own wander: the mean over 1.2 s of what is left when the beats are flattened to their median level would cost more, and a beat is levelled anyway. */
function flat(x: Float64Array, rate: number): Float64Array {
  const slow = movingMean(movingMean(x, Math.round(rate * 1.2)), Math.round(rate * 1.2));
  return x.map((v, i) => v - (slow[i] ?? 0));
}

function gapOf(beats: readonly number[]): number {
  const gaps = beats.slice(1).map((b, i) => b - (beats[i] ?? 0));
  return gaps.length > 0 ? middle(gaps) : Number.POSITIVE_INFINITY;
}

export function middle(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? (sorted[half] ?? 0) : ((sorted[half - 1] ?? 0) + (sorted[half] ?? 0)) / 2;
}

/** Where the one beat starts that most of the others resemble. */
function typical(signals: readonly Float64Array[], beats: readonly number[], lead: number, length: number) {
  let best: { from: number; votes: number } | undefined;
  for (const b of beats) {
    const votes = beats.filter((o) => likeness(signals, b - lead, o - lead, length) >= alike).length;
    if (votes > (best?.votes ?? 1)) best = { from: b - lead, votes };
  }
  return best;
}

function aligned(
  signals: readonly Float64Array[],
  model: { from: number },
  from: number,
  length: number,
  slack: number,
) {
  let best = { from, likeness: -1 };
  for (let d = -slack; d <= slack; d++) {
    const l = likeness(signals, model.from, from + d, length);
    if (l > best.likeness) best = { from: from + d, likeness: l };
  }
  return best;
}

/** Correlation of two stretches over all leads, of every second sample about the QRS, where the form is. */
function likeness(signals: readonly Float64Array[], a: number, b: number, length: number): number {
  let xy = 0;
  let xx = 0;
  let yy = 0;
  for (const s of signals) {
    const ma = s[a] ?? 0;
    const mb = s[b] ?? 0;
    for (let i = 0; i < length; i += 2) {
      const x = (s[a + i] ?? 0) - ma;
      const y = (s[b + i] ?? 0) - mb;
      xy += x * y;
      xx += x * x;
      yy += y * y;
    }
  }
  return xx > 0 && yy > 0 ? xy / Math.sqrt(xx * yy) : 0;
}

function medianOf(signal: Float64Array, starts: readonly number[], length: number): Float64Array {
  // Each beat by its own mean first: a slow wander is no difference of form.
  const means = starts.map((s) => mean(signal.subarray(s, s + length)));
  return Float64Array.from({ length }, (_, i) => middle(starts.map((s, k) => (signal[s + i] ?? 0) - (means[k] ?? 0))));
}

function mean(x: Float64Array): number {
  return x.length > 0 ? x.reduce((a, b) => a + b, 0) / x.length : 0;
}

/** Zero is where the beat rests: the most frequent level of its first and last parts. */
function level(x: Float64Array): Float64Array {
  const rest = middle([...x.subarray(0, Math.max(1, x.length >> 4))]);
  return x.map((v) => v - rest);
}

function residue(signal: Float64Array, starts: readonly number[], beat: Float64Array): number {
  const own = mean(beat);
  const spread = starts.map((s) => {
    const m = mean(signal.subarray(s, s + beat.length));
    let sum = 0;
    for (let i = 0; i < beat.length; i++) sum += ((signal[s + i] ?? 0) - m - ((beat[i] ?? 0) - own)) ** 2;
    return Math.sqrt(sum / beat.length);
  });
  return middle(spread);
}
