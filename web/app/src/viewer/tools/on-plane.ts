/** What is drawn on a plane through a volume knows of which. Touches Cornerstone3D, as engine.ts does. */
import { BaseVolumeViewport, cache, getEnabledElementByIds, utilities } from '@cornerstonejs/core';
import type { Types as ToolTypes } from '@cornerstonejs/tools';
import { type AnnotationLike, pointsOf } from '../measurements.model';

/** Some tools forget it: the volume, and the picture whose plane it is. */
export function anchor({
  annotation: a,
  viewportId,
  renderingEngineId,
}: Partial<ToolTypes.EventTypes.AnnotationAddedEventDetail>): void {
  if (!a?.metadata || a.metadata.referencedImageId || !viewportId || !renderingEngineId) return;
  const viewport = getEnabledElementByIds(viewportId, renderingEngineId)?.viewport;
  const volumeId = viewport instanceof BaseVolumeViewport ? viewport.getVolumeId() : undefined;
  if (!volumeId) return;
  a.metadata.volumeId = volumeId;
  const volume = cache.getVolume(volumeId);
  const [first] = pointsOf(a as AnnotationLike);
  const { viewPlaneNormal } = a.metadata;
  if (!volume || !first || !viewPlaneNormal) return;
  const id = utilities.getClosestImageId(volume, first as [number, number, number], viewPlaneNormal);
  if (id) a.metadata.referencedImageId = id;
}
