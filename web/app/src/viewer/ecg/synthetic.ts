/** An ECG whose every interval is known, for tests. */
import type { Ecg } from './ecg.model';

export interface Truth {
  readonly hz?: number;
  readonly seconds?: number;
  readonly rate?: number; // beats a minute
  readonly pr?: number; // ms
  readonly qrs?: number;
  readonly qt?: number;
  readonly p?: number; // ms, length of the P wave; 0: none
  readonly axis?: number; // degrees
  readonly noise?: number; // mV, standard deviation
  readonly mains?: number; // mV at mainsHz
  readonly mainsHz?: number;
  readonly wander?: number; // mV at 0.3 Hz
  readonly jitter?: number; // share of RR by which beats come early or late
  readonly spikes?: boolean; // of a pacemaker before each QRS
  readonly st?: number; // mV of an elevation that climbs out of the QRS into the T wave
  readonly early?: number; // this beat comes early and wide
}

const names = ['I', 'II', 'III', 'aVR', 'aVL', 'aVF', 'V1', 'V2', 'V3', 'V4', 'V5', 'V6'];
const chest = [0.3, 0.6, 0.9, 1.3, 1.2, 0.9];

/** A generator of even numbers that always says the same. */
function random(seed: number): () => number {
  let s = seed;
  return () => {
    s = (s * 1_664_525 + 1_013_904_223) % 4_294_967_296;
    return s / 4_294_967_296;
  };
}

export function synthetic(o: Truth = {}): Ecg & { readonly onsets: readonly number[] } {
  const { hz = 500, seconds = 10, rate = 72, pr = 160, qrs = 90, qt = 380, p = 100, axis = 60 } = o;
  const rnd = random(7);
  const normal = () => Math.sqrt(-2 * Math.log(rnd() + 1e-12)) * Math.cos(2 * Math.PI * rnd());
  const rr = 60 / rate;
  const onsets: number[] = []; // of the QRS, s
  for (let t = 0.35; t < seconds + 1; t += rr * (1 + (o.jitter ?? 0) * (2 * rnd() - 1))) onsets.push(t);
  const early = o.early === undefined ? undefined : onsets[o.early];
  if (early !== undefined && o.early !== undefined) onsets[o.early] = early - 0.3 * rr;
  const leads = names.map((name, c) => {
    const gain = gainOf(name, c, axis);
    const phase = 6 * rnd();
    const millivolts = Float32Array.from({ length: hz * seconds }, (_, i) => {
      const t = i / hz;
      let v = (o.noise ?? 0) * normal() + (o.wander ?? 0) * Math.sin(2 * Math.PI * 0.3 * t + phase);
      v += (o.mains ?? 0) * Math.sin(2 * Math.PI * (o.mainsHz ?? 50) * t + phase);
      onsets.forEach((on, k) => {
        const ms = (t - on) * 1000;
        if (ms < -400 || ms > 700) return;
        v +=
          k === o.early
            ? -1.4 * gain * complex(ms, 160)
            : gain *
              (beat(ms, pr, qrs, qt, p) +
                (o.st ?? 0) * Math.exp(-(((ms - qrs - 65) / 50) ** 2) / 2) * (ms > qrs ? 1 : 0));
        if (o.spikes && ms > -24 && ms <= -22) v += 2;
      });
      return v;
    });
    return { name, millivolts };
  });
  return { rate: hz, seconds, leads, device: {}, label: 'RHYTHM', onsets };
}

/** Limb leads see a vector of this axis (Einthoven, Goldberger); chest leads are only scaled. */
function gainOf(name: string, c: number, axis: number): number {
  const angles: Record<string, number> = { I: 0, II: 60, III: 120, aVF: 90, aVL: -30, aVR: -150 };
  const own = angles[name];
  if (own === undefined) return chest[c - 6] ?? 1;
  const cos = Math.cos(((axis - own) * Math.PI) / 180);
  return name.startsWith('a') ? cos * (Math.sqrt(3) / 2) : cos;
}

/** mV at so many ms from the onset of the QRS, for a lead of gain 1. */
function beat(ms: number, pr: number, qrs: number, qt: number, p: number): number {
  let v = complex(ms, qrs);
  if (p > 0 && ms > -pr && ms < p - pr) v += 0.15 * Math.sin((Math.PI * (ms + pr)) / p) ** 1.5;
  // T climbs slowly, and falls with a slope that is steepest where it ends.
  const peak = qt - 90;
  const rise = 120;
  if (ms > peak - rise && ms <= peak) v += 0.15 * (1 - Math.cos((Math.PI * (ms - peak + rise)) / rise));
  if (ms > peak && ms < qt) v += 0.3 * Math.cos((Math.PI * (ms - peak)) / 180);
  return v;
}

/** q, R and s as straight lines, which begin and end where the truth says. */
function complex(ms: number, qrs: number): number {
  const corners = [
    [0, 0],
    [0.16, -0.12],
    [0.48, 1.2],
    [0.8, -0.25],
    [1, 0],
  ] as const;
  const x = ms / qrs;
  if (x <= 0 || x >= 1) return 0;
  const k = corners.findIndex(([at]) => at > x);
  const [x0, y0] = corners[k - 1] ?? [0, 0];
  const [x1, y1] = corners[k] ?? [1, 0];
  return y0 + ((y1 - y0) * (x - x0)) / (x1 - x0);
}
