/** Filters without a shift in time: second-order sections run forward and backward. Pure. */
import type { Band, Ecg } from './ecg.model';

/** What a reader has switched on; 0 is off. Hz. */
export interface Filters {
  readonly high: 0 | 0.05 | 0.5; // high-pass, against a wandering baseline
  readonly low: 0 | 40 | 100 | 150; // low-pass, against muscle
  readonly notch: 0 | 50 | 60; // mains
}

export const diagnostic: Filters = { high: 0, low: 0, notch: 0 };

/** One section: y = b0 x + b1 x₁ + b2 x₂ − a1 y₁ − a2 y₂. */
interface Section {
  readonly b: readonly [number, number, number];
  readonly a: readonly [number, number];
}

// Two passes make −6 dB of −3 dB: the corner of one pass is moved so that both together have −3 dB where the label says.
const twice = (Math.SQRT2 - 1) ** -0.25;
const notchQ = 30; // about 1.7 Hz wide at 50 Hz: no ringing that a reader could take for a late potential

/** A filter above what the sampling carries would do nothing, or harm. */
export function possible(f: number, rate: number): boolean {
  return f * twice < rate / 2;
}

/** Second-order Butterworth by the bilinear transform. */
function butterworth(kind: 'low' | 'high', corner: number, rate: number): Section {
  const k = Math.tan((Math.PI * corner) / rate);
  const norm = 1 / (1 + Math.SQRT2 * k + k * k);
  const a: Section['a'] = [2 * (k * k - 1) * norm, (1 - Math.SQRT2 * k + k * k) * norm];
  const b = kind === 'low' ? k * k * norm : norm;
  return { b: kind === 'low' ? [b, 2 * b, b] : [b, -2 * b, b], a };
}

function notch(f: number, rate: number): Section {
  const w = (2 * Math.PI * f) / rate;
  const alpha = Math.sin(w) / (2 * notchQ);
  const norm = 1 / (1 + alpha);
  const c = -2 * Math.cos(w) * norm;
  return { b: [norm, c, norm], a: [c, (1 - alpha) * norm] };
}

export function sectionsOf(f: Filters, rate: number): Section[] {
  const all: Section[] = [];
  if (f.high) all.push(butterworth('high', f.high / twice, rate));
  if (f.low && possible(f.low, rate)) all.push(butterworth('low', f.low * twice, rate));
  if (f.notch && possible(f.notch, rate)) all.push(notch(f.notch, rate));
  return all;
}

/** The signal after the filters, with the gaps of the one before. */
export function filtered(signal: Float32Array, f: Filters, rate: number): Float32Array {
  const sections = sectionsOf(f, rate);
  if (sections.length === 0 || signal.length < 3) return signal;
  const pad = Math.min(signal.length - 1, Math.round(rate * (f.high ? 4 : 1)));
  let work = padded(bridged(signal), pad);
  for (const s of sections) work = run(run(work, s).reverse(), s).reverse();
  const out = Float32Array.from(work.subarray(pad, pad + signal.length));
  return out.map((v, i) => (Number.isNaN(signal[i]) ? Number.NaN : v));
}

export function filterEcg(ecg: Ecg, f: Filters): Ecg {
  if (sectionsOf(f, ecg.rate).length === 0) return ecg;
  return { ...ecg, leads: ecg.leads.map((l) => ({ ...l, millivolts: filtered(l.millivolts, f, ecg.rate) })) };
}

/** From a steady state: of the mean for a high-pass, whose memory is longer than a recording, else of the first value. */
function run(x: Float64Array, { b, a }: Section): Float64Array {
  const passes = b[0] + b[1] + b[2] > 1e-9;
  const x0 = passes ? (x[0] ?? 0) : x.reduce((sum, v) => sum + v, 0) / Math.max(1, x.length);
  const y0 = passes ? (x0 * (b[0] + b[1] + b[2])) / (1 + a[0] + a[1]) : 0;
  let z1 = y0 - b[0] * x0;
  let z2 = b[2] * x0 - a[1] * y0;
  return x.map((v) => {
    const y = b[0] * v + z1;
    z1 = b[1] * v - a[0] * y + z2;
    z2 = b[2] * v - a[1] * y;
    return y;
  });
}

/** Turned about its ends, so that the ends are no steps. */
function padded(x: Float64Array, n: number): Float64Array {
  const out = new Float64Array(x.length + 2 * n);
  const last = x.length - 1;
  for (let i = 0; i < n; i++) {
    out[i] = 2 * (x[0] ?? 0) - (x[n - i] ?? 0);
    out[n + x.length + i] = 2 * (x[last] ?? 0) - (x[last - 1 - i] ?? 0);
  }
  out.set(x, n);
  return out;
}

/** Gaps as straight lines between their edges. */
export function bridged(x: Float32Array): Float64Array {
  const out = Float64Array.from(x);
  let before = -1;
  for (let i = 0; i <= out.length; i++) {
    if (i < out.length && Number.isNaN(out[i])) continue;
    const from = out[before] ?? out[i] ?? 0;
    const to = out[i] ?? from;
    for (let k = before + 1; k < i; k++) out[k] = from + ((to - from) * (k - before)) / (i - before);
    before = i;
  }
  return out;
}

/** As it stands on the paper: "0.5–40 Hz · ~50 Hz"; empty where nothing is filtered. */
export function bandText(b: Band): string {
  const parts: string[] = [];
  if (b.low && b.high) parts.push(`${b.low}–${b.high} Hz`);
  else if (b.low) parts.push(`≥ ${b.low} Hz`);
  else if (b.high) parts.push(`≤ ${b.high} Hz`);
  if (b.notch) parts.push(`AC ${b.notch} Hz`);
  return parts.join(' · ');
}

/** The same for the filters of a reader, as far as this rate of samples allows them. */
export function filterText(f: Filters, rate: number): string {
  const can = <T extends number>(v: T) => (v && possible(v, rate) ? v : undefined);
  return bandText({ low: f.high || undefined, high: can(f.low), notch: can(f.notch) });
}
