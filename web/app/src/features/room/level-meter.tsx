import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { meter } from '@/call';
import './preview.css';

/** Moves while the microphone hears something: proof that the voice will arrive. */
export function LevelMeter({ track }: { track: MediaStreamTrack | null }) {
  const { t } = useTranslation();
  const bar = useRef<HTMLElement>(null);
  useEffect(() => {
    if (!track) return;
    return meter(track, (level) => {
      if (bar.current) bar.current.style.width = `${Math.round(level * 100)}%`;
    });
  }, [track]);
  return (
    <div className="level" role="img" aria-label={t('room.level')}>
      <i ref={bar} />
    </div>
  );
}
