import { useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { boardQuery } from '@/api/consults';
import type { Board, RequestSummary } from '@/api/types';
import { useIs } from '@/app/session';
import { useSpecialtyName } from '@/app/specialty';
import { usePageTone } from '@/app/theme';
import { countDuty, nextGap } from '@/features/duty/duty.model';
import { WallDuty } from '@/features/duty/wall-duty';
import { byUrgency, clockOf, isWaiting } from '@/features/request/request.model';
import { StatusLine } from '@/features/request/status-line';
import { boardRings } from '@/features/ring/ring.model';
import { ringStore } from '@/features/ring/ring-store';
import { useRinger, useWakeLock } from '@/features/ring/use-ringing';
import { useFormat } from '@/i18n/format';
import { IconButton } from '@/ui/button';
import { Icon } from '@/ui/icon';
import { useNow } from '@/ui/server-clock';
import { SexAge } from '@/ui/sex-age';
import { Loaded } from '@/ui/states';
import { UrgencyMark } from '@/ui/urgency';
import { Waiting } from '@/ui/waiting';
import './wall.css';

/** The duty room's wall: read from four metres, nothing to press. */
export function WallPage() {
  usePageTone('dark');
  useWakeLock(true);
  const board = useQuery(boardQuery);
  return (
    <div className="wall" data-testid="wall">
      <Loaded query={board} rows={10} height={60}>
        {(data) => <Wall board={data} staleAt={board.isError ? board.dataUpdatedAt : undefined} />}
      </Loaded>
    </div>
  );
}

function Wall({ board, staleAt }: { board: Board; staleAt?: number }) {
  const { t } = useTranslation();
  const format = useFormat();
  const requests = [...(board.requests ?? [])].sort(byUrgency);
  const kiosk = useIs('kiosk');
  const ringer = useRinger(kiosk);
  useEffect(() => {
    if (kiosk) ringStore.dispatch({ type: 'truth', rings: boardRings(board.requests ?? []) });
  }, [kiosk, board.requests]);
  return (
    <>
      <WallHead board={board} />
      <WallCounts board={board} />
      {ringer.blocked && (
        <button type="button" className="wall-strip" onClick={ringer.unlock}>
          <Icon name="bellOff" size={32} /> {t('ring.blocked')}
        </button>
      )}
      {staleAt && (
        <p className="wall-strip" role="alert">
          <Icon name="wifiOff" size={32} /> {t('duty.stale', { time: format.time(staleAt) })}
        </p>
      )}
      <div className="wall-body">
        {requests.length === 0 ? (
          <p className="wall-empty">{t('duty.empty')}</p>
        ) : (
          <ul className="wall-queue">
            {requests.map((request) => (
              <WallRow key={request.id} request={request} />
            ))}
          </ul>
        )}
        <WallDuty duty={board.duty ?? []} gaps={board.gaps ?? []} reading={board.reading} />
      </div>
      {!kiosk && (
        <div className="wall-tools">
          <IconButton
            icon="expand"
            label={t('duty.fullscreen')}
            onClick={() => void document.documentElement.requestFullscreen()}
          />
          <Link to="/duty">{t('duty.exit')}</Link>
        </div>
      )}
    </>
  );
}

function WallHead({ board }: { board: Board }) {
  const { t } = useTranslation();
  const format = useFormat();
  const specialty = useSpecialtyName();
  const now = useNow();
  const count = countDuty(board.duty ?? []);
  const gap = nextGap(board.gaps ?? []);
  const open = gap && Date.parse(gap.from) <= now;
  return (
    <header className="wall-head">
      <h1>{t('duty.wallTitle', { place: board.institution.name })}</h1>
      <time className="num wall-time">{format.timeSeconds(now)}</time>
      <p>
        <span>{t('duty.onDuty', { count: count.present })}</span>
        <span>{t('duty.inCall', { count: count.inCall })}</span>
        {gap && (
          <span className={open ? 'wall-gap' : ''}>
            ▲{' '}
            {open
              ? t('duty.gapOpen', { specialty: specialty(gap.specialty) })
              : t('duty.gapNext', { time: format.moment(gap.from, now), specialty: specialty(gap.specialty) })}
          </span>
        )}
      </p>
    </header>
  );
}

function WallCounts({ board }: { board: Board }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { counts } = board;
  return (
    <div className="wall-counts">
      {(['rescue', 'urgent', 'assist'] as const).map((kind) => (
        <span key={kind} className={`wall-count wall-${kind} ${counts[kind] === 0 ? 'wall-zero' : ''}`}>
          <UrgencyMark kind={kind} size={26} />
          {t(`kind.${kind}`)} <b className="num">{counts[kind]}</b>
        </span>
      ))}
      <span className={`wall-count wall-unanswered ${counts.unanswered === 0 ? 'wall-zero' : ''}`}>
        {t('duty.unanswered')} <b className="num">{counts.unanswered}</b>
      </span>
      <span className="wall-day num">
        {t('duty.today', { count: counts.today })} · {t('duty.closed', { count: counts.closedToday })}
        {counts.medianAcceptSeconds >= 1 && (
          <> · {t('duty.median', { time: format.duration(counts.medianAcceptSeconds) })}</>
        )}
      </span>
    </div>
  );
}

function WallRow({ request }: { request: RequestSummary }) {
  const { t } = useTranslation();
  const specialty = useSpecialtyName();
  const clock = clockOf(request);
  const { patient, institution, studies } = request;
  const modalities = [...new Set((studies ?? []).map((study) => study.modality))].join(' ');
  return (
    <li
      className={`wall-row wall-${request.kind} ${isWaiting(request) ? '' : 'wall-helped'} ${request.state === 'unanswered' ? 'wall-alarm' : ''}`}
    >
      <UrgencyMark kind={request.kind} size={34} />
      <span className="wall-clock">
        {clock.since ? (
          <Waiting since={clock.since} due={clock.due} />
        ) : (
          <span className="muted">{t(`state.${request.state}`)}</span>
        )}
      </span>
      <div className="wall-case">
        <p>
          <b className="wall-kind">{t(`kind.${request.kind}`)}</b>{' '}
          <span className="wall-sum">{request.summary || specialty(request.specialty)}</span>
        </p>
        <p className="wall-second">
          {request.summary && `${specialty(request.specialty)} · `}
          <StatusLine request={request} />
        </p>
      </div>
      <div className="wall-where">
        <p>
          {modalities && <span className="wall-second">{modalities} </span>}
          <SexAge of={patient} />
        </p>
        <p className="wall-second">
          {institution.short}{' '}
          {institution.distanceKm ? <span className="num">{Math.round(institution.distanceKm)} km</span> : null}
        </p>
      </div>
    </li>
  );
}
