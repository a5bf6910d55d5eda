import { useEffect, useState } from 'react';
import type { Pane } from '../pane';
import type { Series } from '../study.model';
import type { Jump } from '../useJump';
import { type PictureRef, samePicture } from './drawing.model';
import { paneLook } from './look.model';
import type { Shown } from './presentation.model';
import type { LayersControl } from './use-objects';

const look = 100; // ms between looks whether the picture is on show yet
const patience = 100; // looks

/** The way from an object to its pictures, and to how they are to be shown. */
export function useWay(all: readonly Series[], panes: ReadonlyMap<number, Pane>, layers: LayersControl) {
  const [jump, setJump] = useState<Jump>();
  const [wanted, setWanted] = useState<Shown>();
  const go = (p: PictureRef) => {
    const series = seriesOf(all, p);
    if (series) setJump((j) => ({ to: { ...p, series: series.uid }, nth: (j?.nth ?? 0) + 1 }));
  };
  const present = (instance: string, p: PictureRef) => {
    const o = layers.objects.find((x) => x.instance === instance);
    layers.present(instance);
    go(p);
    if (o?.kind === 'presentation') setWanted(o.presentation.shown.find((s) => samePicture(s.picture, p)));
  };
  useEffect(() => {
    if (!wanted) return;
    let looks = 0;
    const timer = setInterval(() => {
      if (++looks > patience || arrange(wanted, all, panes)) setWanted(undefined);
    }, look);
    return () => clearInterval(timer);
  }, [wanted, all, panes]);
  return { jump, go, present };
}

function seriesOf(all: readonly Series[], p: PictureRef): Series | undefined {
  return all.find(
    (s) =>
      (s.kind === 'stack' || s.kind === 'ecg') &&
      s.frames.some((f) => f.instanceUid === p.instance && f.frame === p.frame),
  );
}

/** Gives the pane that shows the picture its look; false while none does. */
function arrange(s: Shown, all: readonly Series[], panes: ReadonlyMap<number, Pane>): boolean {
  const series = seriesOf(all, s.picture);
  for (const pane of panes.values()) {
    const frame = pane.series?.frames[pane.state.index];
    if (!series || !frame || pane.series?.uid !== series.uid || !pane.placement()) continue;
    if (frame.instanceUid !== s.picture.instance || frame.frame !== s.picture.frame) continue;
    pane.present(paneLook(s, series.uid, frame.metadata, pane.size));
    return true;
  }
  return false;
}
