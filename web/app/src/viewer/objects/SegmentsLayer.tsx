import { useQueries } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { plainFrame } from '../dicomweb';
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

function Segments({ object, frame, layers, placement }: Props & { object: SegmentationObject }) {
  const s = object.segmentation;
  const canvas = useRef<HTMLCanvasElement>(null);
  const here = framesOn(s, { instance: frame.instanceUid, frame: frame.frame }, frame.metadata);
  const { t } = useTranslation();
  // Frame by frame, as the server unpacks them: what lies on this picture is a small part of all.
  const found = useQueries({
    queries: here.map((f) => ({
      queryKey: ['viewer', 'segmentation', s.instance, f.index],
      queryFn: ({ signal }: { signal: AbortSignal }) =>
        plainFrame(object.study, object.series, { instanceUid: s.instance, frame: f.index + 1 }, signal),
      staleTime: Number.POSITIVE_INFINITY,
      gcTime: 60_000,
      retry: 1,
    })),
  });
  const data = found.every((q) => q.data) ? found.map((q) => q.data) : undefined;
  const come = data ? 'all' : '';
  const key = here.map((f) => f.index).join();
  const shown = s.segments.filter((x) => !layers.hidden.has(segmentKey(s, x.number)));
  const visible = shown.map((x) => x.number).join();
  // biome-ignore lint/correctness/useExhaustiveDependencies: key and visible say all that matters of here and shown
  useEffect(() => {
    const context = canvas.current?.getContext('2d');
    if (!context || !data || here.length === 0) return;
    const picture = context.createImageData(s.columns, s.rows);
    here.forEach((f, i) => {
      const own = data[i];
      for (const x of shown) if (own) paint(picture.data, coverageOf(s, f, x.number, own), x.colour);
    });
    context.putImageData(picture, 0, 0);
  }, [come, s, key, visible]);
  const first = here[0];
  if (found.some((q) => q.isError)) return <p className="viewer-note">{t('kinds.noSegments')}</p>;
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
