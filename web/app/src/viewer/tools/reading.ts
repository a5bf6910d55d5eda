/** What the annotations on the pictures read. Touches Cornerstone3D, as engine.ts does; the numbers are made in measure.model.ts. */
import { cache, metaData, utilities, VolumeViewport } from '@cornerstonejs/core';
import loader from '@cornerstonejs/dicom-image-loader';
import { annotation, type Types as ToolTypes } from '@cornerstonejs/tools';
import { type DicomJson, num, tag, text } from '../dicom.model';
import type { Figure, Stats } from '../figures.model';
import { suvOf } from '../kinds/suv.model';
import { type AnnotationLike, pointsOf } from '../measurements.model';
import { isPreview } from '../stream/image';
import { cross, dot, length, sub, vec } from '../vector.model';
import { distance, type Reading, readingInSpace, readingOf, type Shape } from './measure.model';
import { fileScale, type Pixel, scaleAt } from './scale.model';

interface Plane {
  rowCosines?: ArrayLike<number>;
  columnCosines?: ArrayLike<number>;
  imagePositionPatient?: ArrayLike<number>;
  columnPixelSpacing?: number;
  rowPixelSpacing?: number;
}

const ofImage = 'imageId:';
const ofVolume = 'volumeId:';

/** What an annotation reads in one target of its tool; undefined while nothing is known of the picture. */
export function readingIn(a: AnnotationLike, target: string): Reading | undefined {
  const tool = a.metadata?.toolName ?? '';
  const shape: Shape = { tool, points: pointsOf(a), closed: a.data.contour?.closed, known: a.data.known };
  const stats = statsIn(a, target);
  if (target.startsWith(ofVolume)) return readingInSpace(shape, stats);
  const imageId = target.slice(ofImage.length);
  const d = metadataOf(imageId);
  const pixels = d && pixelsOf(imageId, shape.points);
  if (!d || !pixels) return undefined;
  return readingOf(shape, pixels, scaleAt(d, pixels, factorOf(imageId, d)), valued(d, stats));
}

/** What an annotation reads on its own picture, whether that is on show or not. */
export function readingOn(a: AnnotationLike): Reading | undefined {
  const cached = Object.keys((a.data as { cachedStats?: object }).cachedStats ?? {});
  // The newest volume: the first one may have been a thinner one.
  const target = cached.findLast((t) => t.startsWith(ofVolume)) ?? ofImage + (a.metadata?.referencedImageId ?? '');
  return readingIn(a, target);
}

/** What is read at a place of the patient without a mark. */
export function valueOn(imageId: string, value: number | undefined, at: readonly number[]): readonly Figure[] {
  const d = isPreview(imageId) ? undefined : metadataOf(imageId);
  const pixels = d && pixelsOf(imageId, [at]);
  if (!d || !pixels) return [];
  const stats = valued(d, { value, modalityUnit: unitOf(d) });
  return readingOf({ tool: 'Probe', points: [at] }, pixels, scaleAt(d, pixels), stats).figures;
}

function unitOf(d: DicomJson): string {
  if (text(d, tag.modality) === 'CT') return 'HU';
  const suv = suvOf(d);
  return suv && suv.flaw === undefined ? 'SUV' : '';
}

export function metadataOf(imageId: string): DicomJson | undefined {
  return loader.wadors.metaDataManager.get(imageId) as unknown as DicomJson | undefined;
}

/** The values of pixels; those of a preview are not measured: they come with the picture itself. */
function statsIn(a: AnnotationLike, target: string): Stats | undefined {
  if (target.startsWith(ofImage) && isPreview(target.slice(ofImage.length))) return undefined;
  if (target.startsWith(ofVolume) && !isMeasurable(target.slice(ofVolume.length), pointsOf(a))) return undefined;
  return (a.data as { cachedStats?: Record<string, Stats> }).cachedStats?.[target];
}

/**
 * Whether the voxels under a shape may be measured: Cornerstone takes all of the box around it, which is the shape only where its plane runs
 * along the voxels; and nothing is measured on a volume that is still coarse, or through a slab.
 */
function isMeasurable(target: string, points: Shape['points']): boolean {
  const volume = cache.getVolume(target.split('?')[0] ?? '');
  if (!volume || volume.imageIds.some(isPreview) || isThick(volume.volumeId)) return false;
  if (points.length < 3) return true; // a point
  const [p, q, r] = [points[0], points[1], points[Math.floor((2 * points.length) / 3)]].map((v) => vec(v ?? []));
  if (!p || !q || !r) return false;
  const normal = cross(sub(q, p), sub(r, p));
  const size = length(normal);
  const { direction } = volume;
  return [0, 3, 6].some((i) => Math.abs(dot(normal, vec(direction.slice(i, i + 3)))) > 0.9999 * size);
}

/** Whether a volume is looked at in a slab: what is seen there is not what lies on its middle plane. */
function isThick(volumeId: string): boolean {
  const thin = 0.2; // mm: Cornerstone's thinnest slab is thinner
  return utilities
    .getViewportsWithVolumeId(volumeId)
    .some((v) => v instanceof VolumeViewport && v.getSlabThickness() > thin);
}

/** Columns and rows of places in the patient, by the same plane by which the picture is drawn. */
function pixelsOf(imageId: string, points: Shape['points']): Pixel[] | undefined {
  const plane = metaData.get('imagePlaneModule', imageId) as Plane | undefined;
  if (!plane?.rowCosines || !plane.columnCosines) return undefined;
  const { rowCosines, columnCosines } = plane;
  const origin = plane.imagePositionPatient ?? [0, 0, 0];
  const along = (axis: ArrayLike<number>, p: readonly number[]) =>
    p.reduce((sum, v, i) => sum + (v - (origin[i] ?? 0)) * (axis[i] ?? 0), 0);
  return points.map((p) => [
    along(rowCosines, p) / (plane.columnPixelSpacing || 1),
    along(columnCosines, p) / (plane.rowPixelSpacing || 1),
  ]);
}

/**
 * A reader's calibration of a picture: true length over measured length; undefined without one. That of one frame holds for its whole object,
 * unless the device moved meanwhile (Positioner Motion).
 */
function factorOf(imageId: string, d: DicomJson): number | undefined {
  const object = (id: string | undefined) => id?.replace(/\/frames\/\d+/, '');
  const moved = text(d, '00181500') === 'DYNAMIC';
  const holds = (id: string | undefined) => (moved ? id === imageId : object(id) === object(imageId));
  const line = annotation.state
    .getAllAnnotations()
    .findLast((a) => a.metadata?.toolName === 'Calibration' && holds(a.metadata.referencedImageId) && knownOf(a));
  const known = line && knownOf(line);
  const [from, to] = (line && pixelsOf(imageId, pointsOf(line as AnnotationLike))) ?? [];
  if (!known || !from || !to) return undefined;
  const { x, y } = fileScale(d);
  const measured = distance([from[0] * x, from[1] * y], [to[0] * x, to[1] * y]);
  return measured > 0 ? known / measured : undefined;
}

function knownOf(a: ToolTypes.Annotation): number | undefined {
  return (a as AnnotationLike).data.known;
}

/** The unit that the values of a picture carry, and the value as it stands in the file where that is another one. */
function valued(d: DicomJson, stats: Stats | undefined): Stats | undefined {
  if (!stats) return undefined;
  const type = text(d, '00281054');
  const slope = num(d, '00281053') || 1;
  const intercept = num(d, '00281052') ?? 0;
  const houndsfield =
    stats.modalityUnit !== 'HU' || ((type === '' || type === 'HU') && num(d, '00281052') !== undefined);
  const value = Array.isArray(stats.value) ? undefined : stats.value;
  const scaled = (slope !== 1 || intercept !== 0) && text(d, tag.modality) !== 'PT';
  return {
    ...stats,
    modalityUnit: houndsfield ? stats.modalityUnit : '',
    stored: typeof value === 'number' && scaled ? (value - intercept) / slope : undefined,
  };
}
