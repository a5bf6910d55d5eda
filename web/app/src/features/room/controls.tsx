import { useTranslation } from 'react-i18next';
import { type Call, type CallState, canShareScreen } from '@/call';
import { Icon, type IconName } from '@/ui/icon';
import { Menu } from '@/ui/menu';
import { type MenuChoice, MoreMenu } from './more-menu';
import './controls.css';

interface ControlsProps {
  call: Call;
  state: CallState;
  cameras: number;
  unread: number;
  chatOpen?: boolean;
  imagesOpen?: boolean;
  peopleOpen: boolean;
  choices: readonly MenuChoice[];
  sharing: boolean;
  onShare: () => void;
  onFlip: () => void;
  onChat?: () => void;
  onImages?: () => void;
  onPeople: () => void;
  onLeave: () => void;
}

export function Controls(props: ControlsProps) {
  const { call, state, cameras, unread, choices, sharing } = props;
  const { t } = useTranslation();
  const { switches, mic, camera, screen } = state.local;
  const toggle = (source: 'mic' | 'camera') => call.setEnabled(source, !switches[source]);
  const many = state.people.length > 1 || state.audience > 0 || state.waiting.length > 0;
  return (
    <div className="controls" role="toolbar" aria-label={t('room.controls')}>
      {state.canSend && (
        <>
          <Control
            icon={switches.mic ? 'mic' : 'micOff'}
            text={t(switches.mic ? 'room.mute' : 'room.unmute')}
            off={!switches.mic}
            disabled={!mic}
            onClick={() => toggle('mic')}
          />
          <Control
            icon={switches.camera ? 'camera' : 'cameraOff'}
            text={t(switches.camera ? 'room.cameraOff' : 'room.cameraOn')}
            off={!switches.camera}
            disabled={!camera}
            onClick={() => toggle('camera')}
          />
          {cameras > 1 && <Control icon="flip" text={t('room.flip')} onClick={props.onFlip} />}
          {canShareScreen() && (
            <Control
              wide
              icon="screen"
              text={t(screen ? 'room.stopShare' : 'room.share')}
              on={Boolean(screen)}
              disabled={sharing}
              onClick={props.onShare}
            />
          )}
        </>
      )}
      {many && state.canSend && (
        <Control
          icon="hand"
          text={t(switches.hand ? 'call.more.lower' : 'call.more.raise')}
          on={switches.hand === true}
          onClick={() => call.raiseHand(!switches.hand)}
        />
      )}
      {props.onImages && (
        <Control icon="image" text={t('room.images')} on={props.imagesOpen} onClick={props.onImages} />
      )}
      {props.onChat && (
        <Control icon="chat" text={t('room.chat')} on={props.chatOpen} badge={unread} onClick={props.onChat} />
      )}
      {many && (
        <Control
          wide
          icon="users"
          text={t('call.more.people')}
          on={props.peopleOpen}
          badge={state.waiting.length}
          onClick={props.onPeople}
        />
      )}
      <Menu
        label={t('call.more.title')}
        className="control control-more"
        button={
          <>
            <span className="control-dot">
              <Icon name="menu" size={22} />
            </span>
            <span>{t('call.more.title')}</span>
          </>
        }
      >
        {(close) => <MoreMenu choices={choices} close={close} />}
      </Menu>
      <Control icon="hangup" text={t('room.leave')} leave onClick={props.onLeave} />
    </div>
  );
}

interface ControlProps {
  icon: IconName;
  text: string;
  on?: boolean;
  off?: boolean;
  leave?: boolean;
  /** Only where there is room; on a phone it is in the menu, or cannot be. */
  wide?: boolean;
  badge?: number;
  disabled?: boolean;
  onClick: () => void;
}

function Control({ icon, text, on, off, leave, wide, badge, disabled, onClick }: ControlProps) {
  const state = leave ? 'control-leave' : off ? 'control-off' : on ? 'control-on' : '';
  const look = wide ? `${state} control-wide` : state;
  return (
    <button type="button" className={`control ${look}`} disabled={disabled} onClick={onClick}>
      <span className="control-dot">
        <Icon name={icon} size={22} />
        {badge ? <b className="num">{badge}</b> : null}
      </span>
      <span>{text}</span>
    </button>
  );
}
