import { useTranslation } from 'react-i18next';
import { Button } from '@/ui/button';
import { Icon } from '@/ui/icon';
import { useNow } from '@/ui/server-clock';
import { clockText } from '@/ui/time.model';
import type { Cover } from './room.model';

interface RoomCoverProps {
  cover: Exclude<Cover, { is: 'none' }>;
  phone?: string;
  /** Only listens: to them it was a lecture. */
  listens: boolean;
  /** What can be done when the talk is over. */
  after?: React.ReactNode;
  onRetry: () => void;
  onRejoin: () => void;
}

const endings = [
  'left',
  'ended',
  'denied',
  'moved',
  'removed',
  'lost',
  'ticket',
  'forbidden',
  'gone',
  'full',
  'unreachable',
] as const;

/** Lies over the picture when there is none, and says why, how long, and what else can be done. */
export function RoomCover({ cover, phone, listens, after, onRetry, onRejoin }: RoomCoverProps) {
  const { t } = useTranslation();
  useNow();
  const call = phone && (
    <a className="cover-phone" href={`tel:${phone}`}>
      <Icon name="phone" />
      <span>{t('room.callInstead')}</span> <b className="num">{phone}</b>
    </a>
  );
  switch (cover.is) {
    case 'joining':
      return <CoverText busy title={t('room.joining')} />;
    case 'lobby':
      return <CoverText busy title={t('call.lobby.title')} note={t('call.lobby.note')} extra={call} />;
    case 'alone':
      return <CoverText busy title={t('room.alone')} note={t('room.aloneNote')} extra={call} />;
    case 'connecting':
      return <CoverText busy title={t('room.connecting', { name: cover.name })} />;
    case 'theyLost':
      return (
        <CoverText
          veil
          title={t('room.theyLost', { name: cover.name })}
          until={cover.until}
          note={t('room.seatKept')}
          extra={call}
        />
      );
    case 'weLost':
      return (
        <CoverText
          veil
          title={t('room.weLost')}
          until={cover.until}
          note={t('room.seatKept')}
          extra={
            <>
              <Button icon="refresh" onClick={onRetry}>
                {t('room.retry')}
              </Button>
              {call}
            </>
          }
        />
      );
    case 'ended': {
      const reason = endings.find((known) => known === cover.ended.reason) ?? 'ended';
      return (
        <CoverText
          title={t(listens && reason === 'ended' ? 'lecture.over' : `room.over.${reason}`)}
          extra={
            <>
              {cover.ended.again && (
                <Button look="primary" size="large" icon="camera" onClick={onRejoin}>
                  {t('room.rejoin')}
                </Button>
              )}
              {call}
              {after}
            </>
          }
        />
      );
    }
  }
}

interface CoverTextProps {
  title: string;
  note?: string;
  until?: number;
  busy?: boolean;
  /** The last picture stays visible behind. */
  veil?: boolean;
  extra?: React.ReactNode;
}

function CoverText({ title, note, until, busy, veil, extra }: CoverTextProps) {
  const left = until === undefined ? undefined : Math.max(0, Math.ceil((until - Date.now()) / 1000));
  return (
    <div className={`cover ${veil ? 'cover-veil' : ''}`} role="status">
      {busy && <span className="y-spin" aria-hidden />}
      <p className="cover-title">{title}</p>
      {left !== undefined && <p className="cover-left num">{clockText(left)}</p>}
      {note && <p className="cover-note">{note}</p>}
      {extra && <div className="cover-extra">{extra}</div>}
    </div>
  );
}
