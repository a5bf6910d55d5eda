import { useTranslation } from 'react-i18next';
import { useFormat } from '@/i18n/format';
import type { Measurement } from '@/viewer/measurements.model';
import { markKind, markText } from './marks.model';

interface Props {
  marks: readonly Measurement[];
  /** Since when this browser alone keeps some of them, in ms. */
  unsaved?: number;
  /** Where each picture stands in its series, as far as it is known: by instance and frame. */
  onGo: (m: Measurement) => void;
  onInsert?: (m: Measurement) => void;
}

/** The measurements of this study: press one to see its picture, or put it into the findings. */
export function MarksList({ marks, unsaved, onGo, onInsert }: Props) {
  const { t } = useTranslation();
  const format = useFormat();
  if (marks.length === 0 && unsaved === undefined) return null;
  return (
    <details className="report-fold" open data-testid="marks">
      <summary>{t('reading.marks', { count: marks.length })}</summary>
      {unsaved !== undefined && (
        <p className="report-unsaved" role="status" data-testid="marks-unsaved">
          {t('reading.marksUnsaved', { time: format.time(unsaved) })}
        </p>
      )}
      <ul>
        {marks.map((m, i) => (
          <li key={m.id} className="report-mark">
            <button type="button" onClick={() => onGo(m)} title={t('reading.markGo')}>
              <span className="num muted">{i + 1}</span> {t(`reading.mark.${markKind(m.tool)}`)}{' '}
              <b className="num">{markText(m, (kind) => t(`viewer.figure.${kind}`))}</b>
            </button>
            {onInsert && (
              <button type="button" className="y-link" onClick={() => onInsert(m)}>
                {t('reading.markInsert')}
                {i === marks.length - 1 && <kbd>V</kbd>}
              </button>
            )}
          </li>
        ))}
      </ul>
    </details>
  );
}
