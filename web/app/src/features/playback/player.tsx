import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { type Recording, type RecordingIndex, recordingFileUrl } from '@/api/recordings';
import { useMe } from '@/app/session';
import { useFormat } from '@/i18n/format';
import { Button } from '@/ui/button';
import { Icon } from '@/ui/icon';
import { type Keys, useKeys } from '@/ui/keys';
import { Panel } from '@/ui/panel';
import { Empty } from '@/ui/states';
import { Moments } from './moments';
import { clockText, faster, markBeside, pieceAt, rates, slower, tilesOf, worthTelling } from './playback.model';
import { TimeLine } from './time-line';
import { usePlayback } from './use-playback';
import './playback.css';

const step = 5000; // ms

/** All files of a recording as one: pictures in a grid, one clock, one time line. */
export function Player({ recording, index }: { recording: Recording; index: RecordingIndex }) {
  const { t } = useTranslation();
  const me = useMe();
  const format = useFormat();
  const { files } = recording;
  const duration = Math.max(index.durationMs, 1);
  const tiles = useMemo(() => tilesOf(files), [files]);
  const events = useMemo(() => worthTelling(index.events), [index.events]);
  const { clock, send, attach } = usePlayback(files, duration);
  const toggle = () => send({ type: clock.playing ? 'pause' : 'play' });
  const seek = (to: number | undefined) => to !== undefined && send({ type: 'seek', to });
  const back = () => seek(clock.at - step);
  const forth = () => seek(clock.at + step);
  const begin = () => seek(0);
  const keys: Keys = {
    ' ': toggle,
    k: toggle,
    ArrowLeft: back,
    ArrowRight: forth,
    Home: begin,
    n: () => seek(markBeside(events, clock.at, 1)),
    p: () => seek(markBeside(events, clock.at, -1)),
    '<': () => send({ type: 'rate', rate: slower(clock.rate) }),
    '>': () => send({ type: 'rate', rate: faster(clock.rate) }),
  };
  useKeys(keys);
  const nameOf = (person: string) =>
    recording.consents.find((consent) => consent.person.id === person)?.person.name || t('playback.somebody');
  const watermark = `${me.person.name} ${me.point.institution.short} ${format.dateTime(Date.now())}`;
  if (tiles.length === 0) return <Empty icon="camera" title={t('playback.empty')} />;
  return (
    <div className="playback">
      <section className="playback-main">
        <div className={`playback-grid playback-grid-${Math.min(tiles.length, 4)}`}>
          {tiles.map((tile) => {
            const now = pieceAt(tile, clock.at);
            return (
              <figure key={tile.key} className={`playback-tile ${now ? '' : 'playback-away'}`}>
                {tile.pieces.map((piece) => (
                  <video
                    key={piece.name}
                    ref={attach(piece)}
                    src={recordingFileUrl(recording.id, piece.name)}
                    preload="auto"
                    playsInline
                    hidden={piece !== now}
                    data-sound={piece.mime.startsWith('audio/') || undefined}
                    disablePictureInPicture
                    onContextMenu={(event) => event.preventDefault()}
                  />
                ))}
                {(!now || now.mime.startsWith('audio/')) && (
                  <div className="playback-face" aria-hidden>
                    <Icon name={now ? 'volume' : 'user'} size={34} />
                  </div>
                )}
                <span className="playback-mark" aria-hidden>
                  {watermark}
                </span>
                <figcaption>
                  {nameOf(tile.person)}
                  {tile.source !== 'main' && ` · ${tile.source === 'screen' ? t('playback.screen') : tile.source}`}
                  {!now && <span className="muted"> {t('playback.away')}</span>}
                </figcaption>
              </figure>
            );
          })}
        </div>
        <TimeLine
          tiles={tiles}
          nameOf={nameOf}
          events={events}
          gaps={index.gaps}
          at={clock.at}
          duration={duration}
          keys={keys}
          onSeek={(to) => seek(to)}
        />
        <div className="playback-controls">
          <Button look="primary" onClick={toggle} shortcut={t('playback.spaceKey')} aria-pressed={clock.playing}>
            {t(clock.playing ? 'playback.pause' : 'playback.play')}
          </Button>
          <Button look="quiet" onClick={back} shortcut="←">
            {t('playback.back')}
          </Button>
          <Button look="quiet" onClick={forth} shortcut="→">
            {t('playback.forth')}
          </Button>
          <output className="num playback-time">
            {clockText(clock.at)} / {clockText(duration)}
          </output>
          <label className="playback-rate">
            {t('playback.speed')}
            <select value={clock.rate} onChange={(event) => send({ type: 'rate', rate: Number(event.target.value) })}>
              {rates.map((rate) => (
                <option key={rate} value={rate}>
                  {rate}×
                </option>
              ))}
            </select>
          </label>
          {clock.waiting !== undefined && (
            <span role="status" className="muted">
              {t('playback.waiting')}
            </span>
          )}
        </div>
      </section>
      <Panel title={t('playback.moments')} count={events.length} className="playback-side">
        <Moments events={events} at={clock.at} onSeek={(to) => seek(to)} />
      </Panel>
    </div>
  );
}
