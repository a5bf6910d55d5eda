import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { acknowledgeNotice, noticesQuery } from '@/api/truth';
import { useFormat } from '@/i18n/format';
import { Button } from '@/ui/button';
import { Icon } from '@/ui/icon';
import './truth.css';

/** Somebody saw a study that has been corrected since: it is told on whatever page they are, until they take note. */
export function NoticesHost() {
  const { t } = useTranslation();
  const format = useFormat();
  const queries = useQueryClient();
  const { data } = useQuery(noticesQuery);
  const take = useMutation({
    mutationFn: acknowledgeNotice,
    onSettled: () => queries.invalidateQueries({ queryKey: ['truth', 'notices'] }),
  });
  const first = data?.[0];
  if (!first) return null;
  return (
    <div className="notice" role="status">
      <Icon name="alert" size={18} />
      <p>
        <b>{t(first.undone ? 'truth.noticeUndone' : 'truth.notice', { what: t(`truth.kind.${first.kind}`) })}</b>{' '}
        <q>{first.reason}</q> <span className="num muted">{format.moment(first.at)}</span>
        {data.length > 1 && <span className="muted"> {t('truth.noticeMore', { n: data.length - 1 })}</span>}
      </p>
      <Link to={`/studies/${first.study}`}>{t('truth.see')}</Link>
      <Button size="small" busy={take.isPending} onClick={() => take.mutate(first.id)}>
        {t('truth.noted')}
      </Button>
    </div>
  );
}
