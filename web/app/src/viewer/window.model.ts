/** How a drag changes a window. Pure. */

export interface Window {
  readonly width: number;
  readonly center: number;
}

/** The lowest and the highest value that a window tells apart. */
export interface Range {
  readonly lower: number;
  readonly upper: number;
}

/** By the curve of the picture: PS3.3 C.11.2.1.2.1 counts whole values, C.11.2.1.3.2 what lies between them, too. */
export function rangeOf({ center, width }: Window, curve?: string): Range {
  if (curve === 'LINEAR_EXACT') return { lower: center - width / 2, upper: center + width / 2 };
  return { lower: center - width / 2, upper: center + width / 2 - 1 };
}

export function windowIn({ lower, upper }: Range, curve?: string): Window {
  const one = curve === 'LINEAR_EXACT' ? 0 : 1;
  return { width: upper - lower + one, center: (upper + lower + one) / 2 };
}

/** A number of a window as it is read: whole ones, but for windows so narrow that their parts tell. */
export function legible(v: number, width: number): number {
  const digits = width < 1 ? 3 : width < 20 ? 1 : 0;
  return Number(v.toFixed(digits));
}

const doubling = 180; // px of a drag to the right that double the width
const shift = 360; // px of a drag downward that move the centre by one width

/** A drag to the right widens, a drag downward darkens (raises the centre), both in proportion to the window. */
export function draggedWindow(w: Window, dx: number, dy: number): Window {
  const width = Math.max(Math.min(1, w.width), w.width * 2 ** (dx / doubling));
  return { width, center: w.center + (dy / shift) * w.width };
}

/** A rectangle on a canvas, in its pixels. */
export interface Corners {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** The window that shows these values: all but the outermost hundredth at each end. Undefined without values. */
export function windowOf(values: readonly number[]): Window | undefined {
  if (values.length === 0) return undefined;
  const sorted = [...values].sort((a, b) => a - b);
  const at = (part: number) => sorted[Math.round(part * (sorted.length - 1))] ?? 0;
  const [low, high] = [at(0.01), at(0.99)];
  return { center: (low + high) / 2, width: Math.max(high - low, Math.abs(low) < 1 && high <= 1 ? 0.01 : 1) };
}

/** How to fill a pane with a rectangle of it: the factor of its zoom, and what comes to the middle. */
export function zoomTo(
  box: Corners,
  pane: { width: number; height: number },
): { factor: number; middle: [number, number] } {
  const factor = Math.min(pane.width / box.width, pane.height / box.height);
  return { factor, middle: [box.x + box.width / 2, box.y + box.height / 2] };
}
