import { useEffect } from 'react';
import type { Pane } from '../pane';
import type { Framing } from '../pane.model';
import { changeOf } from './sync.model';

/** What is done to the active pane's window, zoom and place is done to the others, too, while this is on. */
export function useSync(
  on: boolean,
  active: Pane | undefined,
  others: () => Iterable<Pane>,
  told: (change: Partial<Framing>, modality: string) => void,
): void {
  // biome-ignore lint/correctness/useExhaustiveDependencies: the others are asked each time
  useEffect(() => {
    if (!on || !active) return;
    let last = active.framing();
    return active.subscribe(() => {
      const now = active.framing();
      const change = now && last && changeOf(last, now);
      last = now ?? last;
      if (!change) return;
      told(change, active.series?.modality ?? '');
      for (const pane of others()) if (pane !== active) frameLike(pane, change, active.series?.modality);
    });
  }, [on, active]);
}

/** A window means something for pictures of the same modality only. */
export function frameLike(pane: Pane, change: Partial<Framing>, modality: string | undefined): void {
  pane.frame(pane.series?.modality === modality ? change : { ...change, window: undefined });
}
