import { useSyncExternalStore } from 'react';
import { useTranslation } from 'react-i18next';
import type { Viewer } from './engine';
import { Glyph } from './Glyph';
import type { Series } from './study.model';

interface Props {
  viewer: Viewer;
  series: Series;
  index: number;
}

/** Tells that the picture on show is a key image. */
export function KeyBadge({ viewer, series, index }: Props) {
  const { t } = useTranslation();
  const frame = series.frames[index];
  const on = useSyncExternalStore(viewer.subscribe, () => frame !== undefined && viewer.isKey(series.study, frame));
  if (!on) return null;
  return (
    <b className="viewer-key-badge" data-testid="key-badge">
      <Glyph name="keyImage" /> {t('viewer.keyBadge')}
    </b>
  );
}
