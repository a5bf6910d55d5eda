/** What is drawn over one plane of a reconstruction: where the other planes cut it, which way is where. */
import { letters } from '../study.model';
import { type Place, scale, sub, unit, type Vec } from '../vector.model';
import { type PlaneDrawer, segment } from './plane-pane';
import { type Crossing, cutDirection, lineAcross, type PlaneName, planeNames, rightOf } from './planes.model';

export interface CutLine {
  readonly plane: PlaneName;
  readonly from: Place;
  readonly to: Place;
  /** Where dragging turns. */
  readonly handles: readonly Place[];
}

/** What is drawn over one plane. */
export interface PlaneView {
  readonly centre: Place;
  readonly lines: readonly CutLine[];
  readonly letters: { readonly left: string; readonly right: string; readonly top: string; readonly bottom: string };
  readonly mmPerPixel: number;
  readonly zoom: number;
  readonly width: number;
  readonly height: number;
}

export function viewOf(pane: PlaneDrawer, { at, planes }: Crossing): PlaneView {
  const { width, height } = pane.size;
  const here = planes[pane.name];
  const lines = planeNames.flatMap((plane): CutLine[] => {
    const direction = plane === pane.name ? undefined : cutDirection(here, planes[plane]);
    if (!direction) return [];
    const [a, b] = segment(at, direction, 100).map((p) => pane.toCanvas(p));
    const line = a && b && lineAcross(a, b, width, height);
    return line ? [{ plane, ...line, handles: handlesOf(line, pane.toCanvas(at)) }] : [];
  });
  const [west, east] = [pane.toWorld({ x: 0, y: 0 }), pane.toWorld({ x: 100, y: 0 })];
  const right = rightOf(here);
  const named = (v: Vec) => letters(unit(v));
  return {
    centre: pane.toCanvas(at),
    lines,
    letters: {
      right: named(right),
      left: named(scale(right, -1)),
      top: named(here.up),
      bottom: named(scale(here.up, -1)),
    },
    mmPerPixel: Math.hypot(...sub(east, west)) / 100,
    zoom: pane.zoom(),
    width,
    height,
  };
}

/** Four fifths of the way from the crossing to where the line leaves the pane. */
function handlesOf(line: { from: Place; to: Place }, centre: Place): Place[] {
  const part = 0.72;
  return [line.from, line.to].map((end) => ({
    x: centre.x + (end.x - centre.x) * part,
    y: centre.y + (end.y - centre.y) * part,
  }));
}
