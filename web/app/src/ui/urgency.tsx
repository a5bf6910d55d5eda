import { useTranslation } from 'react-i18next';
import type { RequestKind } from '@/api/types';
import './urgency.css';

/** ■ 抢救, ▲ 急, ● 普通: a shape and a word go with every colour. */
export function UrgencyMark({ kind, size = 12 }: { kind: RequestKind; size?: number }) {
  return (
    <svg className={`y-mark y-mark-${kind}`} width={size} height={size} viewBox="0 0 12 12" aria-hidden>
      {kind === 'rescue' && <rect x="0.5" y="0.5" width="11" height="11" rx="1.500" />}
      {kind === 'urgent' && <path d="M6 .4 11.900 11.400H.1L6 .4Z" />}
      {kind === 'assist' && <circle cx="6" cy="6" r="5" />}
    </svg>
  );
}

export function UrgencyTag({ kind }: { kind: RequestKind }) {
  const { t } = useTranslation();
  return (
    <span className={`y-urgency y-urgency-${kind}`}>
      <UrgencyMark kind={kind} size={10} />
      {t(`kind.${kind}`)}
    </span>
  );
}

export type Priority = 'stat' | 'urgent' | 'routine';

const kindOfPriority = { stat: 'rescue', urgent: 'urgent', routine: 'assist' } as const;

export function PriorityTag({ priority }: { priority: Priority }) {
  const { t } = useTranslation();
  const kind = kindOfPriority[priority];
  return (
    <span className={`y-urgency y-urgency-${kind}`}>
      <UrgencyMark kind={kind} size={10} />
      {t(`priority.${priority}`)}
    </span>
  );
}
