import { useMemo, useRef, useState } from 'react';
import type { Viewer } from './engine';
import type { Measurement } from './measurements.model';
import type { Pane } from './pane';
import type { Series } from './study.model';
import { nextMark } from './tools/tour.model';
import type { Jump } from './useJump';

/** Goes from measurement to measurement, and to what was taken back. */
export function useMarkTour(viewer: Viewer, series: readonly Series[], pane: () => Pane | undefined) {
  const [jump, setJump] = useState<Jump>();
  const last = useRef<string>(undefined);
  const go = (to: Measurement | undefined) => {
    if (!to) return;
    last.current = to.id;
    viewer.select(to.id);
    setJump((j) => ({ to, nth: (j?.nth ?? 0) + 1 }));
  };
  const places = useMemo(() => {
    const frames = series.flatMap((s) => s.frames);
    return new Map(frames.map((f, i) => [`${f.instanceUid}/${f.frame}`, i]));
  }, [series]);
  const place = (m: { instance: string; frame: number }) => places.get(`${m.instance}/${m.frame}`) ?? -1;
  const here = () => {
    const p = pane();
    const f = p?.series?.frames[p.state.index];
    return f && { instance: f.instanceUid, frame: f.frame };
  };
  const step = (study: string, by: 1 | -1) => {
    const at = here();
    const all = viewer.measurements(study);
    const shown = all.find((m) => m.id === last.current && m.space); // on a plane, wherever the pane stands
    const from = { mark: last.current, place: shown ? place(shown) : at ? place(at) : 0 };
    go(nextMark(all, place, from, by));
  };
  return { jump, go, step };
}
