/** Tools that do something with a rectangle and leave no mark. Touches Cornerstone3D, as engine.ts does. */
import { getEnabledElement, type Types } from '@cornerstonejs/core';
import { LengthTool, type Types as ToolTypes, WindowLevelRegionTool } from '@cornerstonejs/tools';
import { type Corners, rangeOf, windowOf, zoomTo } from '../window.model';

/** A line of known length: the picture's other lengths follow from it. */
export class CalibrationTool extends LengthTool {
  static override toolName = 'Calibration';
}

type Planar = Types.IStackViewport | Types.IVolumeViewport;

abstract class RectangleTool extends WindowLevelRegionTool {
  constructor(...args: ConstructorParameters<typeof WindowLevelRegionTool>) {
    super(...args);
    this.applyWindowLevelRegion = (a: ToolTypes.Annotation, element: HTMLDivElement) => {
      const viewport = getEnabledElement(element)?.viewport as Planar | undefined;
      const [from, , , to] = (a.data.handles?.points ?? []) as Types.Point3[];
      if (!viewport || !from || !to) return;
      const [x0, y0] = viewport.worldToCanvas(from);
      const [x1, y1] = viewport.worldToCanvas(to);
      const box = { x: Math.min(x0, x1), y: Math.min(y0, y1), width: Math.abs(x1 - x0), height: Math.abs(y1 - y0) };
      if (box.width < least || box.height < least) return;
      this.apply(viewport, box, element);
      viewport.render();
    };
  }

  protected abstract apply(viewport: Planar, box: Corners, element: HTMLDivElement): void;
}

const least = 4; // px; less is a press, not a rectangle
const grid = 64; // values that are looked at along each side

/** Windows to what lies in a rectangle. */
export class RegionWindowTool extends RectangleTool {
  static override toolName = 'RegionWindow';

  protected override apply(viewport: Planar, box: Corners): void {
    const w = windowOf(valuesIn(viewport, box));
    if (w) viewport.setProperties({ voiRange: rangeOf(w, viewport.getProperties()?.VOILUTFunction) });
  }
}

/** Fills the pane with a rectangle. */
export class RegionZoomTool extends RectangleTool {
  static override toolName = 'RegionZoom';

  protected override apply(viewport: Planar, box: Corners, element: HTMLDivElement): void {
    const { factor, middle } = zoomTo(box, { width: element.clientWidth, height: element.clientHeight });
    const wanted = viewport.canvasToWorld(middle);
    const now = viewport.canvasToWorld([element.clientWidth / 2, element.clientHeight / 2]);
    const { focalPoint, position } = viewport.getCamera();
    if (!focalPoint || !position) return;
    const moved = (p: Types.Point3) => p.map((v, i) => v + (wanted[i] ?? 0) - (now[i] ?? 0)) as Types.Point3;
    viewport.setCamera({ focalPoint: moved(focalPoint), position: moved(position) });
    viewport.setZoom(viewport.getZoom() * factor);
  }
}

/** The values of a picture on a grid of places on the canvas; colours have none. */
export function valuesIn(viewport: Planar, box: Corners): number[] {
  const values: number[] = [];
  for (let n = 0; n < grid * grid; n++) {
    const x = box.x + (((n % grid) + 0.5) / grid) * box.width;
    const y = box.y + ((Math.floor(n / grid) + 0.5) / grid) * box.height;
    const v = valueAt(viewport, [x, y]);
    if (v !== undefined) values.push(v);
  }
  return values;
}

/** The value of the picture under a pixel of the canvas. */
export function valueAt(viewport: Types.IStackViewport | Types.IVolumeViewport, at: Types.Point2): number | undefined {
  const image = viewport.getImageData();
  if (!image?.imageData.worldToIndex) return undefined;
  const [i = -1, j = -1, k = 0] = image.imageData.worldToIndex(viewport.canvasToWorld(at)).map(Math.round);
  const [width, height, depth] = image.dimensions;
  if (i < 0 || j < 0 || i >= width || j >= height || k < 0 || k >= Math.max(1, depth)) return undefined;
  const v = image.voxelManager?.getAtIJK(i, j, k);
  return typeof v === 'number' ? v : undefined;
}
