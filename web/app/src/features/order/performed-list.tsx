import { useTranslation } from 'react-i18next';
import type { PerformedStep } from '@/api/record-types';
import { useFormat } from '@/i18n/format';
import './order.css';

/** What devices have told about an exam, in the order in which they began. */
export function PerformedList({ steps }: { steps: readonly PerformedStep[] }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <ol className="performed">
      {steps.map((step) => (
        <li key={`${step.device} ${step.startedAt}`} data-abandoned={step.abandoned}>
          <p>
            <b>{t(`order.steps.${step.status}`)}</b> <span className="soft">{step.device}</span>{' '}
            <span className="num muted">
              {format.moment(step.startedAt)}
              {step.endedAt && ` – ${format.moment(step.endedAt)}`}
            </span>
            {step.abandoned && <span className="muted"> · {t('order.stepAbandoned')}</span>}
          </p>
          {step.reason && <p className="soft">{t('order.stepReason', { reason: step.reason })}</p>}
        </li>
      ))}
    </ol>
  );
}
