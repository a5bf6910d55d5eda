/** What fingers mean beside dragging. Pure. */

/** A finger that came and went. */
export interface Tap {
  readonly x: number;
  readonly y: number;
  readonly down: number; // ms
  readonly up: number;
}

const short = 250; // ms of one tap
const between = 320; // ms from one tap to the next
const near = 32; // px

/** Whether two taps are one double tap. */
export function isDoubleTap(first: Tap | undefined, second: Tap): boolean {
  if (!first) return false;
  const quick = first.up - first.down < short && second.up - second.down < short && second.down - first.up < between;
  return quick && Math.hypot(second.x - first.x, second.y - first.y) < near;
}
