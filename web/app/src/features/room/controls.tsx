import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Call, CallState } from '@/call';
import { Icon, type IconName } from '@/ui/icon';
import { useKeys } from '@/ui/keys';
import { useToast } from '@/ui/toast';
import './controls.css';

interface ControlsProps {
  call: Call;
  state: CallState;
  cameras: number;
  unread: number;
  chatOpen: boolean;
  imagesOpen: boolean;
  images: boolean;
  onFlip: () => void;
  onChat: () => void;
  onImages: () => void;
  onLeave: () => void;
}

export function Controls(props: ControlsProps) {
  const { call, state, cameras, unread, chatOpen, imagesOpen, images, onFlip, onChat, onImages, onLeave } = props;
  const { t } = useTranslation();
  const toast = useToast();
  const [sharing, setSharing] = useState(false);
  const { switches, mic, camera, screen } = state.local;
  const toggle = (source: 'mic' | 'camera') => call.setEnabled(source, !switches[source]);
  useKeys({
    m: mic ? () => toggle('mic') : undefined,
    v: camera ? () => toggle('camera') : undefined,
  });
  const share = async () => {
    if (screen) {
      screen.stop();
      call.setTrack('screen', null);
      return;
    }
    setSharing(true);
    try {
      const stream = await navigator.mediaDevices.getDisplayMedia({ video: { frameRate: { max: 10 } } });
      call.setTrack('screen', stream.getVideoTracks()[0] ?? null);
    } catch (error) {
      if (!(error instanceof DOMException && error.name === 'NotAllowedError')) toast.fail(error);
    } finally {
      setSharing(false);
    }
  };
  const canShare = 'getDisplayMedia' in (navigator.mediaDevices ?? {});
  return (
    <div className="controls" role="toolbar" aria-label={t('room.controls')}>
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
      {cameras > 1 && <Control icon="flip" text={t('room.flip')} onClick={onFlip} />}
      {canShare && (
        <Control
          icon="screen"
          text={t(screen ? 'room.stopShare' : 'room.share')}
          on={Boolean(screen)}
          disabled={sharing}
          onClick={() => void share()}
        />
      )}
      {images && <Control icon="image" text={t('room.images')} on={imagesOpen} onClick={onImages} />}
      <Control icon="chat" text={t('room.chat')} on={chatOpen} badge={unread} onClick={onChat} />
      <Control icon="hangup" text={t('room.leave')} leave onClick={onLeave} />
    </div>
  );
}

interface ControlProps {
  icon: IconName;
  text: string;
  on?: boolean;
  off?: boolean;
  leave?: boolean;
  badge?: number;
  disabled?: boolean;
  onClick: () => void;
}

function Control({ icon, text, on, off, leave, badge, disabled, onClick }: ControlProps) {
  const look = leave ? 'control-leave' : off ? 'control-off' : on ? 'control-on' : '';
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
