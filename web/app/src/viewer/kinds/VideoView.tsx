import { useQuery } from '@tanstack/react-query';
import { type RefObject, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { steady } from '@/api/steady';
import { Button } from '@/ui/button';
import { useLineBack } from '@/ui/line-back';
import { ErrorNote, Skeleton } from '@/ui/states';
import { tag, text } from '../dicom.model';
import { fileUrl, instanceUrl } from '../dicomweb';
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
  const instance = text(film.metadata, tag.sopInstance);
  const address = `${instanceUrl(series.study, series.uid, instance)}/rendered?accept=${encodeURIComponent(kind)}`;
  const [failed, setFailed] = useState(false);
  const {
    data: container,
    isPending,
    error,
    refetch,
  } = useQuery({
    queryKey: ['viewer', 'video', film.instanceUid],
    queryFn: async ({ signal }) => {
      const res = await steady(address, { headers: { Range: `bytes=0-${head - 1}` }, signal });
      return res.ok ? containerOf(new Uint8Array(await res.arrayBuffer()).subarray(0, head)) : 'unknown';
    },
    staleTime: Number.POSITIVE_INFINITY,
  });
  if (isPending) return <Skeleton rows={8} />;
  if (!container && error) return <ErrorNote error={error} retry={() => void refetch()} />;
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
        <a
          className="y-btn y-btn-plain y-btn-normal"
          href={fileUrl(series.study, series.uid, instance)}
          download={`${instance}.dcm`}
        >
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
  const line = useVideoLine(video, p.address, p.onFail);
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
      <video ref={video} src={p.address} controls playsInline loop={loop} aria-label={p.label} onError={line.broke} />
      {line.lost && (
        <p className="viewer-video-lost" role="alert">
          {t('kinds.video.lost')}{' '}
          <Button size="small" icon="refresh" onClick={line.again}>
            {t('common.retry')}
          </Button>
        </p>
      )}
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

/**
 * A film that broke off goes on where it was when the line is back. What cannot be decoded breaks at the same place again although it can be
 * fetched: browsers say of both that they cannot decode.
 */
function useVideoLine(video: RefObject<HTMLVideoElement | null>, address: string, onFail: () => void) {
  const [lost, setLost] = useState(false);
  const failedAt = useRef<number>(undefined);
  const place = useRef(0); // where it was, s
  const again = () => {
    const v = video.current;
    if (!v) return;
    const { paused } = v;
    if (v.readyState > 0) place.current = v.currentTime;
    setLost(false);
    v.load();
    v.addEventListener(
      'loadeddata',
      () => {
        v.currentTime = place.current;
        if (!paused) void v.play().catch(() => undefined);
      },
      { once: true },
    );
  };
  const broke = async () => {
    const at = video.current?.currentTime ?? 0;
    const first = { headers: { Range: `bytes=0-${head - 1}` }, cache: 'no-store' } as const; // the browser may keep it
    const here = await steady(address, first).then(
      (res) => res.ok,
      () => false,
    );
    if (!here) return setLost(true);
    if (failedAt.current !== undefined && Math.abs(failedAt.current - at) < 1) return onFail();
    failedAt.current = at;
    again();
  };
  const back = useLineBack();
  const seen = useRef(back);
  // biome-ignore lint/correctness/useExhaustiveDependencies: only the line asks again by itself
  useEffect(() => {
    if (seen.current === back) return;
    seen.current = back;
    failedAt.current = undefined;
    if (lost || !isWhole(video.current)) again();
  }, [back]);
  return { lost, again, broke: () => void broke() };
}

/** All of it has come. */
function isWhole(v: HTMLVideoElement | null): boolean {
  return v !== null && v.buffered.length === 1 && v.buffered.end(0) >= v.duration - 0.1;
}
