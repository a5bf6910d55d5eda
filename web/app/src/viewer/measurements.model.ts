/** Measurements as they are kept: free of the page's addresses and of everything that can be computed again. Pure. */

import type { Figure } from './figures.model';
import type { KeptLook } from './objects/look.model';
import { isComplete, type Reading } from './tools/measure.model';

/** One measurement. Points are in the patient's millimetres (LPS), or the image's plane where it has no geometry. */
export interface Measurement {
  readonly id: string;
  /** A key image has no points: the picture itself is meant, label is its note. */
  readonly kind?: 'key';
  readonly tool: string;
  readonly series: string;
  readonly instance: string;
  readonly frame: number;
  /** Drawn on a plane through a volume: the points are the patient's alone, and the picture is the one nearest to them. */
  readonly space?: 'patient';
  readonly frameOfReference?: string;
  readonly points: readonly (readonly number[])[];
  /** Of a line drawn by hand: whether it ends where it began. */
  readonly closed?: boolean;
  /** Of a calibration: the true length of its line in millimetres. */
  readonly known?: number;
  readonly textBox?: readonly number[];
  readonly viewPlaneNormal?: readonly number[];
  readonly viewUp?: readonly number[];
  readonly label?: string;
  /** What it measured when its picture was last on show: for lists, and for the report. */
  readonly figures?: readonly Figure[];
  /** Where its scale comes from if not from the body, or why it has no length. */
  readonly spacing?: Reading['note'];
  /** Of a caliper on an ECG, whose points are seconds and millivolts: the lead, its channel in the file, and whether on the rhythm strip. */
  readonly lead?: string;
  readonly channel?: readonly [group: number, number: number];
  readonly rhythm?: boolean;
  /** How its picture was shown when it was drawn. */
  readonly look?: KeptLook;
}

interface Handles {
  points?: number[][];
  textBox?: { worldPosition?: number[]; hasMoved?: boolean };
}

/** A picture of a series. */
export interface PictureOf {
  readonly series: string;
  readonly instance: string;
  readonly frame: number;
}

/** The part of a Cornerstone annotation that matters here. */
export interface AnnotationLike {
  annotationUID?: string;
  metadata?: {
    toolName: string;
    referencedImageId?: string;
    FrameOfReferenceUID?: string;
    viewPlaneNormal?: ArrayLike<number>;
    viewUp?: ArrayLike<number>;
    /** Of what was drawn on a plane through a volume: which, and the picture nearest to it. */
    volumeId?: string;
    nearest?: PictureOf;
  };
  data: {
    handles?: Handles;
    label?: string;
    known?: number;
    contour?: { polyline: ArrayLike<number>[]; closed?: boolean };
  };
}

const volumeAddress = /\/studies\/([\d.]+)\/series\/([\d.]+)/;
const frameAddress = /\/series\/([\d.]+)\/instances\/([\d.]+)\/frames\/(\d+)/;
const freehand = 'PlanarFreehandROI';
const withWords = new Set(['ArrowAnnotate', 'Label']);
const kept = new Set([
  ...['Length', 'Bidirectional', 'Angle', 'CobbAngle', 'CardiothoracicRatio', 'Calibration', 'Probe'],
  ...['EllipticalROI', 'RectangleROI', freehand],
  ...withWords,
]);
const longest = 400; // points of a line drawn by hand that are kept

/** The study and the series that an annotation is drawn in. */
export function drawnIn({ metadata }: AnnotationLike): { study: string; series: string } | undefined {
  const [, study, series] = volumeAddress.exec(metadata?.referencedImageId || metadata?.volumeId || '') ?? [];
  return study && series ? { study, series } : undefined;
}

/** Whether an annotation stands on a plane through a volume, and on no picture. */
export function isInSpace({ metadata }: AnnotationLike): boolean {
  return !metadata?.referencedImageId && metadata?.volumeId !== undefined;
}

function pictureOf(a: AnnotationLike): PictureOf | undefined {
  if (isInSpace(a)) return a.metadata?.nearest;
  const [, series, instance, frame] = frameAddress.exec(a.metadata?.referencedImageId ?? '') ?? [];
  return series && instance ? { series, instance, frame: Number(frame) } : undefined;
}

/** The measurement that an annotation is; undefined while it is being drawn, and for what is none. */
export function toMeasurement(a: AnnotationLike, reading: Reading = { figures: [] }): Measurement | undefined {
  const picture = pictureOf(a);
  const inSpace = isInSpace(a);
  const { metadata, data, annotationUID } = a;
  const { contour } = data;
  const points = pointsOf(a);
  if (!annotationUID || !metadata || !picture || !kept.has(metadata.toolName)) return undefined;
  if (points.length === 0 || !isComplete({ tool: metadata.toolName, points })) return undefined;
  if (withWords.has(metadata.toolName) && !data.label) return undefined;
  if (metadata.toolName === 'Calibration' && (!data.known || inSpace)) return undefined;
  if (inSpace && !metadata.FrameOfReferenceUID) return undefined;
  const box = data.handles?.textBox;
  return {
    id: annotationUID,
    tool: metadata.toolName,
    ...picture,
    ...(inSpace ? { space: 'patient' as const } : {}),
    frameOfReference: metadata.FrameOfReferenceUID,
    points,
    closed: contour ? contour.closed !== false : undefined,
    known: data.known,
    textBox: box?.hasMoved && box.worldPosition ? box.worldPosition.map(micrometre) : undefined,
    viewPlaneNormal: metadata.viewPlaneNormal && Array.from(metadata.viewPlaneNormal),
    viewUp: metadata.viewUp && Array.from(metadata.viewUp),
    label: data.label || undefined,
    figures: reading.figures.length > 0 ? reading.figures : undefined,
    spacing: reading.note,
  };
}

/** The points that make the shape of an annotation. */
export function pointsOf({ data }: AnnotationLike): number[][] {
  const line = data.contour?.polyline;
  const step = line ? Math.max(1, Math.ceil(line.length / longest)) : 1;
  const points = line ? line.filter((_, i) => i % step === 0) : (data.handles?.points ?? []);
  return points.map((p) => Array.from(p, micrometre));
}

/** Enough for any picture, and a tenth of the digits. */
function micrometre(v: number): number {
  return Number(v.toFixed(3));
}

const nowhere = { topLeft: [0, 0, 0], topRight: [0, 0, 0], bottomLeft: [0, 0, 0], bottomRight: [0, 0, 0] };

/** The reverse; imageId is the loader's address of its frame, or of the nearest one. */
export function toAnnotation(m: Measurement, imageId: string): AnnotationLike & { invalidated: boolean } {
  const points = m.points.map((p) => [...p]);
  const ends = m.closed === false ? [points[0] ?? [], points.at(-1) ?? []] : [];
  const byHand = m.tool === freehand;
  const annotation = {
    annotationUID: m.id,
    invalidated: true, // statistics are computed again from the pixels
    highlighted: false,
    isVisible: true,
    isLocked: false,
    metadata: {
      toolName: m.tool,
      ...(m.space ? inSpaceOf(m, imageId) : { referencedImageId: imageId }),
      FrameOfReferenceUID: m.frameOfReference,
      viewPlaneNormal: m.viewPlaneNormal ? [...m.viewPlaneNormal] : undefined,
      viewUp: m.viewUp ? [...m.viewUp] : undefined,
    },
    data: {
      label: m.label,
      known: m.known,
      cachedStats: {},
      ...(byHand ? { contour: { polyline: points, closed: m.closed !== false } } : {}),
      handles: {
        points: byHand ? ends : points,
        activeHandleIndex: null,
        textBox: {
          hasMoved: m.textBox !== undefined,
          worldPosition: m.textBox ? [...m.textBox] : [0, 0, 0],
          worldBoundingBox: { ...nowhere },
        },
      },
    },
  };
  return annotation;
}

function inSpaceOf({ series, instance, frame }: Measurement, imageId: string) {
  const [address = ''] = volumeAddress.exec(imageId) ?? [];
  return { volumeId: `volume:${address}`, nearest: { series, instance, frame } };
}

/** Two lists hold the same measurements: nothing needs saving. */
export function sameMeasurements(a: readonly Measurement[], b: readonly Measurement[]): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** The key image of a picture; one picture is one at most. */
export function keyImage(at: { series: string; instance: string; frame: number }, note?: string): Measurement {
  return {
    id: keyId(at.instance, at.frame),
    kind: 'key',
    tool: 'KeyImage',
    ...at,
    points: [],
    label: note || undefined,
  };
}

export function keyId(instance: string, frame: number): string {
  return `key-${instance}-${frame}`;
}

export function isKey(m: Measurement): boolean {
  return m.kind === 'key';
}

const onPaper = new Set(['EcgInterval', 'EcgHeight', 'EcgMarch']);

/** A caliper on the paper of an ECG. */
export function isCaliper(m: Measurement): boolean {
  return onPaper.has(m.tool);
}
