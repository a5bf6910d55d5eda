import { useTranslation } from 'react-i18next';
import type { RecordingEvent, RecordingGap } from '@/api/recordings';
import type { Keys } from '@/ui/keys';
import { clockText, span, type Tile } from './playback.model';

interface TimeLineProps {
  tiles: readonly Tile[];
  nameOf: (person: string) => string;
  events: readonly RecordingEvent[];
  gaps: readonly RecordingGap[];
  at: number;
  duration: number;
  /** Those of the page: they hold on the slider, too. */
  keys: Keys;
  onSeek: (to: number) => void;
}

/** Who was there when, what is missing, where the marks are, and where one is. */
export function TimeLine({ tiles, nameOf, events, gaps, at, duration, keys, onSeek }: TimeLineProps) {
  const { t } = useTranslation();
  return (
    <div className="playback-line">
      <div className="playback-rows" aria-hidden>
        {tiles.map((tile) => (
          <div key={tile.key} className="playback-row">
            <span className="playback-row-name ellipsis">{nameOf(tile.person)}</span>
            <div className="playback-bars">
              {tile.pieces.map((piece) => (
                <i
                  key={piece.name}
                  className={`playback-bar ${tile.source === 'main' ? '' : 'playback-bar-extra'}`}
                  style={span(piece.offsetMs, piece.offsetMs + piece.durationMs, duration)}
                />
              ))}
              {gaps
                .filter((gap) => gap.person === tile.person)
                .map((gap) => (
                  <i
                    key={`${gap.source}${gap.atMs}${gap.cause}`}
                    className="playback-gap"
                    title={t('playback.gap', { count: gap.lost })}
                    style={span(gap.atMs, gap.untilMs, duration)}
                  />
                ))}
            </div>
          </div>
        ))}
        <div className="playback-row">
          <span className="playback-row-name" />
          <div className="playback-bars playback-over">
            {events
              .filter((event) => event.type === 'mark')
              .map((event) => (
                <b
                  key={`${event.atMs}${event.text}`}
                  style={{ left: span(event.atMs, event.atMs, duration).left }}
                  title={event.text}
                />
              ))}
            <u style={{ left: span(at, at, duration).left }} />
          </div>
        </div>
      </div>
      <input
        type="range"
        className="playback-seek"
        min={0}
        max={duration}
        step={100}
        value={Math.round(at)}
        aria-label={t('playback.position')}
        aria-valuetext={t('playback.of', { at: clockText(at), duration: clockText(duration) })}
        onChange={(event) => onSeek(Number(event.target.value))}
        onKeyDown={(event) => {
          const action = keys[event.key];
          if (!action) return;
          event.preventDefault();
          action();
        }}
      />
    </div>
  );
}
