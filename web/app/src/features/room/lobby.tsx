import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { Button } from '@/ui/button';
import { Preview } from './preview';
import type { Devices } from './use-devices';
import './lobby.css';

const waitSeconds = 5;

interface LobbyProps {
  devices: Devices;
  other: string;
  onChoose: (kind: 'mic' | 'camera', deviceId: string) => void;
  onEnter: () => void;
}

/** The device check: when both devices work it goes in by itself after a moment, unless it is told to wait. */
export function Lobby({ devices, other, onChoose, onEnter }: LobbyProps) {
  const { t } = useTranslation();
  const [left, setLeft] = useState<number | 'held'>(waitSeconds);
  const works = !devices.asking && devices.mic !== null && devices.camera !== null;
  useEffect(() => {
    if (!works || left === 'held') return;
    if (left <= 0) {
      onEnter();
      return;
    }
    const timer = setTimeout(() => setLeft(left - 1), 1000);
    return () => clearTimeout(timer);
  }, [works, left, onEnter]);
  return (
    <div className="lobby">
      <h1>{t('room.lobby', { name: other })}</h1>
      <Preview devices={devices} onChoose={onChoose} />
      <div className="lobby-do">
        <Button look="primary" size="large" icon="camera" disabled={devices.asking} onClick={onEnter}>
          {works && left !== 'held' ? t('room.enterIn', { seconds: left }) : t('room.enter')}
        </Button>
        {works && left !== 'held' && (
          <Button size="large" onClick={() => setLeft('held')}>
            {t('room.hold')}
          </Button>
        )}
      </div>
      {!devices.asking && !works && <p className="muted">{t('room.enterAnyway')}</p>}
      <Link className="lobby-test muted" to="/linetest" target="_blank">
        {t('linetest.open')}
      </Link>
    </div>
  );
}
