/** How a drag changes a window. Pure. */

export interface Window {
  readonly width: number;
  readonly center: number;
}

const doubling = 180; // px of a drag to the right that double the width
const shift = 360; // px of a drag downward that move the centre by one width

/** A drag to the right widens, a drag downward darkens (raises the centre), both in proportion to the window. */
export function draggedWindow(w: Window, dx: number, dy: number): Window {
  const width = Math.max(1, w.width * 2 ** (dx / doubling));
  return { width, center: w.center + (dy / shift) * w.width };
}
