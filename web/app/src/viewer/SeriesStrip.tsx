import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { seriesUrl } from './dicomweb';
import type { Series } from './study.model';
import { wantThumbnail } from './thumbnails';

interface Props {
  all: readonly Series[];
  /** Those of another study that is looked at beside. */
  beside: readonly Series[];
  besideLabel: string | undefined;
  shown: readonly string[];
  onOpen: (uid: string) => void;
  /** What stands below the series. */
  children?: ReactNode;
}

/** The series of a study with their pictures: click to open in the active pane, or drag to another. */
export function SeriesStrip({ all, beside, besideLabel, shown, onOpen, children }: Props) {
  const { t } = useTranslation();
  const thumb = (s: Series) => <Thumb key={s.uid} series={s} on={shown.includes(s.uid)} onOpen={() => onOpen(s.uid)} />;
  return (
    <nav className="viewer-strip" aria-label={t('viewer.series')}>
      {all.map(thumb)}
      {beside.length > 0 && <p className="viewer-strip-prior">{besideLabel}</p>}
      {beside.map(thumb)}
      {children}
    </nav>
  );
}

function Thumb({ series: s, on, onOpen }: { series: Series; on: boolean; onOpen: () => void }) {
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
      <Thumbnail study={s.study} series={s} />
      <span className="viewer-thumb-line">
        <b>{s.modality}</b> #{s.number} · {s.kind === 'stack' ? s.frames.length : t(`viewer.kind.${s.kind}`)}
      </span>
      <span className="viewer-thumb-line">{s.description || t('viewer.noDescription')}</span>
    </button>
  );
}

function Thumbnail({ study, series }: { study: string; series: Series }) {
  if (series.kind !== 'stack') return <span className="viewer-thumb-pic viewer-thumb-word">{series.modality}</span>;
  return (
    <img
      className="viewer-thumb-pic"
      src={`${seriesUrl(study, series.uid)}/thumbnail?viewport=128,128`}
      alt=""
      loading="lazy"
      draggable={false}
      // A codec that the server cannot decode has no thumbnail: the modality's letters stand behind it.
      onError={(e) => {
        e.currentTarget.style.visibility = 'hidden';
        wantThumbnail(series.uid);
      }}
    />
  );
}
