import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ConsultRequest } from '@/api/types';
import { useSpecialtyName } from '@/app/specialty';
import { useAccept } from '@/app/use-accept';
import { CancelDialog } from '@/features/request/cancel-dialog';
import { CasePanel } from '@/features/request/case-panel';
import { Preview } from '@/features/room/preview';
import type { Devices } from '@/features/room/use-devices';
import { Button } from '@/ui/button';
import { Panel } from '@/ui/panel';
import { Countdown, Waiting as WaitingClock, WaitingMeter } from '@/ui/waiting';
import './waiting.css';

interface WaitingProps {
  request: ConsultRequest;
  /** The requester's own devices; absent for others who look. */
  devices?: Devices;
  onChoose: (kind: 'mic' | 'camera', deviceId: string) => void;
}

/** The living page while it rings: whom, since when, what comes next, cancel. */
export function Waiting({ request, devices, onChoose }: WaitingProps) {
  const { t } = useTranslation();
  const specialty = useSpecialtyName();
  const [cancelling, setCancelling] = useState(false);
  const { accept, accepting } = useAccept();
  const names = request.ringing.map((offer) => offer.person);
  const unanswered = request.state === 'unanswered';
  const since = request.waitingSince ?? request.submittedAt;
  return (
    <div className="waiting">
      <section
        className={`waiting-main waiting-${request.kind} ${unanswered ? 'waiting-alarm' : ''}`}
        aria-live="polite"
      >
        {unanswered ? (
          <>
            <h1>{t('waiting.unanswered')}</h1>
            <p>{t('waiting.unansweredText')}</p>
          </>
        ) : (
          <>
            <p className="waiting-what">{t(names.length > 0 ? 'waiting.calling' : 'waiting.callingNobody')}</p>
            <h1>
              {names.length > 0
                ? names.map((person) => (
                    <span key={person.id}>
                      {person.name} <small>{person.title}</small>
                    </span>
                  ))
                : specialty(request.specialty)}
            </h1>
          </>
        )}
        <WaitingClock since={since} due={request.escalation?.nextAt} className="waiting-clock" />
        <WaitingMeter since={since} due={request.escalation?.nextAt} />
        <NextStep request={request} />
        {devices && <p className="waiting-auto">{t('waiting.youAreReady')}</p>}
        <div className="waiting-do">
          {request.actions.includes('accept') && (
            <Button look="primary" size="large" icon="camera" busy={accepting} onClick={() => accept(request.id)}>
              {t('request.accept')}
            </Button>
          )}
          {request.actions.includes('cancel') && (
            <Button look="danger" size="large" onClick={() => setCancelling(true)}>
              {t('request.cancel')}
            </Button>
          )}
        </div>
      </section>
      {devices && (
        <section className="waiting-preview">
          <Preview devices={devices} onChoose={onChoose} />
        </section>
      )}
      <Panel title={t('waiting.steps')} className="waiting-steps">
        <Offers request={request} />
      </Panel>
      <Panel title={t('request.summary')} className="waiting-case">
        <CasePanel request={request} specialty={specialty(request.specialty)} />
      </Panel>
      {cancelling && <CancelDialog request={request} onClose={() => setCancelling(false)} />}
    </div>
  );
}

function NextStep({ request }: { request: ConsultRequest }) {
  const { t } = useTranslation();
  const { nextAt, nextLevel } = request.escalation ?? {};
  if (!nextAt) return <p className="soft">{t('waiting.nextStay')}</p>;
  const level = Math.min(4, Math.max(1, nextLevel ?? 1)) as 1 | 2 | 3 | 4;
  return (
    <p className="soft">
      {t('waiting.next')}：<Countdown until={nextAt} /> → {t(`escalation.level${level}`)}
    </p>
  );
}

function Offers({ request }: { request: ConsultRequest }) {
  const { t } = useTranslation();
  if (request.offers.length === 0) return <p className="waiting-none muted">{t('waiting.callingNobody')}</p>;
  return (
    <ul className="waiting-offers">
      {[...request.offers].reverse().map((offer) => {
        const outcome = offer.outcome || 'ringing';
        return (
          <li key={`${offer.person.id} ${offer.at}`}>
            <b>{offer.person.name}</b>
            <span className="muted">{offer.person.title}</span>
            <span className={`end waiting-${outcome}`}>
              {t(`waiting.outcome.${outcome}`)} {outcome === 'ringing' && <Countdown until={offer.until} />}
            </span>
          </li>
        );
      })}
    </ul>
  );
}
