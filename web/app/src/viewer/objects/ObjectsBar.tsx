import { useTranslation } from 'react-i18next';
import { segmentKey } from './SegmentsLayer';
import type { LayersControl } from './use-objects';

/** What lies over the pictures: reported measurements, a presentation state, segments with their colours. Nothing, where there is none. */
export function ObjectsBar({ layers }: { layers: LayersControl }) {
  const { t } = useTranslation();
  const reports = layers.objects.filter((o) => o.kind === 'report').length;
  const segmentations = layers.objects.flatMap((o) => (o.kind === 'segmentation' ? [o.segmentation] : []));
  const state = layers.objects.find((o) => o.instance === layers.presentation);
  if (reports + segmentations.length === 0 && !state) return null;
  return (
    <div className="objects-bar" role="toolbar" aria-label={t('objects.bar')} data-testid="objects-bar">
      {reports > 0 && (
        <button
          type="button"
          aria-pressed={layers.reports}
          title={t('objects.drawingsHint')}
          onClick={() => layers.showReports(!layers.reports)}
        >
          {t('objects.drawings')}
        </button>
      )}
      {state?.kind === 'presentation' && (
        <button type="button" aria-pressed onClick={() => layers.present(undefined)} title={t('objects.unapply')}>
          {state.presentation.label || t('objects.kind.presentation')} ×
        </button>
      )}
      {segmentations.flatMap((s) =>
        s.segments.map((x) => {
          const key = segmentKey(s, x.number);
          const name = x.label || t('objects.unnamed', { n: x.number });
          return (
            <button
              key={key}
              type="button"
              data-testid="segment"
              aria-pressed={!layers.hidden.has(key)}
              aria-label={t('objects.segment', { name })}
              onClick={() => layers.toggleSegment(key)}
            >
              <i style={{ background: `rgb(${x.colour.join(' ')})` }} /> {name}
            </button>
          );
        }),
      )}
      {segmentations.length > 0 && (
        <label>
          {t('objects.opacity')}
          <input
            type="range"
            min={0}
            max={1}
            step={0.05}
            value={layers.opacity}
            onChange={(e) => layers.setOpacity(Number(e.target.value))}
          />
        </label>
      )}
    </div>
  );
}
