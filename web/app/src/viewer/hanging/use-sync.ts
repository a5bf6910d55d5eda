import { useEffect } from 'react';
import type { Framing, Pane } from '../pane';

/** What is done to the active pane's window, zoom and place is done to the others, too, while this is on. */
export function useSync(on: boolean, active: Pane | undefined, others: () => Iterable<Pane>): void {
  // biome-ignore lint/correctness/useExhaustiveDependencies: the others are asked each time
  useEffect(() => {
    if (!on || !active) return;
    let last = active.framing();
    const spread = () => {
      const now = active.framing();
      if (!now || !last || same(now, last)) {
        last ??= now;
        return;
      }
      const change: Partial<Framing> = {
        ...(now.window && JSON.stringify(now.window) !== JSON.stringify(last.window) ? { window: now.window } : {}),
        ...(now.zoom !== last.zoom || now.pan[0] !== last.pan[0] || now.pan[1] !== last.pan[1]
          ? { zoom: now.zoom, pan: now.pan }
          : {}),
      };
      last = now;
      for (const pane of others()) {
        if (pane !== active)
          pane.frame(pane.series?.modality === active.series?.modality ? change : { ...change, window: undefined });
      }
    };
    return active.subscribe(spread);
  }, [on, active]);
}

function same(a: Framing, b: Framing): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
