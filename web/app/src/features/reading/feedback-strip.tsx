import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { acknowledgeFeedback, type Feedback, feedbackQuery } from '@/api/feedback';
import { useIs } from '@/app/session';
import { useFormat } from '@/i18n/format';
import { Button } from '@/ui/button';
import { Icon } from '@/ui/icon';
import { SexAge } from '@/ui/sex-age';
import { useToast } from '@/ui/toast';
import { changesAt } from './feedback.model';
import './feedback.css';

/** A reviewer found a significant or urgent difference in a report of one's own: it stands until one has taken note. On the page of a
 *  read only what concerns that read. */
export function FeedbackStrip({ reading }: { reading?: string }) {
  const writes = useIs('radiologist', 'reviewer');
  const { data = [] } = useQuery({ ...feedbackQuery, enabled: writes });
  const mine = reading ? data.filter((f) => f.reading?.id === reading) : data;
  const first = writes ? mine[0] : undefined;
  return first ? <Strip key={first.id} of={first} more={mine.length - 1} here={reading !== undefined} /> : null;
}

function Strip({ of, more, here }: { of: Feedback; more: number; here: boolean }) {
  const { t } = useTranslation();
  const { moment } = useFormat();
  const queries = useQueryClient();
  const toast = useToast();
  const take = useMutation({
    mutationFn: acknowledgeFeedback,
    onError: (err) => toast.fail(err),
    onSettled: () => queries.invalidateQueries({ queryKey: feedbackQuery.queryKey }),
  });
  const { reading } = of;
  const at = changesAt(of);
  return (
    <div className="feedback" role="status" data-testid="feedback" data-grade={of.grade}>
      <Icon name="alert" size={18} />
      <p>
        <b>{t(`reading.feedback.grade.${of.grade}`)}</b>{' '}
        {reading && !here && (
          <span className="feedback-who">
            {reading.patient.name} <SexAge of={reading.patient} /> {reading.modality} {reading.description}
          </span>
        )}{' '}
        <span className="soft">
          {reading
            ? t(reading.returned ? 'reading.feedback.returned' : 'reading.feedback.released', {
                name: of.reviewer.name,
              })
            : of.reviewer.name}{' '}
          <time className="num">{moment(of.at)}</time>
        </span>{' '}
        {reading?.reason && <q>{reading.reason}</q>}
        {!reading && <span>{t('reading.feedback.gone')}</span>}
        {more > 0 && <span className="muted"> {t('reading.feedback.more', { n: more })}</span>}
      </p>
      {at && <Link to={at}>{t('reading.feedback.see')}</Link>}
      <Button size="small" busy={take.isPending} onClick={() => take.mutate(of.id)}>
        {t('reading.feedback.noted')}
      </Button>
    </div>
  );
}
