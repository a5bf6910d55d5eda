// What this client asks to be sent, from what its tiles really show: pure.

import type { View } from './protocol';

/** One tile as it stands on the page. */
export interface Tile {
  from: string;
  source: string;
  /** Height in device pixels. */
  height: number;
  /** Any part of it can be seen. */
  visible: boolean;
  /** The large one, or the one who speaks. */
  main: boolean;
}

/** The screen of somebody or a document before the speaker, the speaker before the rest. */
function priorityOf(tile: Tile): number {
  if (tile.source !== 'camera') return tile.main ? 4 : 3;
  return tile.main ? 2 : 1;
}

const steps = [90, 135, 180, 270, 360, 540, 720, 1080] as const;

/** Heights in steps: a window that is being dragged does not ask for another picture at every pixel. */
export function stepOf(height: number): number {
  if (height <= 0) return 0;
  return steps.find((s) => height <= s * 1.1) ?? 1080;
}

/**
 * The wishes for all tiles. Two tiles of one stream count as the larger; `hidden` is the whole page out of sight: nothing is shown then, but for `floating`, the stream in the
 * picture-in-picture window.
 */
export function viewsOf(tiles: readonly Tile[], hidden: boolean, floating?: { from: string; source: string }): View[] {
  const all = new Map<string, View>();
  for (const tile of tiles) {
    const floats = floating?.from === tile.from && floating.source === tile.source;
    const shown = tile.visible && !hidden;
    const height = stepOf(shown ? tile.height : floats ? 180 : 0);
    const key = `${tile.from} ${tile.source}`;
    const before = all.get(key);
    if (before && before.height >= height) continue;
    all.set(key, { from: tile.from, source: tile.source, height, priority: priorityOf(tile) });
  }
  return [...all.values()].sort((a, b) => b.priority - a.priority || a.from.localeCompare(b.from));
}

export function sameViews(a: readonly View[], b: readonly View[]): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
