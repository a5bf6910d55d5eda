import { useEffect, useRef } from 'react';
import type { Measurement } from './measurements.model';
import type { Pane } from './pane';
import type { Series } from './study.model';

/** A wish to see a measurement; `nth` tells one wish from the next. */
export interface Jump {
  readonly to: Pick<Measurement, 'series' | 'instance' | 'frame'>;
  readonly nth: number;
}

/** Brings the picture of a measurement on show: in a pane that has its series, or in the active one. */
export function useJump(
  jump: Jump | undefined,
  series: readonly Series[],
  shown: readonly (Series | undefined)[],
  active: number,
  show: (pane: number, uid: string) => void,
  panes: ReadonlyMap<number, Pane>,
) {
  const done = useRef(0);
  // Runs after every render: the wanted series may still be on its way, or its pane about to open it.
  useEffect(() => {
    if (!jump || jump.nth === done.current) return;
    const wanted = series.find((s) => s.uid === jump.to.series);
    const index =
      wanted?.frames.findIndex((f) => f.instanceUid === jump.to.instance && f.frame === jump.to.frame) ?? -1;
    if (!wanted || index < 0) return;
    const there = shown.findIndex((s) => s?.uid === wanted.uid);
    if (there < 0) return show(active, wanted.uid);
    const pane = panes.get(there);
    if (pane?.series?.uid !== wanted.uid) return;
    done.current = jump.nth;
    pane.goTo(index);
  });
}
