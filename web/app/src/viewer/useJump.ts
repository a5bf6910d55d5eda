import { useLayoutEffect, useRef } from 'react';
import type { Measurement } from './measurements.model';
import type { Pane } from './pane';
import type { Series } from './study.model';
import type { Viewing } from './useViewing';
import type { Placed, VolumeMode } from './volume/use-volume';

/** A wish to see a measurement or a picture; `nth` tells one wish from the next. */
export interface Jump {
  readonly to: Pick<Measurement, 'series' | 'instance' | 'frame' | 'space'> & Partial<Placed>;
  readonly nth: number;
}

/**
 * Brings a measurement on show. Its picture: in a pane that has its series, or in the active one. What was drawn on a plane through a
 * volume, and all of a volume that is open: on its plane.
 */
export function useJump(jump: Jump | undefined, viewing: Viewing, mode: VolumeMode) {
  const done = useRef(0);
  // Runs after every render: the wanted series may still be on its way, or its pane about to open it. Before any other event: a key that
  // follows the click at once turns what was led to.
  useLayoutEffect(() => {
    if (!jump || jump.nth === done.current) return;
    const { series, space } = jump.to;
    const wanted = viewing.byUid.get(series);
    const index = wanted ? indexOf(wanted, jump.to) : -1;
    if (!wanted || index < 0) return;
    if (space && viewing.own.pending) return; // slices that are still on their way may make a volume of it
    const placed = inVolume(jump.to, mode);
    if (placed) {
      done.current = jump.nth;
      return mode.goTo(wanted, placed);
    }
    const there = viewing.shown.findIndex((s) => s?.uid === wanted.uid);
    if (there < 0) return viewing.show(viewing.at, wanted.uid);
    const pane = paneOf(wanted, there, viewing);
    if (pane === undefined) return;
    done.current = jump.nth;
    if (mode.volume) mode.leave();
    viewing.setActive(there); // keys go on from what was led to
    pane?.goTo(index);
  });
}

/** The pane that has opened the series; undefined until it has, null for what is shown whole: the paper of an ECG. */
function paneOf(wanted: Series, at: number, { panes }: Viewing): Pane | null | undefined {
  if (wanted.kind !== 'stack') return null;
  const pane = panes.get(at);
  return pane?.series?.uid === wanted.uid ? pane : undefined;
}

/** Its place, if it is shown on a plane. */
function inVolume({ series, space, points = [], ...plane }: Jump['to'], mode: VolumeMode): Placed | undefined {
  // What lies on a slice shows on planes that the graphics card draws.
  const there = space !== undefined || (mode.series?.uid === series && mode.volume?.draw === 'gpu');
  return there && points.length > 0 ? { ...plane, points } : undefined;
}

function indexOf(series: Series, { instance, frame }: Jump['to']): number {
  return series.frames.findIndex((f) => f.instanceUid === instance && f.frame === frame);
}
