import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { RequestSummary } from '@/api/types';
import { useFormat } from '@/i18n/format';
import { SexAge } from '@/ui/sex-age';
import { UrgencyMark } from '@/ui/urgency';
import { Waiting } from '@/ui/waiting';
import { clockOf } from './request.model';
import { StatusLine } from './status-line';
import './request-row.css';

interface RequestRowProps {
  request: RequestSummary;
  current?: boolean;
  actions?: ReactNode;
}

/** One request in a list: shape and kind, clock, patient, what happens now, where from. */
export function RequestRow({ request, current, actions }: RequestRowProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const { patient, institution } = request;
  const clock = clockOf(request);
  return (
    <li className={`rq rq-${request.kind}`} data-cursor={current} data-request={request.id}>
      <Link to={`/requests/${request.id}`} className="rq-link">
        <span className="rq-kind">
          <UrgencyMark kind={request.kind} />
          {t(`kind.${request.kind}`)}
        </span>
        <span className="rq-clock">
          {clock.since ? (
            <Waiting since={clock.since} due={clock.due} />
          ) : (
            <time className="num muted">{format.moment(request.submittedAt)}</time>
          )}
        </span>
        <span className="rq-who">
          {patient.name}{' '}
          <span className="soft">
            <SexAge of={patient} />
          </span>
        </span>
        <span className="rq-text ellipsis">{request.summary}</span>
        <span className="rq-status ellipsis">
          <StatusLine request={request} />
        </span>
        <span className="rq-place">
          {institution.short}
          {request.studies.length > 0 && (
            <span className="rq-studies">{[...new Set(request.studies.map((study) => study.modality))].join(' ')}</span>
          )}
        </span>
      </Link>
      {actions && <div className="rq-actions">{actions}</div>}
    </li>
  );
}
