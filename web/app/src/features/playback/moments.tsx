import { useTranslation } from 'react-i18next';
import type { RecordingEvent } from '@/api/recordings';
import { clockText } from './playback.model';

interface MomentsProps {
  events: readonly RecordingEvent[];
  at: number;
  onSeek: (to: number) => void;
}

/** What happened, each a way to its moment. */
export function Moments({ events, at, onSeek }: MomentsProps) {
  const { t } = useTranslation();
  const words = useWords();
  if (events.length === 0) return <p className="muted playback-none">{t('playback.noMoments')}</p>;
  const now = events.findLastIndex((event) => event.atMs <= at);
  return (
    <ol className="playback-moments">
      {events.map((event, i) => (
        <li key={`${event.atMs}-${event.type}-${event.person}-${event.text}`} aria-current={i === now || undefined}>
          <button type="button" onClick={() => onSeek(event.atMs)}>
            <span className="num">{clockText(event.atMs)}</span>
            <span>
              <b>{event.name}</b> {words(event)}
            </span>
          </button>
        </li>
      ))}
    </ol>
  );
}

/** The words for an event; marks and chat are in the words of who wrote them. */
function useWords(): (event: RecordingEvent) => string {
  const { t } = useTranslation();
  return (event) => {
    if (event.type === 'mark') return t('playback.event.mark', { text: event.text ?? '' });
    if (event.type === 'chat') return event.text ?? '';
    if (event.type === 'consent') {
      return t(event.text === 'given' ? 'playback.event.agreed' : 'playback.event.disagreed');
    }
    return t(`playback.event.${event.type}` as 'playback.event.joined', { defaultValue: event.type });
  };
}
