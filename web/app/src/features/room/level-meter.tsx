import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { loudness } from './media.model';
import './preview.css';

/** Moves while the microphone hears something: proof that the voice will arrive. */
export function LevelMeter({ track }: { track: MediaStreamTrack | null }) {
  const { t } = useTranslation();
  const bar = useRef<HTMLElement>(null);
  useEffect(() => {
    if (!track) return;
    const context = new AudioContext();
    const analyser = context.createAnalyser();
    analyser.fftSize = 1024;
    context.createMediaStreamSource(new MediaStream([track])).connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    let shown = 0;
    let frame = 0;
    const draw = () => {
      analyser.getFloatTimeDomainData(samples);
      const level = loudness(samples);
      shown = Math.max(level, shown * 0.88);
      if (bar.current) bar.current.style.width = `${Math.round(shown * 100)}%`;
      frame = requestAnimationFrame(draw);
    };
    draw();
    return () => {
      cancelAnimationFrame(frame);
      void context.close();
    };
  }, [track]);
  return (
    <div className="level" role="img" aria-label={t('room.level')}>
      <i ref={bar} />
    </div>
  );
}
