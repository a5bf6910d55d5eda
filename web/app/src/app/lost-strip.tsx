import { useTranslation } from 'react-i18next';
import { useFormat } from '@/i18n/format';
import { Icon } from '@/ui/icon';
import { useNow } from '@/ui/server-clock';
import { clockText } from '@/ui/time.model';
import { lostSince } from './live/live.model';
import { useLive } from './live/live-provider';
import './lost-strip.css';

const grace = 2_500;

/** Says since when nothing live arrives and what still works; goes away by itself. */
export function LostStrip() {
  const { t } = useTranslation();
  const format = useFormat();
  useNow();
  const lost = lostSince(useLive());
  const gone = lost === undefined ? 0 : Date.now() - lost;
  if (lost === undefined || gone < grace) return null;
  return (
    <div className="lost" role="alert">
      <Icon name="wifiOff" />
      <p>
        <strong className="num">{t('shell.lost', { time: clockText(gone / 1000) })}</strong>{' '}
        <span>{t('shell.lostWorks', { at: format.time(lost) })}</span>
      </p>
    </div>
  );
}
