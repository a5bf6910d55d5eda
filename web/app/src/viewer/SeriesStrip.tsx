import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { usePicture } from '@/ui/use-picture';
import { Glyph } from './Glyph';
import type { ForeignKey } from './objects/key.model';
import type { Series } from './study.model';
import { thumbnailUrl, wantThumbnail } from './thumbnails';

interface Props {
  all: readonly Series[];
  /** Those of another study that is looked at beside. */
  beside: readonly Series[];
  besideLabel: string | undefined;
  shown: readonly string[];
  /** What others chose among the pictures. */
  keys: readonly ForeignKey[];
  onOpen: (uid: string) => void;
  /** What stands below the series. */
  children?: ReactNode;
}

/** The series of a study with their pictures: click to open in the active pane, or drag to another. */
export function SeriesStrip({ all, beside, besideLabel, shown, keys, onOpen, children }: Props) {
  const { t } = useTranslation();
  const thumb = (s: Series) => (
    <Thumb
      key={s.uid}
      series={s}
      on={shown.includes(s.uid)}
      keys={keys.filter((k) => k.picture.series === s.uid).length}
      onOpen={() => onOpen(s.uid)}
    />
  );
  return (
    <nav className="viewer-strip" aria-label={t('viewer.series')}>
      {all.map(thumb)}
      {beside.length > 0 && <p className="viewer-strip-prior">{besideLabel}</p>}
      {beside.map(thumb)}
      {children}
    </nav>
  );
}

interface ThumbProps {
  series: Series;
  on: boolean;
  /** How many of its pictures others chose. */
  keys: number;
  onOpen: () => void;
}

function Thumb({ series: s, on, keys, onOpen }: ThumbProps) {
  const { t } = useTranslation();
  return (
    <button
      type="button"
      className={on ? 'viewer-thumb viewer-thumb-on' : 'viewer-thumb'}
      draggable
      data-testid="thumb"
      onDragStart={(e) => e.dataTransfer.setData('text/series', s.uid)}
      onClick={onOpen}
      title={s.description}
    >
      <Thumbnail series={s} />
      <span className="viewer-thumb-line">
        <b>{s.modality}</b> #{s.number} · {s.kind === 'stack' ? s.frames.length : t(`viewer.kind.${s.kind}`)}
        {keys > 0 && (
          <i className="viewer-thumb-keys" data-testid="thumb-keys" title={t('viewer.keyImages', { count: keys })}>
            <Glyph name="keyImage" /> {keys}
          </i>
        )}
      </span>
      <span className="viewer-thumb-line">{s.description || t('viewer.noDescription')}</span>
    </button>
  );
}

function Thumbnail({ series }: { series: Series }) {
  if (series.kind !== 'stack') return <span className="viewer-thumb-pic viewer-thumb-word">{series.modality}</span>;
  return <Small series={series} />;
}

function Small({ series }: { series: Series }) {
  // A codec that the server cannot decode has no thumbnail: the modality's letters stand behind it.
  const picture = usePicture(thumbnailUrl(series), (state) => state === 'failed' && wantThumbnail(series.uid));
  const isHidden = picture.state === 'failed' || picture.state === 'offline';
  return (
    <img
      key={picture.key}
      className="viewer-thumb-pic"
      {...picture.img}
      alt=""
      loading="lazy"
      draggable={false}
      style={isHidden ? { visibility: 'hidden' } : undefined}
    />
  );
}
