/** Which frame a cine shows. Pure. */

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
