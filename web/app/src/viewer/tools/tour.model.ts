/** From one measurement to the next, in the order of the pictures. Pure. */
import type { Measurement } from '../measurements.model';

/** Where each picture of a study stands. */
export type Order = (m: Pick<Measurement, 'series' | 'instance' | 'frame'>) => number;

/**
 * The measurement after (by 1) or before (by -1) the one that was shown last, round and round; without one, the first
 * from the picture on show.
 */
export function nextMark(
  all: readonly Measurement[],
  order: Order,
  from: { mark: string | undefined; place: number },
  by: 1 | -1,
): Measurement | undefined {
  const sorted = [...all].sort((a, b) => order(a) - order(b));
  const last = sorted.findIndex((m) => m.id === from.mark && order(m) === from.place);
  if (last >= 0) return sorted.at((last + by) % sorted.length);
  const on = by > 0 ? sorted.find((m) => order(m) >= from.place) : sorted.findLast((m) => order(m) <= from.place);
  return on ?? sorted.at(by > 0 ? 0 : -1);
}
