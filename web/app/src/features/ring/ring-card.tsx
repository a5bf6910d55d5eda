import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { RequestSummary } from '@/api/types';
import { Button, IconButton } from '@/ui/button';
import { SexAge } from '@/ui/sex-age';
import { UrgencyTag } from '@/ui/urgency';
import { Countdown, Waiting } from '@/ui/waiting';
import { DeclineDialog } from './decline-dialog';
import type { ActiveRing } from './ring.model';
import './ring-card.css';

interface RingCardProps {
  ring: ActiveRing;
  request?: RequestSummary;
  others: number;
  silenced: boolean;
  busy: boolean;
  onAccept: () => void;
  onSilence: () => void;
}

export function RingCard({ ring, request, others, silenced, busy, onAccept, onSilence }: RingCardProps) {
  const { t } = useTranslation();
  const [declining, setDeclining] = useState(false);
  return (
    <article className={`ring-card ring-card-${ring.kind}`}>
      <header>
        <UrgencyTag kind={ring.kind} />
        <span className="soft ellipsis">{request && `${request.institution.short} ${distance(request)}`}</span>
        <Waiting since={ring.since} className="end ring-clock" />
      </header>
      {request && (
        <>
          <p className="ring-who">
            {request.patient.name} <SexAge of={request.patient} />
            <span className="muted"> · {request.requester.name}</span>
          </p>
          <p className="ring-what">{request.summary}</p>
        </>
      )}
      <p className="muted small">
        <Countdown until={ring.until} /> {t('ring.goes')}
        {others > 0 && <span> · {t('ring.more', { count: others })}</span>}
      </p>
      <footer>
        <Button
          look={ring.kind === 'rescue' ? 'rescue' : 'primary'}
          size="large"
          icon="camera"
          busy={busy}
          shortcut="a"
          onClick={onAccept}
        >
          {t('ring.accept')}
        </Button>
        <Button size="large" onClick={() => setDeclining(true)}>
          {t('ring.decline')}
        </Button>
        {!silenced && <IconButton icon="bellOff" label={t('ring.silence')} onClick={onSilence} />}
      </footer>
      {declining && <DeclineDialog id={ring.request} onClose={() => setDeclining(false)} />}
    </article>
  );
}

function distance(request: RequestSummary): string {
  return request.institution.distanceKm ? `${Math.round(request.institution.distanceKm)} km` : '';
}
