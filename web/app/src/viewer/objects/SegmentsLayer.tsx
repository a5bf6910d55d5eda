import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { bulk } from '../dicomweb';
import type { Frame } from '../study.model';
import type { Placement } from './drawing.model';
import type { StudyObject } from './objects.model';
import { coverageOf, framesOn, gridOn, paint, planeOfPicture, type Segmentation } from './segmentation.model';
import type { Layers } from './use-objects';

interface Props {
  frame: Frame;
  layers: Layers;
  placement: Placement;
}

type SegmentationObject = Extract<StudyObject, { kind: 'segmentation' }>;

/** The segments on one picture, each in its colour. */
export function SegmentsLayer({ frame, layers, placement }: Props) {
  const all = layers.objects.filter((o): o is SegmentationObject => o.kind === 'segmentation');
  return all.map((o) => <Segments key={o.instance} object={o} frame={frame} layers={layers} placement={placement} />);
}

export function segmentKey(s: Segmentation, number: number): string {
  return `${s.instance}/${number}`;
}

const pixelData = '7FE00010';

function Segments({ object, frame, layers, placement }: Props & { object: SegmentationObject }) {
  const s = object.segmentation;
  const canvas = useRef<HTMLCanvasElement>(null);
  const here = framesOn(s, { instance: frame.instanceUid, frame: frame.frame }, frame.metadata);
  const { data } = useQuery({
    queryKey: ['viewer', 'segmentation', s.instance],
    queryFn: async ({ signal }) => (await bulk(object.metadata, pixelData, signal)) ?? null,
    enabled: here.length > 0,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 60_000,
  });
  const key = here.map((f) => f.index).join();
  const shown = s.segments.filter((x) => !layers.hidden.has(segmentKey(s, x.number)));
  const visible = shown.map((x) => x.number).join();
  // biome-ignore lint/correctness/useExhaustiveDependencies: key and visible say all that matters of here and shown
  useEffect(() => {
    const context = canvas.current?.getContext('2d');
    if (!context || !data || here.length === 0) return;
    const picture = context.createImageData(s.columns, s.rows);
    for (const f of here) for (const x of shown) paint(picture.data, coverageOf(s, f, x.number, data), x.colour);
    context.putImageData(picture, 0, 0);
  }, [data, s, key, visible]);
  const first = here[0];
  if (!first || !data) return null;
  const grid = gridOn(first.plane, planeOfPicture(frame.metadata));
  return (
    <canvas
      ref={canvas}
      width={s.columns}
      height={s.rows}
      data-testid="segments"
      style={{ opacity: layers.opacity, transform: matrix(placement, grid) }}
    />
  );
}

/** First the grid of the frame onto the picture, then the picture onto the element. */
function matrix(m: Placement, g: Placement): string {
  const parts = [
    m.a * g.a + m.c * g.b,
    m.b * g.a + m.d * g.b,
    m.a * g.c + m.c * g.d,
    m.b * g.c + m.d * g.d,
    m.a * g.e + m.c * g.f + m.e,
    m.b * g.e + m.d * g.f + m.f,
  ];
  return `matrix(${parts.join(',')})`;
}
