import { useEffect, useMemo, useRef, useState, useSyncExternalStore } from 'react';
import type { Viewer } from './engine';
import { countOf } from './hanging/layout.model';
import type { Shared } from './hanging/screens.model';
import { useHanging } from './hanging/use-hanging';
import { useScreens } from './hanging/use-screens';
import { useSync } from './hanging/use-sync';
import type { Pane } from './pane';
import { useStudy } from './useStudy';
import type { Beside } from './ViewerPane';

export type Viewing = ReturnType<typeof useViewing>;

/** What is on show where: the studies, how they are hung, the active pane, and what other screens share. */
export function useViewing(viewer: Viewer, studyUid: string, asked: Beside | undefined, screen: number) {
  const [shared, setShared] = useState<Shared>(); // by the main window, on another screen
  const [alone, setAlone] = useState(false);
  const beside = screen > 0 ? shared?.beside : asked;
  const own = useStudy(studyUid);
  const other = useStudy(beside?.study);
  const series = useMemo(() => [...own.series, ...other.series], [own.series, other.series]);
  const byUid = useMemo(() => new Map(series.map((s) => [s.uid, s])), [series]);
  const [active, setActive] = useState(0);
  const [synced, setSynced] = useState(false);
  const panes = useRef(new Map<number, Pane>());
  // As they were when this was rendered: effects must not hang on what changes between renders.
  const [standing, setStanding] = useState<ReadonlyMap<number, Pane>>(new Map());
  const [, redraw] = useState(0);
  const tool = useSyncExternalStore(viewer.subscribe, () => viewer.tool);
  const linked = useSyncExternalStore(viewer.subscribe, () => viewer.linked);
  const { screens, framed } = useScreens({
    viewer,
    study: studyUid,
    screen,
    shared: { linked, synced, tool, beside },
    series: byUid,
    active: standing.get(active) ?? standing.get(0),
    panes: () => panes.current.values(),
    onShared: (s) => {
      setShared(s);
      setAlone(false);
      setSynced(s.synced);
      if (viewer.linked !== s.linked) viewer.link(s.linked);
      if (viewer.tool !== s.tool) viewer.selectTool(s.tool);
    },
    onMainGone: () => setAlone(true),
  });
  const hanging = useHanging(own.series, other.series, screen, Math.max(screens, screen + 1));
  const count = countOf(hanging.layout);
  const shown = hanging.slots.map((slot) => byUid.get(slot?.series ?? ''));
  const at = Math.min(active, count - 1);
  const leading = standing.get(at);
  useSync(synced, leading, () => panes.current.values(), framed);

  useEffect(() => {
    if (!own.pending) viewer.ahead(own.series);
  }, [viewer, own.pending, own.series]);
  // Another study beside: hung as the protocol says, and turned together.
  const { rehang, linked: turned } = hanging;
  const besideThere = other.series.length > 0 ? beside?.study : undefined;
  // biome-ignore lint/correctness/useExhaustiveDependencies: once for each study that comes beside
  useEffect(() => {
    if (!besideThere) return;
    rehang();
    if (turned) viewer.link(true);
  }, [viewer, besideThere]);

  return {
    ...{ own, other, beside, series, byUid, screens, alone, hanging, count, shown, tool, linked, synced, setSynced },
    /** The active pane's place, and its series. */
    at,
    current: shown[at],
    leading,
    setActive,
    panes: panes.current as ReadonlyMap<number, Pane>,
    pane: () => panes.current.get(at),
    put: (place: number, pane: Pane | undefined) => {
      if (pane) panes.current.set(place, pane);
      else panes.current.delete(place);
      setStanding(new Map(panes.current));
    },
    show: (place: number, uid: string) => {
      if (byUid.has(uid)) hanging.show(place, uid);
    },
    redraw: () => redraw((n) => n + 1),
  };
}
