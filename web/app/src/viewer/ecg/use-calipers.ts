import { type PointerEvent, type RefObject, useMemo, useRef, useSyncExternalStore } from 'react';
import { newKey } from '@/api/client';
import type { Viewer } from '../engine';
import type { Measurement } from '../measurements.model';
import { archivedAs, type Series } from '../study.model';
import {
  type Caliper,
  type CaliperKind,
  caliperOf,
  isRhythm,
  markOf,
  moved,
  type Point,
  pointAt,
  stripAt,
} from './calipers.model';
import type { Ecg } from './ecg.model';
import { boxOf, type Page, type PaperScale, type Sheet, type Strip } from './layout.model';

type End = 'a' | 'b' | 'both';

interface Drag {
  readonly strip: Strip;
  readonly start: Point;
  /** The caliper that is moved, as it was; undefined while a new one is drawn. */
  readonly of?: Caliper;
  readonly end: End;
  made?: string; // of the new one
}

const least = 1.2; // mm of a drag that is one

/** The calipers of one recording. They are measurements of its study: the viewer has them, keeps them and takes them back. */
export interface Calipers {
  readonly all: readonly Caliper[];
  readonly hidden: boolean;
  readonly chosen: Caliper | undefined;
  readonly choose: (id: string | undefined) => void;
  /** Draws one, or one anew; it is the one in hand then. */
  readonly put: (c: Caliper) => void;
  /** Removes the one in hand, or else the newest. */
  readonly remove: () => void;
  readonly clear: () => void;
}

/** Without a recording there are none. */
export function useCalipers(viewer: Viewer, series: Series | undefined, ecg: Ecg | undefined): Calipers {
  const study = series?.study ?? '';
  const uid = archivedAs(series?.uid ?? '');
  const ofStudy = useSyncExternalStore(viewer.subscribe, () => JSON.stringify(viewer.calipers(study)));
  const inHand = useSyncExternalStore(viewer.subscribe, () => viewer.chosen);
  const hidden = useSyncExternalStore(viewer.subscribe, () => viewer.marksHidden);
  return useMemo(() => {
    const marks = (JSON.parse(ofStudy) as Measurement[]).filter((m) => m.series === uid);
    const all = marks.map(caliperOf).filter((c) => c !== undefined);
    const on = { series: uid, instance: series?.frames[0]?.instanceUid ?? '', leads: ecg?.leads ?? [] };
    const chosen = all.find((c) => c.id === inHand);
    return {
      all,
      hidden,
      chosen,
      choose: (id) => viewer.choose(id),
      put: (c) => {
        if (viewer.marksHidden) viewer.hideMarks(false); // nothing is drawn that nobody sees
        viewer.putCaliper(study, markOf(c, on));
        viewer.choose(c.id);
      },
      remove: () => {
        const gone = chosen ?? all.at(-1);
        if (gone) viewer.remove([gone.id]);
      },
      clear: () => viewer.remove(all.map((c) => c.id)),
    };
  }, [viewer, series, uid, ecg, study, ofStudy, inHand, hidden]);
}

interface Hold {
  svg: RefObject<SVGSVGElement | null>;
  tool: CaliperKind | 'hand';
  calipers: Calipers;
  sheet: Sheet;
  page: Page;
  scale: PaperScale;
  /** Of the recording. */
  seconds: number;
}

/** Draws calipers with the pointer, and moves those that are there by their lines or their label. */
export function useCaliperDrag({ svg, tool, calipers, sheet, page, scale, seconds }: Hold) {
  const drag = useRef<Drag>(undefined);
  const place = (e: PointerEvent) => {
    const box = svg.current?.getBoundingClientRect();
    if (!box || box.width === 0) return { x: 0, y: 0 };
    return {
      x: ((e.clientX - box.left) / box.width) * page.width,
      y: ((e.clientY - box.top) / box.height) * page.height,
    };
  };
  const at = (e: PointerEvent, strip: Strip) => {
    const { x, y } = place(e);
    return pointAt(x, y, strip, boxOf(strip, sheet, page, scale), scale);
  };
  const onPointerDown = (e: PointerEvent<HTMLDivElement>) => {
    if (e.button !== 0) return;
    const { x, y } = place(e);
    const strip = stripAt(x, y, sheet, page, scale);
    const hold = e.target instanceof SVGElement ? e.target.dataset : {};
    const of = calipers.all.find((c) => c.id === hold.id);
    if (!strip || (tool === 'hand' && !of)) return calipers.choose(undefined);
    e.currentTarget.setPointerCapture(e.pointerId);
    calipers.choose(of?.id);
    drag.current = { strip, start: at(e, strip), of, end: of ? ((hold.end as End) ?? 'both') : 'b' };
  };
  const onPointerMove = (e: PointerEvent<HTMLDivElement>) => {
    const d = drag.current;
    if (!d) return;
    const here = at(e, d.strip);
    const [s, mv] = [here.s - d.start.s, here.mv - d.start.mv];
    if (d.made === undefined && Math.hypot(s * scale.speed, mv * scale.gain) < least) return;
    d.made ??= d.of?.id ?? newKey();
    if (d.of) return calipers.put(moved(d.of, d.end, s, mv, seconds));
    const kind = tool === 'hand' ? 'interval' : tool;
    calipers.put({
      id: d.made,
      kind,
      lead: d.strip.lead.name,
      rhythm: isRhythm(d.strip, sheet),
      a: d.start,
      b: kind === 'height' ? { s: d.start.s, mv: here.mv } : { s: here.s, mv: d.start.mv },
    });
  };
  const onPointerUp = () => {
    drag.current = undefined;
  };
  return { onPointerDown, onPointerMove, onPointerUp, onPointerCancel: onPointerUp };
}
