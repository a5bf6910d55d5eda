import { useQueryClient } from '@tanstack/react-query';
import { type PointerEvent, type RefObject, useEffect, useReducer, useRef } from 'react';
import {
  type Caliper,
  type CaliperKind,
  type Calipers,
  isRhythm,
  moved,
  next,
  noCalipers,
  type Point,
  pointAt,
  stripAt,
} from './calipers.model';
import { boxOf, type Page, type PaperScale, type Sheet, type Strip } from './layout.model';

type End = 'a' | 'b' | 'both';

interface Drag {
  readonly strip: Strip;
  readonly start: Point;
  /** The caliper that is moved, as it was; undefined while a new one is drawn. */
  readonly of?: Caliper;
  readonly end: End;
  made?: number; // of the new one
}

const least = 1.2; // mm of a drag that is one

const placeOf = (recording: string) => ['ecg-calipers', recording];

/** The calipers of a recording; they are there again when it is opened again. */
export function useCalipers(recording: string) {
  const queries = useQueryClient();
  const [calipers, send] = useReducer(
    next,
    noCalipers,
    (none) => queries.getQueryData<Calipers>(placeOf(recording)) ?? none,
  );
  useEffect(() => {
    queries.setQueryDefaults(placeOf(recording), { gcTime: Number.POSITIVE_INFINITY });
    queries.setQueryData(placeOf(recording), calipers);
  }, [queries, recording, calipers]);
  return [calipers, send] as const;
}

interface Hold {
  svg: RefObject<SVGSVGElement | null>;
  tool: CaliperKind | 'hand';
  state: ReturnType<typeof useCalipers>;
  sheet: Sheet;
  page: Page;
  scale: PaperScale;
}

/** Draws calipers with the pointer, and moves those that are there by their lines or their label. */
export function useCaliperDrag({ svg, tool, state: [calipers, send], sheet, page, scale }: Hold) {
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
    const of = calipers.all.find((c) => String(c.id) === hold.id);
    if (!strip || (tool === 'hand' && !of)) return send({ do: 'choose', id: undefined });
    e.currentTarget.setPointerCapture(e.pointerId);
    send({ do: 'choose', id: of?.id });
    drag.current = { strip, start: at(e, strip), of, end: of ? ((hold.end as End) ?? 'both') : 'b' };
  };
  const onPointerMove = (e: PointerEvent<HTMLDivElement>) => {
    const d = drag.current;
    if (!d) return;
    const here = at(e, d.strip);
    const [s, mv] = [here.s - d.start.s, here.mv - d.start.mv];
    if (d.made === undefined && Math.hypot(s * scale.speed, mv * scale.gain) < least) return;
    if (d.of) {
      if (d.made === undefined) send({ do: 'change', caliper: d.of }); // the step that undo goes back to
      d.made = d.of.id;
      return send({ do: 'change', caliper: moved(d.of, d.end, s, mv), live: true });
    }
    const kind = tool === 'hand' ? 'interval' : tool;
    const drawn = {
      kind,
      lead: d.strip.lead.name,
      rhythm: isRhythm(d.strip, sheet),
      a: d.start,
      b: kind === 'height' ? { s: d.start.s, mv: here.mv } : { s: here.s, mv: d.start.mv },
    };
    if (d.made === undefined) {
      d.made = calipers.next;
      send({ do: 'add', caliper: drawn });
    } else send({ do: 'change', caliper: { ...drawn, id: d.made }, live: true });
  };
  const onPointerUp = () => {
    drag.current = undefined;
  };
  return { onPointerDown, onPointerMove, onPointerUp, onPointerCancel: onPointerUp };
}
