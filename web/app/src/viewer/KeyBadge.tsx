import { useSyncExternalStore } from 'react';
import { useTranslation } from 'react-i18next';
import type { Viewer } from './engine';
import { Glyph } from './Glyph';
import { type ForeignKey, means } from './objects/key.model';
import type { Series } from './study.model';

interface Props {
  viewer: Viewer;
  series: Series;
  index: number;
  /** What others chose. */
  others: readonly ForeignKey[];
}

/** Tells that the picture on show is a key image, and whose, if somebody else chose it. */
export function KeyBadge({ viewer, series, index, others }: Props) {
  const { t } = useTranslation();
  const frame = series.frames[index];
  const on = useSyncExternalStore(viewer.subscribe, () => frame !== undefined && viewer.isKey(series.study, frame));
  const other = frame && others.find((k) => means(k.picture, frame));
  if (!on && !other) return null;
  return (
    <b className="viewer-key-badge" data-testid="key-badge">
      <Glyph name="keyImage" /> {t('viewer.keyBadge')}
      {other && ` · ${[other.title, other.author].filter(Boolean).join(' · ')}`}
    </b>
  );
}
