import { useTranslation } from 'react-i18next';
import type { Reading } from '@/api/readings';
import { useFormat } from '@/i18n/format';

/** Who else writes this report now, since when, and how it comes to somebody else. */
export function Holder({ reading }: { reading: Reading }) {
  const { t } = useTranslation();
  const { moment } = useFormat();
  const { lock, keptFor, keptUntil } = reading;
  if (lock)
    return (
      <p className="report-holder" role="status" data-testid="holder">
        {t('reading.holder.writes', { name: lock.person.name, since: moment(lock.since) })}{' '}
        <span className="muted">{t('reading.holder.until', { until: moment(lock.until) })}</span>
      </p>
    );
  if (keptFor)
    return (
      <p className="report-holder" role="status" data-testid="holder">
        {t('reading.holder.kept', { name: keptFor, until: moment(keptUntil) })}
      </p>
    );
  return null;
}
