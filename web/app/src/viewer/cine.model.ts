/** Which frame a cine shows. Pure. */

/** Frames follow the clock: a machine that is too slow leaves frames out and keeps the rate. */
export function frameAt(from: number, elapsedMs: number, rate: number, count: number): number {
  if (count <= 0) return 0;
  return (from + Math.floor((elapsedMs * rate) / 1000)) % count;
}
