/** What can be taken back and done again. Pure. */
import type { Measurement } from './measurements.model';

export interface History<T> {
  readonly past: readonly T[];
  readonly future: readonly T[];
}

const bound = 100; // steps

export const noHistory: History<never> = { past: [], future: [] };

/** A new step: what was taken back before it is gone. */
export function remember<T>(h: History<T>, step: T): History<T> {
  return { past: [...h.past, step].slice(-bound), future: [] };
}

/** Takes the last step back; undefined when there is none. */
export function back<T>(h: History<T>): { step: T; history: History<T> } | undefined {
  const step = h.past.at(-1);
  return step && { step, history: { past: h.past.slice(0, -1), future: [step, ...h.future] } };
}

/** Does the next step again. */
export function forward<T>(h: History<T>): { step: T; history: History<T> } | undefined {
  const step = h.future[0];
  return step && { step, history: { past: [...h.past, step], future: h.future.slice(1) } };
}

/** One measurement before and after a step: made without the one, removed without the other. */
export interface MarkChange {
  readonly before?: Measurement;
  readonly after?: Measurement;
}

/** What a person did between two lists; numbers that were only computed again are nothing done. */
export function changesOf(before: readonly Measurement[], after: readonly Measurement[]): MarkChange[] {
  const was = new Map(before.map((m) => [m.id, m]));
  const is = new Map(after.map((m) => [m.id, m]));
  const gone = before.filter((m) => !is.has(m.id)).map((m) => ({ before: m }));
  const rest = after.flatMap((m) => {
    const old = was.get(m.id);
    return old && placeOf(old) === placeOf(m) ? [] : [{ before: old, after: m }];
  });
  return [...gone, ...rest];
}

/** Where a measurement lies and what it says, without what is computed. */
export function placeOf({ points, label, closed, known, textBox }: Measurement): string {
  return JSON.stringify([points, label, closed, known, textBox]);
}
