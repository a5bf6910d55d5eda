import { useTranslation } from 'react-i18next';
import { seriesUrl } from './dicomweb';
import type { Series } from './study.model';

interface Props {
  study: string;
  all: readonly Series[];
  shown: readonly string[];
  onOpen: (uid: string) => void;
}

/** The series of a study with their pictures: click to open in the active pane, or drag to another. */
export function SeriesStrip({ study, all, shown, onOpen }: Props) {
  const { t } = useTranslation();
  return (
    <nav className="viewer-strip" aria-label={t('viewer.series')}>
      {all.map((s) => (
        <button
          type="button"
          key={s.uid}
          className={shown.includes(s.uid) ? 'viewer-thumb viewer-thumb-on' : 'viewer-thumb'}
          draggable
          onDragStart={(e) => e.dataTransfer.setData('text/series', s.uid)}
          onClick={() => onOpen(s.uid)}
          title={s.description}
        >
          <Thumbnail study={study} series={s} />
          <span className="viewer-thumb-line">
            <b>{s.modality}</b> #{s.number} · {s.kind === 'stack' ? s.frames.length : t(`viewer.kind.${s.kind}`)}
          </span>
          <span className="viewer-thumb-line">{s.description || t('viewer.noDescription')}</span>
        </button>
      ))}
    </nav>
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
      }}
    />
  );
}
