import { useMemo, useSyncExternalStore } from 'react';
import type { Viewer } from '../engine';
import type { Pane } from '../pane';
import type { Series } from '../study.model';
import { trackingOf } from './content.model';
import { type Drawing, type Pixel, pathOf, placed, type Shape, samePicture } from './drawing.model';
import { reportDrawings } from './objects.model';
import { SegmentsLayer } from './SegmentsLayer';
import { useConceptName } from './use-concept-name';
import type { Layers } from './use-objects';
import { usePlacement } from './use-placement';

interface Props {
  pane: Pane | undefined;
  series: Series;
  index: number;
  layers: Layers;
  viewer: Viewer;
}

/** What reports, presentation states and segmentations say about the picture on show, over it. */
export function ObjectsLayer({ pane, series, index, layers, viewer }: Props) {
  const nameOf = useConceptName();
  const frame = series.frames[index];
  // What the viewer's own tools draw is not drawn twice.
  const drawn = useSyncExternalStore(viewer.subscribe, () =>
    layers.objects.length === 0
      ? ''
      : viewer
          .measurements(series.study)
          .map((m) => m.id)
          .join(' '),
  );
  const drawings = useMemo(() => {
    if (!frame) return [];
    const picture = { instance: frame.instanceUid, frame: frame.frame };
    const tracked = new Set(
      drawn
        .split(' ')
        .map(trackingOf)
        .filter((id) => id !== undefined),
    );
    const state = layers.objects.find((o) => o.instance === layers.presentation);
    const presented = state?.kind === 'presentation' ? state.presentation.drawings : [];
    return [
      ...(layers.reports ? reportDrawings(layers.objects, picture, nameOf, tracked) : []),
      ...presented.filter((d) => samePicture(d.picture, picture)),
    ];
  }, [frame, layers.objects, layers.presentation, layers.reports, drawn, nameOf]);
  const segmented = layers.objects.some((o) => o.kind === 'segmentation');
  const placement = usePlacement(pane, drawings.length > 0 || segmented);
  if (!pane || !frame || !placement) return null;
  const { width, height } = pane.size;
  return (
    <div className="objects-layer" aria-hidden="true">
      {segmented && <SegmentsLayer frame={frame} layers={layers} placement={placement} />}
      {drawings.length > 0 && (
        <svg width={width} height={height} data-testid="object-drawings">
          <title>{series.description}</title>
          {drawings.map((d) => (
            <Drawn
              key={JSON.stringify(d)}
              drawing={d}
              place={(p, onDisplay) => (onDisplay ? [p[0] * width, p[1] * height] : placed(placement, p))}
            />
          ))}
        </svg>
      )}
    </div>
  );
}

type Place = (p: Pixel, onDisplay: boolean | undefined) => Pixel;

function Drawn({ drawing, place }: { drawing: Drawing; place: Place }) {
  const anchor = drawing.at ?? drawing.shapes[0]?.points[0];
  const at = anchor && place(anchor, drawing.at ? drawing.onDisplay : drawing.shapes[0]?.onDisplay);
  return (
    <g>
      {drawing.shapes.map((s: Shape, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: shapes have no identity of their own
        <path key={i} d={pathOf(s, (p) => place(p, s.onDisplay))} className={s.filled ? 'objects-filled' : undefined} />
      ))}
      {at &&
        drawing.words.map((line, i) => (
          <text key={line} x={at[0] + 8} y={at[1] - 6 + 15 * i}>
            {line}
          </text>
        ))}
    </g>
  );
}
