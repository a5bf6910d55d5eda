/** Which frame a cine shows. Pure. */

/** Frames follow the clock: a machine that is too slow leaves frames out and keeps the rate. */
export function frameAt(from: number, elapsedMs: number, rate: number, count: number): number {
  if (count <= 0) return 0;
  return (from + Math.floor((elapsedMs * rate) / 1000)) % count;
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
