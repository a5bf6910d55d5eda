import { type CSSProperties, type ReactNode, useEffect, useRef, useState } from 'react';
import { createPortal } from 'react-dom';
import { useTranslation } from 'react-i18next';
import type { Call, CallState } from '@/call';
import { IconButton } from '@/ui/button';
import { AddCamera } from './add-camera';
import { Controls } from './controls';
import { DevicesDialog } from './devices-dialog';
import { Freeze, stillOf } from './freeze';
import { Notices } from './notices';
import { PeoplePanel } from './people-panel';
import { Quality } from './quality';
import { RecordDialog } from './record-dialog';
import { RecordingMark } from './recording';
import { RoomKeysDialog } from './room-keys-dialog';
import { Stage, type Wish } from './stage';
import { useChoices } from './use-choices';
import type { Devices } from './use-devices';
import { useFloating } from './use-floating';
import { useRoomKeys } from './use-room-keys';
import { useScreen } from './use-screen';
import { useFoot } from './use-size';
import { useTracks } from './use-tracks';
import { Video } from './video';
import './talk.css';

export interface TalkProps {
  call: Call;
  state: CallState;
  devices: Devices;
  choose: (kind: 'mic' | 'camera', deviceId: string) => Promise<MediaStreamTrack | null>;
  flip: () => Promise<MediaStreamTrack | null>;
  phone?: string;
  /** Large buttons from the start: a rescue leaves no hand for small ones. */
  big?: boolean;
  /** What the page does about the line (another doctor, the telephone). */
  actions?: ReactNode;
  chat?: { open: boolean; unread: number; toggle: () => void };
  images?: { open: boolean; toggle: () => void };
  /** Opens what stands beside the picture; absent while it is open. */
  onSide?: { label: string; open: () => void };
  /** Keeps a picture with the consult; absent where nothing can be kept. */
  onKeep?: (file: File) => Promise<unknown>;
  /** Makes links for guests; absent where that is not this person's right. */
  onInvite?: () => void;
  /** Asks colleagues in; absent where that is not this person's right. */
  onColleague?: () => void;
  /** Lets colleagues listen, or no longer. */
  lecture?: { text: string; open: () => void };
  /** That colleagues may listen. */
  mark?: ReactNode;
  /** What can be done when the talk is over. */
  after?: ReactNode;
  onRejoin: () => void;
  onLeave: () => void;
}

export type Window = 'devices' | 'add' | 'keys' | 'record';

/** Stage, controls and everything a talk needs; the page around it brings the images, the papers and the way out. */
export function Talk(props: TalkProps) {
  const { call, state, devices, choose, flip, phone, actions, chat, images, onSide, onKeep } = props;
  const { t } = useTranslation();
  const [wish, setWish] = useState<Wish>();
  const [window, setWindow] = useState<Window>();
  const [people, setPeople] = useState(false);
  const [big, setBig] = useState(props.big === true);
  const [frozen, setFrozen] = useState<ImageBitmap>();
  const floating = useFloating(call);
  const { sharing, share } = useScreen(call, state);
  useTracks(call, devices);
  const strip = useRef<HTMLDivElement>(null);
  const foot = useFoot(strip);
  const freeze = onKeep && (() => void stillOf(mainVideo()).then(setFrozen));
  const turnLayout = () => setWish((now) => (now === 'grid' ? 'speaker' : 'grid'));
  const choices = useChoices({
    call,
    state,
    wish,
    big,
    floating,
    onWish: setWish,
    onWindow: setWindow,
    onBig: setBig,
    onPeople: () => setPeople(true),
    onFreeze: freeze,
    onInvite: props.onInvite,
    onColleague: props.onColleague,
    lecture: props.lecture,
  });
  const { switches, mic, camera } = state.local;
  useRoomKeys({
    m: mic ? () => call.setEnabled('mic', !switches.mic) : undefined,
    v: camera ? () => call.setEnabled('camera', !switches.camera) : undefined,
    s: state.canSend ? share : undefined,
    h: state.canSend ? () => call.raiseHand(!switches.hand) : undefined,
    c: chat?.toggle,
    g: turnLayout,
    k: state.recording.state === 'on' ? () => call.mark('K') : undefined,
    '?': () => setWindow('keys'),
  });
  useEffect(() => () => frozen?.close(), [frozen]);
  return (
    <>
      <div className={`room-stage ${big ? 'talk-big' : ''}`} style={{ '--foot': `${foot}px` } as CSSProperties}>
        <Stage
          call={call}
          state={state}
          phone={phone}
          wish={wish}
          after={props.after}
          onRetry={call.retryNow}
          onRejoin={props.onRejoin}
        />
        <Notices call={call} state={state} phone={phone} />
        <div className="room-top" ref={strip}>
          <Quality state={state} />
          <RecordingMark call={call} state={state} />
          {props.mark}
          {!state.canSend && state.phase === 'live' && <p className="talk-audience">{t('call.audience')}</p>}
          {actions}
          {onSide && <IconButton icon="file" label={onSide.label} onClick={onSide.open} />}
        </div>
        {people && <PeoplePanel call={call} state={state} onClose={() => setPeople(false)} />}
        {frozen && onKeep && (
          <Freeze
            picture={frozen}
            onKeep={async (file) => {
              await onKeep(file);
              call.share('kept', { name: file.name });
            }}
            onClose={() => setFrozen(undefined)}
          />
        )}
      </div>
      <div className={`talk-controls ${big ? 'talk-big' : ''}`}>
        <Controls
          call={call}
          state={state}
          cameras={devices.cameras.length}
          unread={chat?.unread ?? 0}
          chatOpen={chat?.open}
          imagesOpen={images?.open}
          peopleOpen={people}
          choices={choices}
          sharing={sharing}
          onShare={share}
          onFlip={() => void flip()}
          onChat={chat?.toggle}
          onImages={images?.toggle}
          onPeople={() => setPeople(!people)}
          onLeave={props.onLeave}
        />
      </div>
      {window === 'devices' && <DevicesDialog devices={devices} choose={choose} onClose={() => setWindow(undefined)} />}
      {window === 'add' && <AddCamera call={call} state={state} onClose={() => setWindow(undefined)} />}
      {window === 'keys' && <RoomKeysDialog onClose={() => setWindow(undefined)} />}
      {window === 'record' && <RecordDialog call={call} onClose={() => setWindow(undefined)} />}
      {floating.body && createPortal(<Small state={state} />, floating.body)}
    </>
  );
}

/** The video that stands large, theirs or, alone, one's own. */
function mainVideo(): HTMLVideoElement | null {
  return document.querySelector<HTMLVideoElement>(
    '.stage-main video, .stage-cell[data-source] video, .stage-self video',
  );
}

/** What the small window shows. */
function Small({ state }: { state: CallState }) {
  const person = state.people.find((one) => one.streams.screen ?? one.streams.camera);
  const stream = person?.streams.screen ?? person?.streams.camera;
  return (
    <div className="talk-small">
      {stream && <Video media={stream} whole label={person?.name ?? ''} />}
      <b>{person?.name}</b>
    </div>
  );
}
