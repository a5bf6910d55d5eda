import { useEffect, useRef, useState } from 'react';
import type { Viewer } from '../engine';
import { type Anchor, linkedIndex } from '../link.model';
import { sameMeasurements } from '../measurements.model';
import type { Pane } from '../pane';
import type { Framing } from '../pane.model';
import type { Series } from '../study.model';
import { rememberPlace } from './open-screen';
import { beatMs, heard, type Message, type Presence, present, type Shared } from './screens.model';
import { frameLike } from './use-sync';

interface Wanted {
  viewer: Viewer;
  study: string;
  /** 0: the main window, which writes; others only show. */
  screen: number;
  /** What the main window shares. */
  shared: Shared;
  series: ReadonlyMap<string, Series>;
  active: Pane | undefined;
  panes: () => Iterable<Pane>;
  onShared: (s: Shared) => void;
  onMainGone: () => void;
}

const settleMs = 200;

/** Joins the windows of one study: they turn, window and measure together. Answers how many screens there are. */
export function useScreens(w: Wanted): {
  screens: number;
  framed: (change: Partial<Framing>, modality: string) => void;
} {
  const { viewer, study, screen } = w;
  const latest = useRef(w);
  latest.current = w;
  const [others, setOthers] = useState<Presence>(new Map());
  const link = useRef<(m: Message) => void>(() => undefined);
  const taken = useRef<boolean>(undefined); // the main window's link, as it was told last
  const leads = useRef(false); // the last hand was on this window
  const anchors = useRef(new Map<Pane, { series: string; anchor: Anchor }>()).current;

  useEffect(() => {
    if (!('BroadcastChannel' in window)) return;
    const channel = new BroadcastChannel(`yilian-study-${study}`);
    const post = (m: Message) => channel.postMessage(m);
    link.current = post;
    const main = () => post({ kind: 'main', shared: latest.current.shared });
    const tellMarks = marksTold(viewer, study, post);
    const greeted = new Set<number>();
    const toMain = (m: Message) => {
      setOthers((all) => heard(all, m, Date.now()));
      if (m.kind !== 'hello' || greeted.has(m.screen)) {
        if (m.kind === 'bye') greeted.delete(m.screen);
        return;
      }
      greeted.add(m.screen);
      main();
      tellMarks.now();
    };
    const toOther = (m: Message) => {
      if (m.kind === 'main') {
        taken.current = m.shared.linked;
        latest.current.onShared(m.shared);
      }
      if (m.kind === 'gone') latest.current.onMainGone();
    };
    channel.onmessage = ({ data: m }: MessageEvent<Message>) => {
      if (screen === 0) toMain(m);
      else toOther(m);
      switch (m.kind) {
        case 'tool':
          return viewer.selectTool(m.tool);
        case 'link':
          return viewer.linked !== m.linked && viewer.link(m.linked);
        case 'marks':
          return tellMarks.take(m.marks);
        case 'turned':
          leads.current = false;
          return follow(m, latest.current, anchors);
        case 'framing':
          leads.current = false;
          for (const pane of latest.current.panes()) frameLike(pane, m.change, m.modality);
      }
    };
    const hand = () => {
      if (!leads.current) anchors.clear();
      leads.current = true;
    };
    for (const e of handEvents) window.addEventListener(e, hand, true);
    const leave = () => {
      post(screen > 0 ? { kind: 'bye', screen } : { kind: 'gone' });
    };
    window.addEventListener('pagehide', leave);
    const beat = () => {
      if (screen > 0) {
        rememberPlace(screen); // not when it closes: browsers tell another place then
        post({ kind: 'hello', screen });
      } else setOthers((all) => (present(all, Date.now()).size === all.size ? all : present(all, Date.now())));
    };
    const timer = setInterval(beat, beatMs);
    if (screen > 0) beat();
    else main();
    const off = viewer.subscribe(tellMarks.later);
    return () => {
      leave();
      off();
      tellMarks.stop();
      clearInterval(timer);
      window.removeEventListener('pagehide', leave);
      for (const e of handEvents) window.removeEventListener(e, hand, true);
      channel.close();
      link.current = () => undefined;
    };
  }, [viewer, study, screen, anchors]);

  // The main window's switches are everybody's; a tool chosen anywhere is, and so is the link.
  const { linked, synced, tool, beside } = w.shared;
  // biome-ignore lint/correctness/useExhaustiveDependencies: told when one of them changes
  useEffect(() => {
    if (screen === 0) link.current({ kind: 'main', shared: latest.current.shared });
  }, [screen, linked, synced, tool, beside?.study]);
  useEffect(() => {
    if (screen > 0 && leads.current) link.current({ kind: 'tool', tool });
  }, [screen, tool]);
  useEffect(() => {
    anchors.clear(); // linked anew, they turn from where they stand then
    // What was taken over from the main window is no choice of this one.
    if (screen > 0 && leads.current && linked !== taken.current) link.current({ kind: 'link', linked });
    taken.current = linked;
  }, [screen, linked, anchors]);

  const { active } = w;
  useEffect(() => {
    if (!active) return;
    let last = active.state.index;
    return active.subscribe(() => {
      const { index } = active.state;
      if (index === last || !active.series) return;
      const from = last;
      last = index;
      if (leads.current && latest.current.shared.linked)
        link.current({ kind: 'turned', series: active.series.uid, from, to: index });
    });
  }, [active]);

  const framed = (change: Partial<Framing>, modality: string) => {
    if (leads.current) link.current({ kind: 'framing', change, modality });
  };
  return { screens: 1 + others.size, framed };
}

const handEvents = ['pointerdown', 'wheel', 'keydown'] as const;

type Turned = Extract<Message, { kind: 'turned' }>;

/** Turns this window's panes to where another window's picture stands. */
function follow(m: Turned, w: Wanted, anchors: Map<Pane, { series: string; anchor: Anchor }>): void {
  const from = w.series.get(m.series);
  if (!from) return;
  for (const pane of w.panes()) {
    if (!pane.series || pane.state.count === 0) continue;
    const known = anchors.get(pane);
    const anchor = known?.series === m.series ? known.anchor : { from: m.from, to: pane.state.index };
    anchors.set(pane, { series: m.series, anchor });
    pane.follow(linkedIndex(from, pane.series, m.to, anchor));
  }
}

/** Measurements go to and fro as whole lists; what came is not sent back. */
function marksTold(viewer: Viewer, study: string, post: (m: Message) => void) {
  let last = viewer.measurements(study);
  let timer: ReturnType<typeof setTimeout> | undefined;
  const now = () => {
    last = viewer.measurements(study);
    post({ kind: 'marks', marks: last });
  };
  return {
    now,
    later: () => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        if (!sameMeasurements(viewer.measurements(study), last)) now();
      }, settleMs);
    },
    take: (marks: Extract<Message, { kind: 'marks' }>['marks']) => {
      const before = new Set(last.map((m) => m.id));
      viewer.adopt(study, marks, before);
      last = viewer.measurements(study);
    },
    stop: () => clearTimeout(timer),
  };
}
