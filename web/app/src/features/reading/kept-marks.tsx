import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { keepMarks, keptMarksQuery } from '@/api/kept-marks';
import { useFormat } from '@/i18n/format';
import { useToast } from '@/ui/toast';
import type { Measurement } from '@/viewer/measurements.model';
import { markKind, markText } from './marks.model';

interface Props {
  reading: string;
  study: string;
  /** What there is to keep, as the list numbers it. */
  marks: readonly Measurement[];
  writing: boolean;
  /** Answers when the server has all measurements. */
  settle: () => Promise<void>;
}

/** Whether the measurements stand beside the pictures in the archive; who writes may put them there before the signature does. */
export function KeptMarks({ reading, study, marks, writing, settle }: Props) {
  const { t } = useTranslation();
  const { moment } = useFormat();
  const toast = useToast();
  const queries = useQueryClient();
  const [busy, setBusy] = useState(false);
  const { data } = useQuery(keptMarksQuery(reading));
  const number = data?.number ?? 0;
  // The new objects belong to the study that is on show.
  useEffect(() => {
    if (number > 0) void queries.invalidateQueries({ queryKey: ['viewer', 'study', study] });
  }, [queries, study, number]);
  if (marks.length === 0 && number === 0) return null;
  // As the list above tells it: its number, what it is, what it says.
  const named = ({ id, tool = '' }: { id: string; tool?: string }) => {
    const at = marks.findIndex((m) => m.id === id);
    const mark = marks[at];
    const says = mark && markText(mark, (kind) => t(`viewer.figure.${kind}`));
    return [mark && at + 1, t(`reading.mark.${markKind(tool)}`), says].filter(Boolean).join(' ');
  };
  const keep = async () => {
    setBusy(true);
    try {
      await settle();
      queries.setQueryData(keptMarksQuery(reading).queryKey, await keepMarks(reading));
    } catch (e) {
      toast.fail(e);
    } finally {
      setBusy(false);
    }
  };
  const running = data?.waiting || busy;
  return (
    <p className="report-kept" data-testid="kept" data-number={number} role="status">
      {running && t('objects.keeping')}
      {!running && data?.failed && <span className="report-kept-out">{t('objects.keepFailed')}</span>}
      {!running && !data?.failed && data?.at && t('objects.kept', { time: moment(Date.parse(data.at)) })}{' '}
      {writing && marks.length > 0 && !data?.waiting && (
        <button
          type="button"
          className="y-link"
          disabled={busy}
          title={t('objects.keepHint')}
          onClick={() => void keep()}
        >
          {t('objects.keep')}
        </button>
      )}
      {!running && data?.leftOut && (
        <span className="report-kept-out" data-testid="left-out" title={data.leftOut.map((m) => m.why).join('\n')}>
          {t('objects.leftOut', {
            count: data.leftOut.length,
            what: data.leftOut.map(named).join(t('objects.listed')),
          })}
        </span>
      )}
    </p>
  );
}
