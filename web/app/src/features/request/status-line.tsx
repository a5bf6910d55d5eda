import { useTranslation } from 'react-i18next';
import type { RequestSummary } from '@/api/types';
import { useFormat } from '@/i18n/format';
import { Countdown } from '@/ui/waiting';
import { type Status, statusOf } from './request.model';

/** `呼叫中 林医生 · 00:18 后升级到二线` */
export function StatusLine({ request }: { request: RequestSummary }) {
  const status = statusOf(request);
  return (
    <span className={`status status-${status.is}`}>
      <StatusText status={status} />
    </span>
  );
}

function StatusText({ status }: { status: Status }) {
  const { t } = useTranslation();
  const format = useFormat();
  switch (status.is) {
    case 'ringing':
      return (
        <>
          {t('request.ringing', { names: format.list(status.names) })}
          <Next status={status} />
        </>
      );
    case 'queued':
      return (
        <>
          {t('request.queued')}
          <Next status={status} />
        </>
      );
    case 'joining':
    case 'live':
    case 'degraded':
    case 'interrupted':
      return t(`request.${status.is}`, { who: status.who });
    case 'opinionDue':
      return t('request.opinionDue', { who: status.who, time: format.time(status.dueAt) });
    case 'toAcknowledge':
      return t('request.toAcknowledge', { who: status.who });
    default:
      return t(`state.${status.is}`);
  }
}

function Next({ status }: { status: { nextAt?: string; nextLevel?: number } }) {
  const { t } = useTranslation();
  if (!status.nextAt) return null;
  const level = Math.min(4, Math.max(0, status.nextLevel ?? 1)) as 0 | 1 | 2 | 3 | 4;
  return (
    <>
      {' → '}
      <Countdown until={status.nextAt} /> {t('request.thenTo', { level: t(`escalation.level${level}`) })}
    </>
  );
}
