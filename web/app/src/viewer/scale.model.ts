/** The bar at the edge of a picture by which lengths are judged. Pure. */

const lengths = [1, 2, 5, 10, 20, 50, 100, 200];

export interface Bar {
  readonly mm: number;
  readonly pixels: number;
}

/** The longest round length that takes at most a third of the pane. */
export function barOf(mmPerPixel: number, paneWidth: number): Bar | undefined {
  if (!(mmPerPixel > 0) || !Number.isFinite(mmPerPixel)) return undefined;
  const mm = lengths.filter((l) => l / mmPerPixel <= paneWidth / 3).at(-1);
  return mm === undefined ? undefined : { mm, pixels: mm / mmPerPixel };
}
