import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '@/ui/button';
import { Skeleton } from '@/ui/states';
import { tag, text } from '../dicom.model';
import { instanceUrl } from '../dicomweb';
import type { Frame, Series } from '../study.model';
import { codingOf, containerOf, frameSeconds, speeds, stepped } from './video.model';
import './video.css';

/** The videos of a series, one at a time: played here where the browser can, else the reason and the files. */
export function VideoView({ series }: { series: Series }) {
  const { t } = useTranslation();
  const films = series.frames.filter((f) => f.frame === 1);
  const [at, setAt] = useState(0);
  const film = films[at] ?? films[0];
  if (!film) return null;
  return (
    <section className="viewer-video" aria-label={series.description} data-testid="video">
      {films.length > 1 && (
        <header>
          {films.map((f, i) => (
            <Button key={f.instanceUid} size="small" aria-pressed={i === at} onClick={() => setAt(i)}>
              {i + 1}
            </Button>
          ))}
        </header>
      )}
      <Film key={film.instanceUid} series={series} film={film} label={series.description || t('viewer.kind.video')} />
    </section>
  );
}

const head = 512; // bytes that tell the container

function Film({ series, film, label }: { series: Series; film: Frame; label: string }) {
  const { t } = useTranslation();
  const coding = codingOf(film.metadata);
  const kind = coding === 'mpeg2' ? 'video/mpeg2' : 'video/mp4';
  const file = instanceUrl(series.study, series.uid, text(film.metadata, tag.sopInstance));
  const address = `${file}/rendered?accept=${encodeURIComponent(kind)}`;
  const [failed, setFailed] = useState(false);
  const { data: container, isPending } = useQuery({
    queryKey: ['viewer', 'video', film.instanceUid],
    queryFn: async ({ signal }) => {
      const res = await fetch(address, { headers: { Range: `bytes=0-${head - 1}` }, signal });
      return res.ok ? containerOf(new Uint8Array(await res.arrayBuffer()).subarray(0, head)) : 'unknown';
    },
    staleTime: Number.POSITIVE_INFINITY,
  });
  if (isPending) return <Skeleton rows={8} />;
  const why = container === 'mp4' ? (failed ? 'codec' : undefined) : coding === 'mpeg2' ? 'mpeg2' : container;
  if (!why) return <Player address={address} label={label} film={film} onFail={() => setFailed(true)} />;
  return (
    <div className="viewer-file" role="alert" data-testid="video-why">
      <p>
        {t(`kinds.video.why.${why}`)}
        <br />
        {t('kinds.video.instead')}
      </p>
      <p className="viewer-video-ways">
        <a className="y-btn y-btn-plain y-btn-normal" href={address} download={`${label}.${coding ?? 'video'}`}>
          {t('kinds.video.stream')}
        </a>
        <a className="y-btn y-btn-plain y-btn-normal" href={file} download>
          {t('viewer.download')}
        </a>
      </p>
    </div>
  );
}

function Player(p: { address: string; label: string; film: Frame; onFail: () => void }) {
  const { t } = useTranslation();
  const video = useRef<HTMLVideoElement>(null);
  const [speed, setSpeed] = useState(1);
  const [loop, setLoop] = useState(false);
  const frame = frameSeconds(p.film.metadata) || 1 / 25;
  useEffect(() => {
    if (video.current) video.current.playbackRate = speed;
  }, [speed]);
  const step = (by: number) => {
    const v = video.current;
    if (!v) return;
    v.pause();
    v.currentTime = stepped(v.currentTime, by, frame, v.duration || 0);
  };
  return (
    <>
      <video ref={video} src={p.address} controls playsInline loop={loop} aria-label={p.label} onError={p.onFail} />
      <footer>
        <Button size="small" onClick={() => step(-1)} aria-label={t('kinds.video.back')}>
          ‹
        </Button>
        <Button size="small" onClick={() => step(1)} aria-label={t('kinds.video.on')}>
          ›
        </Button>
        <label>
          {t('kinds.video.speed')}
          <select value={speed} onChange={(e) => setSpeed(Number(e.target.value))}>
            {speeds.map((s) => (
              <option key={s} value={s}>
                {s}×
              </option>
            ))}
          </select>
        </label>
        <label>
          <input type="checkbox" checked={loop} onChange={(e) => setLoop(e.target.checked)} />
          {t('kinds.video.loop')}
        </label>
      </footer>
    </>
  );
}
