/** How fast a cine goes, and which frame it shows. Pure. */
import { type DicomJson, num, numbers, tag } from './dicom.model';

const vector = '00181065';
const recommended = '00082144';

/** What says how fast frames follow one another: Frame Time, Frame Time Vector, Cine Rate, Recommended Display Frame Rate. */
export const timed = [tag.frameTime, vector, tag.cineRate, recommended] as const;

/** Types of scintigrams whose frames are views or slices: nothing moves in them (PS3.3 C.8.4.9.1.1). */
const still = /^(STATIC|WHOLE BODY|RECON TOMO)$/;

/**
 * Frames a second (PS3.3 C.7.6.5): as the device recommends, as it recorded, by the time of a frame or the mean of many; 15 where a multi-frame
 * object has none of these.
 */
export function cineRate(d: DicomJson): number {
  if ((num(d, tag.frames) ?? 1) <= 1) return 0;
  const steps = stepsOf(d);
  const mean = steps && steps.reduce((sum, v) => sum + v, 0) / steps.length;
  const time = [num(d, tag.frameTime), mean].find((v) => v !== undefined && v > 0);
  const rate = [num(d, recommended), num(d, tag.cineRate)].find((v) => v !== undefined && v > 0);
  if (!rate && !time && still.test(String(d[tag.imageType]?.Value?.[2] ?? ''))) return 0;
  const wanted = rate ?? (time ? 1000 / time : 15);
  return Math.min(60, Math.max(0.1, Math.round(wanted * 10) / 10));
}

/** The times between frames, if there are as many as frames; what the first entry says lies before the first frame. */
function stepsOf(d: DicomJson): number[] | undefined {
  const all = numbers(d, vector).slice(1);
  return all.length > 0 && all.length === (num(d, tag.frames) ?? 1) - 1 && all.every((v) => v > 0) ? all : undefined;
}

/** How long each frame stays, in ms, where the times differ and nothing else says how fast it goes; the last stays as long as the one before. */
export function cineSteps(d: DicomJson): readonly number[] | undefined {
  const steps = [recommended, tag.cineRate, tag.frameTime].some((t) => num(d, t)) ? undefined : stepsOf(d);
  if (!steps || Math.max(...steps) - Math.min(...steps) < 1) return undefined;
  return [...steps, steps.at(-1) ?? 0];
}

/** The frame after some time by the times of frames, in a loop. speed: how much faster than they were recorded. */
export function frameAfter(from: number, elapsedMs: number, steps: readonly number[], speed: number): number {
  const whole = steps.reduce((sum, v) => sum + v, 0);
  const begun = steps.slice(0, from).reduce((sum, v) => sum + v, 0);
  let left = (begun + elapsedMs * speed) % whole;
  const at = steps.findIndex((v) => {
    left -= v;
    return left < 0;
  });
  return Math.max(0, at);
}

/** Frames follow the clock: a machine that is too slow leaves frames out and keeps the rate. */
export function frameAt(from: number, elapsedMs: number, rate: number, count: number): number {
  if (count <= 0) return 0;
  return (from + Math.floor((elapsedMs * rate) / 1000)) % count;
}

const rates: readonly number[] = [1, 2, 5, 8, 10, 12, 15, 20, 25, 30, 40, 60]; // frames a second

/** The next slower or faster rate. */
export function nextRate(rate: number, by: 1 | -1): number {
  const next = by > 0 ? rates.find((r) => r > rate + 0.5) : rates.findLast((r) => r < rate - 0.5);
  return next ?? rate;
}

/**
 * How far a cine may go towards the frame that the clock wants: over frames that are here, in their order. It waits for the next one rather than
 * jump over what has not come.
 */
export function reachable(index: number, wanted: number, count: number, here: (index: number) => boolean): number {
  let at = index;
  while (at !== wanted && here((at + 1) % count)) at = (at + 1) % count;
  return at;
}
