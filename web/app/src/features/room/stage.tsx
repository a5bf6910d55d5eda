import { type CSSProperties, type ReactNode, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Call, CallState } from '@/call';
import { Button } from '@/ui/button';
import { coverOf } from './room.model';
import { RoomCover } from './room-cover';
import { Tile } from './tile';
import { columnsFor, type Mode, mainTile, modeOf, type TilePlan, tilesOf } from './tiles.model';
import { useSize } from './use-size';
import { useSpeaker } from './use-speaker';
import { Voice } from './video';
import './stage.css';

export type Wish = 'grid' | 'speaker' | undefined;

interface StageProps {
  call: Call;
  state: CallState;
  phone?: string;
  /** How the person wants to see many. */
  wish: Wish;
  /** What can be done when the talk is over. */
  after?: ReactNode;
  onRetry: () => void;
  onRejoin: () => void;
}

/** Video is the room: two see each other large, many stand in a grid, or around whoever speaks. */
export function Stage({ call, state, phone, wish, after, onRetry, onRejoin }: StageProps) {
  const { t } = useTranslation();
  const [silent, setSilent] = useState(false);
  const [pinned, setPinned] = useState<string>();
  const stage = useRef<HTMLDivElement>(null);
  const tiles = tilesOf(state);
  const mode = modeOf(tiles, wish);
  const { speaker, heard } = useSpeaker(call, mode !== 'duo');
  const cover = coverOf(state);
  const common = { call, state, heard, onPin: setPinned };
  return (
    <div className={`stage stage-is-${mode}`} ref={stage}>
      {state.people.map((person) => (
        <Voice key={person.id} stream={person.streams.mic} onBlocked={() => setSilent(true)} />
      ))}
      {mode === 'grid' ? (
        <Grid {...common} tiles={tiles} />
      ) : (
        <Around {...common} tiles={tiles} mode={mode} main={mainTile(tiles, speaker, pinned)} />
      )}
      {cover.is !== 'none' && (
        <RoomCover
          cover={cover}
          phone={phone}
          listens={!state.canSend}
          after={after}
          onRetry={onRetry}
          onRejoin={onRejoin}
        />
      )}
      {silent && (
        <Button
          className="stage-sound"
          look="primary"
          size="large"
          icon="volume"
          onClick={() => void unblock().then(() => setSilent(false))}
        >
          {t('room.soundBlocked')}
        </Button>
      )}
    </div>
  );
}

async function unblock(): Promise<void> {
  const players = [...document.querySelectorAll<HTMLAudioElement>('.stage audio')];
  await Promise.allSettled(players.map((audio) => audio.play()));
}

interface TilesProps {
  call: Call;
  state: CallState;
  tiles: readonly TilePlan[];
  heard: readonly string[];
  onPin: (key: string) => void;
}

function Grid({ call, state, tiles, heard }: TilesProps) {
  const box = useRef<HTMLDivElement>(null);
  const { width, height } = useSize(box);
  const columns = columnsFor(tiles.length, width, height);
  return (
    <div className="stage-grid" ref={box} style={{ '--columns': columns } as CSSProperties}>
      {tiles.map((plan) => (
        <Tile
          key={plan.key}
          call={call}
          state={state}
          plan={plan}
          heard={heard.includes(plan.person?.id ?? '')}
          className="stage-cell"
        />
      ))}
    </div>
  );
}

/** One large, the others small beside it. */
function Around({ call, state, tiles, heard, onPin, mode, main }: TilesProps & { mode: Mode; main?: TilePlan }) {
  const others = tiles.filter((tile) => tile.person && tile.key !== main?.key);
  const self = tiles.find((tile) => !tile.person);
  return (
    <>
      {main && <Tile call={call} state={state} plan={main} main className="stage-main" />}
      <div className="stage-small">
        {others.map((plan) => (
          <Tile
            key={plan.key}
            call={call}
            state={state}
            plan={plan}
            heard={heard.includes(plan.person?.id ?? '')}
            className="stage-other"
            onPress={mode === 'speaker' ? () => onPin(plan.key) : undefined}
          />
        ))}
        {self && <Tile call={call} state={state} plan={self} className="stage-self" />}
      </div>
    </>
  );
}
