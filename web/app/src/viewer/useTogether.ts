import { useEffect, useRef } from 'react';
import type { Viewer } from './engine';
import type { Measurement } from './measurements.model';
import type { Pane } from './pane';
import type { Series } from './study.model';
import type { Together } from './together';

const settleMs = 150;

interface Wanted {
  viewer: Viewer;
  study: string;
  together: Together | undefined;
  pane: () => Pane | undefined;
  series: ReadonlyMap<string, Series>;
  /** Opens a series in the active pane. */
  open: (series: string) => void;
}

/** Leads with what the active pane shows, or shows what the leader does. */
export function useTogether({ viewer, study, together, pane, series, open }: Wanted): () => void {
  const latest = useRef({ pane, series, open });
  latest.current = { pane, series, open };

  // What the leader shows is shown here, as soon as its series is known and open.
  const follow = useRef<() => void>(() => undefined);
  follow.current = () => {
    const { look, following } = together?.snapshot() ?? {};
    if (!look || !following || look.study !== study) return;
    const active = latest.current.pane();
    if (!latest.current.series.has(look.series)) return;
    if (active?.series?.uid !== look.series) latest.current.open(look.series);
    else active.present(look);
  };
  useEffect(() => together?.subscribe(() => follow.current()), [together]);
  // The wanted series may have come, or its pane been opened, since.
  useEffect(() => follow.current());

  useLead(viewer, study, together, latest);
  useMarksTogether(viewer, study, together);

  // Whoever turns the picture by hand looks for themselves from now on.
  return () => {
    if (together?.snapshot().following && together.snapshot().look) together.follow(false);
  };
}

function useLead(
  viewer: Viewer,
  study: string,
  together: Together | undefined,
  latest: { current: { pane: () => Pane | undefined } },
): void {
  useEffect(() => {
    if (!together) return;
    let watched: Pane | undefined;
    let off: (() => void) | undefined;
    const tell = () => {
      const look = watched?.look();
      if (look && !watched?.state.loading) together.show({ study: watched?.series?.study ?? study, ...look });
    };
    const watch = () => {
      const pane = latest.current.pane();
      if (pane === watched) return;
      off?.();
      watched = pane;
      off = pane?.subscribe(tell);
      tell();
    };
    watch();
    // Panes come and go with the layout; who has just taken the lead tells at once.
    const timer = setInterval(watch, 300);
    let led = together.snapshot().leading;
    const offLead = together.subscribe(() => {
      const { leading } = together.snapshot();
      if (leading && !led) tell();
      led = leading;
    });
    return () => {
      clearInterval(timer);
      off?.();
      offLead();
    };
  }, [study, together, latest]);

  useEffect(() => {
    if (!together) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let last = '[]';
    const tell = () => {
      if (!together.snapshot().leading) return;
      const marks = viewer.measurements(study);
      const text = JSON.stringify(marks);
      if (text === last) return;
      last = text;
      together.mark(study, marks);
    };
    const off = viewer.subscribe(() => {
      clearTimeout(timer);
      timer = setTimeout(tell, settleMs);
    });
    return () => {
      clearTimeout(timer);
      off();
    };
  }, [viewer, study, together]);
}

/** The leader's marks stand on this side's pictures, too; own ones stay. */
function useMarksTogether(viewer: Viewer, study: string, together: Together | undefined): void {
  const before = useRef<ReadonlySet<string>>(new Set());
  useEffect(() => {
    if (!together) return;
    const take = () => {
      const { marks, leading } = together.snapshot();
      if (leading || marks?.study !== study) return;
      const all = marks.marks as readonly Measurement[];
      viewer.adopt(study, all, before.current);
      before.current = new Set(all.map((m) => m.id));
    };
    take();
    return together.subscribe(take);
  }, [viewer, study, together]);
}
