import { cache } from '@cornerstonejs/core';
import { useEffect, useRef, useState, useSyncExternalStore } from 'react';
import { machine } from '../able/able';
import type { Able } from '../able/able.model';
import { tag, text } from '../dicom.model';
import type { Viewer } from '../engine';
import type { Command } from '../keys.model';
import type { Measurement } from '../measurements.model';
import type { Pane } from '../pane';
import type { Series } from '../study.model';
import { isHand } from '../tools';
import { centreOf, unit, vec } from '../vector.model';
import type { Window } from '../window.model';
import type { PlaneName } from './planes.model';
import { Reconstruction } from './reconstruction';
import { type Budget, type Flaw, isExact, judgeVolume, nearestFrame, type VolumeShape } from './volume.model';

const share = 0.6; // of the cache: stacks beside a volume need some, too
const side = 2048; // the longest side of a texture in three dimensions that every WebGL 2 machine here has had

export interface VolumeMode {
  /** What is reconstructed; undefined while stacks are on show. */
  readonly volume: Reconstruction | undefined;
  readonly series: Series | undefined;
  readonly refused:
    | { readonly flaw: Flaw | 'body' | 'lost' | 'bodyLost' | Undrawable; readonly detail?: number }
    | undefined;
  readonly active: PlaneName;
  readonly solid: boolean;
  setActive: (plane: PlaneName) => void;
  setSolid: (on: boolean) => void;
  /** The graphics card has lost the body; another is made when it is opened again. */
  bodyLost: () => void;
  leave: () => void;
  /** Shows the plane of a measurement through its middle, in the volume of its series. */
  goTo: (series: Series, m: Placed) => void;
  /** Does what a key or a button asks of a volume; false: it is not its business. */
  run: (c: Command) => boolean;
}

/** Where a measurement stands in the patient. */
export type Placed = Pick<Measurement, 'points' | 'viewPlaneNormal' | 'viewUp'>;

/** Reconstruction of the series in the active pane, opened and left by the same key. */
export function useVolume(
  viewer: Viewer,
  current: Series | undefined,
  pane: () => Pane | undefined,
  windows: readonly Window[],
): VolumeMode {
  const [made, setMade] = useState<{ volume: Reconstruction; series: Series }>();
  const [refused, setRefused] = useState<VolumeMode['refused']>();
  const [active, setActive] = useState<PlaneName>('axial');
  const [solid, setSolid] = useState(false);
  // The planes leave their elements before the volume goes.
  const last = useRef<Reconstruction>(undefined);
  useEffect(() => {
    if (last.current !== made?.volume) last.current?.destroy();
    last.current = made?.volume;
  }, [made]);
  useEffect(() => () => last.current?.destroy(), []);
  useEffect(() => {
    if (!refused) return;
    const timer = setTimeout(() => setRefused(undefined), 12_000);
    return () => clearTimeout(timer);
  }, [refused]);

  const leave = () => setMade(undefined);
  const { draw } = useSyncExternalStore(machine.subscribe, machine.snapshot);
  /** The stack goes on where the planes crossed. */
  const putBack = (flaw: 'lost' | 'bodyLost') => {
    if (!made) return;
    const index = crossedAt(made.volume, made.series);
    const stack = pane();
    if (stack?.series?.uid === made.series.uid && index >= 0) stack.goTo(index);
    setRefused({ flaw, detail: index + 1 });
    setMade(undefined);
  };
  useEffect(() => {
    if (made && made.volume.draw !== draw) putBack('lost'); // the card that drew it is gone
  });
  const showBody = (on: boolean) => {
    setSolid(on && draw === 'gpu');
    if (on && draw === 'cpu') setRefused({ flaw: 'body' });
  };
  const refuseDrawing = (why: VolumeMode['refused']) => {
    setRefused(why);
    if (!isHand(viewer.tool)) viewer.selectTool('window');
  };
  const open = (series: Series | undefined, withBody: boolean): Reconstruction | undefined => {
    if (!series) return undefined;
    const verdict = judgeVolume(series, budget());
    if (!verdict.ok) {
      setRefused({ flaw: verdict.flaw, detail: verdict.detail });
      return undefined;
    }
    const { center, width } = pane()?.state ?? {};
    const window = center !== undefined && width !== undefined ? { center, width } : undefined;
    const why = undrawable(series, verdict.shape, draw);
    if (!why || isHand(viewer.tool)) setRefused(undefined);
    else refuseDrawing(why);
    setActive('axial');
    showBody(withBody);
    const volume = new Reconstruction(viewer, series, verdict.shape, viewer.images(series), window, draw);
    setMade({ volume, series });
    return volume;
  };
  const goTo = (series: Series, { points, viewPlaneNormal, viewUp }: Placed) => {
    const volume = made?.series.uid === series.uid ? made.volume : open(series, false);
    if (!volume || !viewPlaneNormal || !viewUp) return;
    if (volume.draw === 'cpu') setRefused({ flaw: 'processor' }); // it is led to, and not seen there
    setActive(volume.lookOn({ normal: unit(vec(viewPlaneNormal)), up: unit(vec(viewUp)) }, centreOf(points)));
  };
  const run = (c: Command): boolean => {
    const volume = made?.volume;
    if (c.do === 'volume') {
      if (volume) leave();
      else open(current, false);
      return true;
    }
    if (c.do === 'solid') {
      if (volume) showBody(!solid);
      else open(current, true);
      return true;
    }
    const why =
      made && c.do === 'tool' && !isHand(c.tool) && undrawable(made.series, made.volume.shape, made.volume.draw);
    if (why) {
      refuseDrawing(why);
      return true;
    }
    return volume !== undefined && commanded(volume, c, active, windows);
  };
  return {
    volume: made?.volume,
    series: made?.series,
    refused,
    active,
    solid,
    setActive,
    setSolid: showBody,
    bodyLost: () => putBack('bodyLost'),
    leave,
    goTo,
    run,
  };
}

/** The picture of a series that is nearest to where the planes of its volume cross. */
function crossedAt(volume: Reconstruction, series: Series): number {
  const frame = nearestFrame(series.frames, volume.state.at);
  return frame ? series.frames.indexOf(frame) : -1;
}

/** What the viewer's own keys do to a volume. Those of stacks alone do nothing. */
function commanded(volume: Reconstruction, c: Command, plane: PlaneName, windows: readonly Window[]): boolean {
  switch (c.do) {
    case 'scroll':
      volume.scroll(plane, c.by);
      return true;
    case 'edge':
      volume.scroll(plane, c.to === 'first' ? -10_000 : 10_000);
      return true;
    case 'preset': {
      const w = windows[c.index];
      if (w) volume.setWindow(w.center, w.width);
      return true;
    }
    case 'slab':
      volume.nextSlab();
      return true;
    case 'invert':
      volume.invert();
      return true;
    case 'rotate':
      volume.rotate(plane);
      return true;
    case 'reset':
      volume.reset();
      return true;
    case 'tool':
    case 'overlay':
    case 'delete':
    case 'deleteAll':
    case 'hide':
    case 'undo':
    case 'redo':
      return false;
    default:
      return true;
  }
}

/** frame: what is drawn could not be found again; shifted: lengths would be wrong; processor: nothing is measured on what it cuts. */
type Undrawable = 'frame' | 'shifted' | 'processor';

/** Why nothing is drawn on planes through a series; undefined where it is. */
function undrawable(
  series: Series,
  shape: VolumeShape,
  draw: Able['draw'],
): { flaw: Undrawable; detail?: number } | undefined {
  if (draw === 'cpu') return { flaw: 'processor' };
  // Its places are in no frame of reference (PS3.3 C.7.4.1).
  if (text(series.metadata, tag.frameOfReference) === '') return { flaw: 'frame' };
  return isExact(shape) ? undefined : { flaw: 'shifted', detail: Math.round(shape.off * 10) / 10 };
}

function budget(): Budget {
  return { bytes: cache.getMaxCacheSize() * share, side };
}
