import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { DeviceChoice } from '@/call';
import { Icon } from '@/ui/icon';
import { LevelMeter } from './level-meter';
import type { Devices } from './use-devices';
import { Video } from './video';
import './preview.css';

interface PreviewProps {
  devices: Devices;
  onChoose: (kind: 'mic' | 'camera', deviceId: string) => void;
}

/** What the other side will see and hear, before anybody does. */
export function Preview({ devices, onChoose }: PreviewProps) {
  const { t } = useTranslation();
  const { mic, camera, asking, micProblem, cameraProblem } = devices;
  const problem = micProblem ?? cameraProblem;
  return (
    <div className="preview">
      <div className="preview-picture">
        {camera ? (
          <Video media={camera} mirror label={t('room.you')} />
        ) : (
          <p>
            <Icon name={asking ? 'camera' : 'cameraOff'} size={28} />
            {asking ? t('room.asking') : t('room.noCamera')}
          </p>
        )}
      </div>
      <div className="preview-mic">
        <Icon name={mic ? 'mic' : 'micOff'} />
        {mic ? <LevelMeter track={mic} /> : <span>{asking ? t('room.asking') : t('room.noMic')}</span>}
      </div>
      {!asking && problem && (
        <p className="preview-problem" role="alert">
          ▲ {t(`room.problem.${problem}`)} {problem === 'insecure' && <Link to="/trust">{t('shell.trust')}</Link>}
        </p>
      )}
      <div className="preview-choices">
        <DeviceSelect
          label={t('room.micPick')}
          list={devices.mics}
          track={mic}
          onChange={(id) => onChoose('mic', id)}
        />
        <DeviceSelect
          label={t('room.cameraPick')}
          list={devices.cameras}
          track={camera}
          onChange={(id) => onChoose('camera', id)}
        />
      </div>
    </div>
  );
}

interface DeviceSelectProps {
  label: string;
  list: readonly DeviceChoice[];
  track: MediaStreamTrack | null;
  onChange: (deviceId: string) => void;
}

export function DeviceSelect({ label, list, track, onChange }: DeviceSelectProps) {
  if (list.length < 2) return null;
  return (
    <select
      className="y-input"
      aria-label={label}
      value={track?.getSettings().deviceId}
      onChange={(e) => onChange(e.target.value)}
    >
      {list.map((device) => (
        <option key={device.id} value={device.id}>
          {/^\d+$/.test(device.label) ? `${label} ${device.label}` : device.label}
        </option>
      ))}
    </select>
  );
}
