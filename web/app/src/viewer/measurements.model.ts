/** Measurements as they are kept: free of the page's addresses and of everything that can be computed again. Pure. */

import type { Figure } from './figures.model';

/** One measurement. Points are in the patient's millimetres (LPS), or the image's plane where it has no geometry. */
export interface Measurement {
  readonly id: string;
  readonly tool: string;
  readonly series: string;
  readonly instance: string;
  readonly frame: number;
  readonly frameOfReference?: string;
  readonly points: readonly (readonly number[])[];
  readonly textBox?: readonly number[];
  readonly viewPlaneNormal?: readonly number[];
  readonly viewUp?: readonly number[];
  readonly label?: string;
  /** What it measured when its picture was last on show: for lists, and for the report. */
  readonly figures?: readonly Figure[];
}

interface Handles {
  points?: number[][];
  textBox?: { worldPosition?: number[]; hasMoved?: boolean };
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
  };
  data: { handles?: Handles; label?: string };
}

const frameAddress = /\/series\/([\d.]+)\/instances\/([\d.]+)\/frames\/(\d+)/;

export function toMeasurement(a: AnnotationLike, figures: readonly Figure[] = []): Measurement | undefined {
  const address = frameAddress.exec(a.metadata?.referencedImageId ?? '');
  const points = a.data.handles?.points;
  if (!a.annotationUID || !a.metadata || !address || !points?.length) return undefined;
  const [, series = '', instance = '', frame = '1'] = address;
  const box = a.data.handles?.textBox;
  return {
    id: a.annotationUID,
    tool: a.metadata.toolName,
    series,
    instance,
    frame: Number(frame),
    frameOfReference: a.metadata.FrameOfReferenceUID,
    points: points.map((p) => [...p]),
    textBox: box?.hasMoved && box.worldPosition ? [...box.worldPosition] : undefined,
    viewPlaneNormal: a.metadata.viewPlaneNormal && Array.from(a.metadata.viewPlaneNormal),
    viewUp: a.metadata.viewUp && Array.from(a.metadata.viewUp),
    label: a.data.label || undefined,
    figures: figures.length > 0 ? figures : undefined,
  };
}

/** The reverse; imageId is the loader's address of its frame. */
export function toAnnotation(m: Measurement, imageId: string): AnnotationLike & { invalidated: boolean } {
  return {
    annotationUID: m.id,
    invalidated: true, // statistics are computed again from the pixels
    metadata: {
      toolName: m.tool,
      referencedImageId: imageId,
      FrameOfReferenceUID: m.frameOfReference,
      viewPlaneNormal: m.viewPlaneNormal ? [...m.viewPlaneNormal] : undefined,
      viewUp: m.viewUp ? [...m.viewUp] : undefined,
    },
    data: {
      label: m.label,
      cachedStats: {},
      handles: {
        points: m.points.map((p) => [...p]),
        activeHandleIndex: null,
        textBox: {
          hasMoved: m.textBox !== undefined,
          worldPosition: m.textBox ? [...m.textBox] : [0, 0, 0],
          worldBoundingBox: { topLeft: [0, 0, 0], topRight: [0, 0, 0], bottomLeft: [0, 0, 0], bottomRight: [0, 0, 0] },
        },
      },
    } as AnnotationLike['data'],
  };
}

/** Two lists hold the same measurements: nothing needs saving. */
export function sameMeasurements(a: readonly Measurement[], b: readonly Measurement[]): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
