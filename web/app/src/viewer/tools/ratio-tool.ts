/** Tools for pictures that Cornerstone3D does not bring. Touches Cornerstone3D, as engine.ts does. */
import { metaData, type Types } from '@cornerstonejs/core';
import { CobbAngleTool, type Types as ToolTypes } from '@cornerstonejs/tools';

type Point = Types.Point3;

/** Two lines along the rows of a picture: the width of the heart, then the width of the chest. Their ratio is the number. */
export class CardiothoracicTool extends CobbAngleTool {
  static override toolName = 'CardiothoracicRatio';

  constructor(...args: ConstructorParameters<typeof CobbAngleTool>) {
    super(...args);
    const dragged = this._dragCallback;
    this._dragCallback = (evt) => {
      const { annotation, handleIndex } = this.editData ?? {};
      dragged(evt);
      if (annotation && handleIndex !== undefined) level(annotation, handleIndex, this.isNew);
    };
    const pressed = this._mouseDownCallback;
    this._mouseDownCallback = (evt) => {
      const { annotation, handleIndex } = this.editData ?? {};
      pressed(evt);
      if (annotation && handleIndex !== undefined && handleIndex % 2 === 1) level(annotation, handleIndex, true);
    };
  }

  private get isNew(): boolean {
    return this.editData?.newAnnotation === true;
  }

  /** The tool that it extends shows words beside an angle other than zero only; two level lines have none. */
  override _calculateCachedStats(...args: Parameters<CobbAngleTool['_calculateCachedStats']>) {
    const all = super._calculateCachedStats(...args) as Record<string, { angle?: number | null }> | undefined;
    for (const stats of Object.values(all ?? {})) stats.angle = 1; // none until both lines are there
    return all;
  }
}

/** Keeps a line along the row: the end that is being drawn goes to its start's row, and an end that is moved takes the other along. */
function level(a: ToolTypes.Annotation, moved: number, drawing: boolean): void {
  const plane = metaData.get('imagePlaneModule', a.metadata?.referencedImageId ?? '') as
    | { columnCosines?: ArrayLike<number> }
    | undefined;
  const down = plane?.columnCosines;
  const points = a.data.handles?.points as Point[] | undefined;
  const here = points?.[moved];
  const other = points?.[moved ^ 1];
  if (!down || !points || !here || !other) return;
  const rise = here.reduce((sum, v, i) => sum + (v - (other[i] ?? 0)) * (down[i] ?? 0), 0);
  const shifted = (p: Point, by: number) => p.map((v, i) => v + by * (down[i] ?? 0)) as Point;
  if (drawing) points[moved] = shifted(here, -rise);
  else points[moved ^ 1] = shifted(other, rise);
}
