/** From wheel events to slices. Pure. */

export interface WheelTurn {
  readonly deltaY: number;
  readonly deltaMode: number; // 0 pixels, 1 lines, 2 pages (UI Events 5.3)
}

const notch = 50; // px: a single event of a mouse wheel is at least this
const stride = 32; // px of a finger on a touch pad for one slice

/**
 * One slice for each notch of a wheel, however many pixels the system gives it; a touch pad's stream of small deltas
 * adds up. rest is what was not yet a slice.
 */
export function wheelSteps(rest: number, e: WheelTurn): { steps: number; rest: number } {
  if (e.deltaY === 0) return { steps: 0, rest };
  if (e.deltaMode !== 0 || Math.abs(e.deltaY) >= notch) return { steps: Math.sign(e.deltaY), rest: 0 };
  const sum = (Math.sign(rest) === Math.sign(e.deltaY) ? rest : 0) + e.deltaY;
  const steps = Math.trunc(sum / stride);
  return { steps: steps === 0 ? 0 : steps, rest: sum - steps * stride };
}
