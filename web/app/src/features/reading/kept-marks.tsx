import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { keepMarks, keptMarksQuery } from '@/api/kept-marks';
import { useFormat } from '@/i18n/format';
import { useToast } from '@/ui/toast';

interface Props {
  reading: string;
  study: string;
  /** How many marks there are to keep. */
  marks: number;
  writing: boolean;
}

/** Whether the measurements stand beside the pictures in the archive; who writes may put them there before the signature does. */
export function KeptMarks({ reading, study, marks, writing }: Props) {
  const { t } = useTranslation();
  const { moment } = useFormat();
  const toast = useToast();
  const queries = useQueryClient();
  const { data } = useQuery(keptMarksQuery(reading));
  const number = data?.number ?? 0;
  // The new objects belong to the study that is on show.
  useEffect(() => {
    if (number > 0) void queries.invalidateQueries({ queryKey: ['viewer', 'study', study] });
  }, [queries, study, number]);
  if (marks === 0 && number === 0) return null;
  const keep = async () => {
    try {
      queries.setQueryData(keptMarksQuery(reading).queryKey, await keepMarks(reading));
    } catch (e) {
      toast.fail(e);
    }
  };
  return (
    <p className="report-kept" data-testid="kept" data-number={number} role="status">
      {data?.waiting && t('objects.keeping')}
      {!data?.waiting && data?.failed && t('objects.keepFailed')}
      {!data?.waiting && !data?.failed && data?.at && t('objects.kept', { time: moment(Date.parse(data.at)) })}{' '}
      {writing && marks > 0 && !data?.waiting && (
        <button type="button" className="y-link" title={t('objects.keepHint')} onClick={() => void keep()}>
          {t('objects.keep')}
        </button>
      )}
    </p>
  );
}
