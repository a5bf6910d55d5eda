/** Where the pixels of a stack viewport lie on the screen. Touches Cornerstone3D, as pane.ts does. */
import { metaData, type Types } from '@cornerstonejs/core';
import { type DicomJson, numbers, tag } from './dicom.model';
import type { Placement } from './objects/drawing.model';
import type { ViewportState } from './pane.model';
import { letters } from './study.model';
import { fileScale } from './tools/scale.model';
import { dot, unit, type Vec, vec } from './vector.model';

const far = 100; // pixels: the steps of one are told apart from rounding

/** How the pixels of a picture lie on the element. */
export function placementOf(viewport: Types.IStackViewport, id: string): Placement {
  const plane = metaData.get('imagePlaneModule', id) as Plane;
  // Cornerstone's own way to the world takes the spacing of rows for that of columns.
  const at = (x: number, y: number) => viewport.worldToCanvas(worldOf(plane, x - 0.5, y - 0.5));
  const [e, f] = at(0, 0);
  const [rx, ry] = at(far, 0);
  const [dx, dy] = at(0, far);
  return { a: (rx - e) / far, b: (ry - f) / far, c: (dx - e) / far, d: (dy - f) / far, e, f };
}

interface Plane {
  readonly imagePositionPatient: ArrayLike<number>;
  readonly rowCosines: ArrayLike<number>;
  readonly columnCosines: ArrayLike<number>;
  readonly columnPixelSpacing?: number;
  readonly rowPixelSpacing?: number;
}

/** The place of a column and a row, counted from the middle of the first pixel. */
function worldOf(p: Plane, column: number, row: number): Types.Point3 {
  const [x, y] = [column * (p.columnPixelSpacing || 1), row * (p.rowPixelSpacing || 1)];
  const one = (i: number) =>
    (p.imagePositionPatient[i] ?? 0) + x * (p.rowCosines[i] ?? 0) + y * (p.columnCosines[i] ?? 0);
  return [one(0), one(1), one(2)];
}

/** Which way is where on the screen, and how large a pixel of it is, out of where two of its points lie. */
export function lieOf(viewport: Types.IStackViewport, d: DicomJson): Pick<ViewportState, 'edges' | 'mmPerPixel'> {
  const [o, x, y] = (
    [
      [0, 0],
      [far, 0],
      [0, far],
    ] as const
  ).map((p) => viewport.canvasToWorld([...p]));
  if (!o || !x || !y) return {};
  const right = vec(x.map((v, i) => v - (o[i] ?? 0)));
  const down = vec(y.map((v, i) => v - (o[i] ?? 0)));
  const named = (v: Vec, way: number) => letters(unit(v).map((c) => c * way));
  return {
    ...(numbers(d, tag.orientation).length === 6
      ? { edges: { right: named(right, 1), left: named(right, -1), bottom: named(down, 1), top: named(down, -1) } }
      : {}),
    ...scaleAlong(viewport, d, right),
  };
}

/** Millimetres to a pixel of the screen. What Cornerstone takes for a pixel's size is not always what the file says of the body. */
function scaleAlong(viewport: Types.IStackViewport, d: DicomJson, way: Vec): Pick<ViewportState, 'mmPerPixel'> {
  const { x, y, unit: of } = fileScale(d);
  const plane = metaData.get('imagePlaneModule', viewport.getCurrentImageId() ?? '') as Plane | undefined;
  if (of !== 'mm' || !plane?.rowCosines || !plane.columnCosines) return {};
  const columns = dot(way, vec(plane.rowCosines)) / (plane.columnPixelSpacing || 1);
  const rows = dot(way, vec(plane.columnCosines)) / (plane.rowPixelSpacing || 1);
  return { mmPerPixel: Math.round(Math.hypot(columns * x, rows * y) * 100) / (far * 100) };
}
