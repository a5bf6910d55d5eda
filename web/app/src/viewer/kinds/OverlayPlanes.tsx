import { useQueries } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { num, tag, text } from '../dicom.model';
import { bulk, plainFrame } from '../dicomweb';
import type { Placement } from '../objects/drawing.model';
import { usePlacement } from '../objects/use-placement';
import type { Pane } from '../pane';
import type { Frame } from '../study.model';
import { bitsOf, bitsWithin, isWhole, type OverlayPlane, overlaysOf, paintBits, startOf } from './overlay.model';

interface Props {
  pane: Pane | undefined;
  frame: Frame;
}

/** The graphics that came within the file of a picture, over it. */
export function OverlayPlanes({ pane, frame }: Props) {
  const planes = overlaysOf(frame.metadata);
  const placement = usePlacement(pane, planes.length > 0);
  const found = useQueries({
    queries: planes.map((p) => ({
      queryKey: ['viewer', 'overlay', frame.instanceUid, p.group, p.within === undefined ? 0 : frame.frame],
      queryFn: ({ signal }: { signal: AbortSignal }) => bits(frame, p, signal),
      staleTime: Number.POSITIVE_INFINITY,
      gcTime: 60_000,
    })),
  });
  if (!placement || planes.length === 0) return null;
  return (
    <div className="objects-layer" aria-hidden="true" data-testid="overlay-planes">
      {planes.map((p, i) => {
        const start = startOf(p, frame.frame);
        const bytes = found[i]?.data;
        return bytes && start !== undefined && isWhole(p, bytes, start) ? (
          <Plane key={p.group} plane={p} bytes={bytes} start={start} placement={placement} />
        ) : null;
      })}
    </div>
  );
}

async function bits(frame: Frame, p: OverlayPlane, signal: AbortSignal): Promise<ArrayBuffer | null> {
  const d = frame.metadata;
  if (p.within === undefined) return (await bulk(d, bitsOf(p.group), signal)) ?? null;
  const pixels = await plainFrame(text(d, tag.studyUid), text(d, tag.seriesUid), frame, signal);
  return bitsWithin(pixels, num(d, '00280100') ?? 16, p.within);
}

const graphics = [255, 214, 102, 255];
const region = [86, 180, 233, 150];

function Plane(props: { plane: OverlayPlane; bytes: ArrayBuffer; start: number; placement: Placement }) {
  const { plane, bytes, start, placement: m } = props;
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const context = canvas.current?.getContext('2d');
    if (!context) return;
    const picture = context.createImageData(plane.columns, plane.rows);
    paintBits(picture.data, new Uint8Array(bytes), start, plane.type === 'R' ? region : graphics);
    context.putImageData(picture, 0, 0);
  }, [plane, bytes, start]);
  const [x, y] = [plane.column - 1, plane.row - 1];
  const matrix = [m.a, m.b, m.c, m.d, m.a * x + m.c * y + m.e, m.b * x + m.d * y + m.f];
  return (
    <canvas
      ref={canvas}
      width={plane.columns}
      height={plane.rows}
      style={{ transform: `matrix(${matrix.join(',')})` }}
    />
  );
}
