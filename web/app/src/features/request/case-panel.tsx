import { useTranslation } from 'react-i18next';
import { attachmentUrl } from '@/api/consults';
import type { ConsultRequest, Vitals } from '@/api/types';
import { useFormat } from '@/i18n/format';
import { brief } from '@/ui/brief';
import { Icon } from '@/ui/icon';
import { Facts } from '@/ui/panel';
import './case-panel.css';

interface CasePanelProps {
  request: ConsultRequest;
  specialty: string;
  onStudy?: (uid: string) => void;
}

/** What the requester sent: the question, vital signs, studies, papers. */
export function CasePanel({ request, specialty, onStudy }: CasePanelProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const { consent } = request;
  return (
    <div className="case">
      <p className="case-summary">{request.summary}</p>
      {request.purpose && request.purpose !== request.summary && <p className="soft">{request.purpose}</p>}
      {request.vitals && <VitalLine vitals={request.vitals} />}
      {request.studies.length > 0 && (
        <ul className="case-files">
          {request.studies.map((study) => (
            <li key={study.uid}>
              <button type="button" onClick={() => onStudy?.(study.uid)} disabled={!onStudy}>
                <Icon name="image" />
                <b>{study.modality}</b>
                <span className="ellipsis">{brief(study.description)}</span>
                {onStudy && <Icon name="next" size={14} />}
              </button>
            </li>
          ))}
        </ul>
      )}
      {request.attachments.length > 0 && (
        <ul className="case-files">
          {request.attachments.map((file) => (
            <li key={file.id}>
              <a href={attachmentUrl(request.id, file.id)} target="_blank" rel="noreferrer">
                <Icon name={file.type === 'application/pdf' ? 'file' : 'image'} />
                <span className="ellipsis">{file.name}</span>
                <span className="num muted">{format.size(file.size)}</span>
              </a>
            </li>
          ))}
        </ul>
      )}
      <Facts
        items={[
          [t('request.specialty'), specialty],
          [
            t('request.requester'),
            <span key="r">
              {request.requester.name} {request.requester.title}{' '}
              {request.requester.phone && (
                <a className="num" href={`tel:${request.requester.phone}`}>
                  {request.requester.phone}
                </a>
              )}
            </span>,
          ],
          [
            t('request.submittedAt'),
            <span key="s" className="num">
              {format.dateTime(request.submittedAt)}
            </span>,
          ],
          [
            t('request.acceptedBy'),
            request.acceptedBy && `${request.acceptedBy.name} ${request.acceptedBy.title ?? ''}`,
          ],
          [
            t('request.consent'),
            consent &&
              (consent.emergencyReason
                ? t('request.consentEmergency', { reason: consent.emergencyReason })
                : t('request.consentGiven')),
          ],
          [
            t('request.number'),
            <span key="n" className="num">
              {request.number}
            </span>,
          ],
        ]}
      />
    </div>
  );
}

function VitalLine({ vitals }: { vitals: Vitals }) {
  const { t } = useTranslation();
  const { systolic, diastolic, pulse, spo2, temperature, respiration, glucose } = vitals;
  const items: [string, string | number | undefined, string][] = [
    [t('vital.bp'), systolic && `${systolic}/${diastolic ?? '–'}`, 'mmHg'],
    [t('vital.pulse'), pulse, '/min'],
    [t('vital.spo2'), spo2, '%'],
    [t('vital.temperature'), temperature, '°C'],
    [t('vital.respiration'), respiration, '/min'],
    [t('vital.glucose'), glucose, 'mmol/L'],
  ];
  return (
    <dl className="case-vitals">
      {items
        .filter(([, value]) => value !== undefined)
        .map(([name, value, unit]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd className="num">
              {value} <small>{unit}</small>
            </dd>
          </div>
        ))}
    </dl>
  );
}
