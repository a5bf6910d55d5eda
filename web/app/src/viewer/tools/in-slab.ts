/** Which marks show on a plane through a volume. Touches Cornerstone3D, as engine.ts does. */
import { BaseVolumeViewport, getEnabledElement, utilities } from '@cornerstonejs/core';
import type { Types as ToolTypes } from '@cornerstonejs/tools';
import { type AnnotationLike, pointsOf } from '../measurements.model';
import { centreOf, unit, vec } from '../vector.model';
import { isInSlab } from '../volume/planes.model';

/** Those that lie in the slab that a viewport shows; undefined for a viewport of another kind, and where an annotation has no plane. */
export function inSlabOf(
  element: HTMLDivElement,
  all: readonly ToolTypes.Annotation[],
): ToolTypes.Annotations | undefined {
  const viewport = getEnabledElement(element)?.viewport;
  if (!(viewport instanceof BaseVolumeViewport) || all.some((a) => !a.metadata?.viewPlaneNormal)) return undefined;
  const camera = viewport.getCamera();
  const { spacingInNormalDirection } = utilities.getTargetVolumeAndSpacingInNormalDir(viewport, camera);
  const slab = {
    normal: unit(vec(camera.viewPlaneNormal ?? [])),
    at: vec(camera.focalPoint ?? []),
    // Cornerstone's thickness is what lies on either side of the plane.
    half: Math.max((spacingInNormalDirection ?? 0) / 2, viewport.getSlabThickness() ?? 0) + 0.001,
  };
  return all.filter((a) => {
    const points = pointsOf(a as AnnotationLike);
    const drawn = { normal: unit(vec(a.metadata?.viewPlaneNormal ?? [])), at: centreOf(points) };
    return a.isVisible !== false && points.length > 0 && isInSlab(drawn, slab);
  });
}
