import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { blurOf, type DeviceChoice, devices as listed, setBlur, voiceWishes, wishVoice } from '@/call';
import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { Tick } from '@/ui/field';
import { Preview } from './preview';
import { speakerOf, useSpeakerDevice } from './speaker-device';
import type { Devices } from './use-devices';

interface DevicesDialogProps {
  devices: Devices;
  choose: (kind: 'mic' | 'camera', deviceId: string) => Promise<MediaStreamTrack | null>;
  onClose: () => void;
}

/** Which microphone, camera and loudspeaker, with the picture and the level that the others get. */
export function DevicesDialog({ devices, choose, onClose }: DevicesDialogProps) {
  const { t } = useTranslation();
  const [wishes, setWishes] = useState(voiceWishes);
  const [blur, setBlurred] = useState(() => blurOf(devices.camera));
  const switches = [
    ['echoCancellation', 'echo'],
    ['noiseSuppression', 'noise'],
    ['autoGainControl', 'gain'],
  ] as const;
  return (
    <Dialog title={t('call.more.devices')} onClose={onClose} wide>
      <Preview devices={devices} onChoose={(kind, id) => void choose(kind, id)} />
      <SpeakerChoice />
      {switches.map(([key, text]) => (
        <Tick
          key={key}
          checked={wishes[key]}
          onChange={(on) => {
            const next = { ...wishes, [key]: on };
            setWishes(next);
            void wishVoice(devices.mic, next);
          }}
        >
          {t(`call.devices.${text}`)}
        </Tick>
      ))}
      <p className="muted">{t('call.devices.gainNote')}</p>
      {devices.camera && blur !== undefined && (
        <Tick
          checked={blur}
          onChange={(on) => {
            setBlurred(on);
            if (devices.camera) void setBlur(devices.camera, on);
          }}
        >
          {t('call.devices.blur')}
        </Tick>
      )}
    </Dialog>
  );
}

/** Only where the browser lets a page choose where sound comes out. */
function SpeakerChoice() {
  const { t } = useTranslation();
  const { device, choose, possible } = useSpeakerDevice();
  const [list, setList] = useState<readonly DeviceChoice[]>([]);
  useEffect(() => {
    void listed()
      .then((all) => setList(all.speakers))
      .catch(() => undefined);
  }, []);
  return (
    <div className="preview-choices">
      {possible && list.length > 1 && (
        <select
          className="y-input"
          aria-label={t('call.devices.speaker')}
          value={device}
          onChange={(event) => choose(event.target.value)}
        >
          {list.map((one) => (
            <option key={one.id} value={one.id}>
              {one.label}
            </option>
          ))}
        </select>
      )}
      <Button icon="volume" size="large" onClick={() => void chime(device)}>
        {t('call.devices.test')}
      </Button>
    </div>
  );
}

/** Two tones, through the loudspeaker that is chosen. */
async function chime(device: string): Promise<void> {
  const context = new AudioContext();
  const out = context.createMediaStreamDestination();
  const audio = new Audio();
  audio.srcObject = out.stream;
  await speakerOf(audio, device);
  void audio.play().catch(() => undefined);
  for (const [i, hertz] of [523, 659].entries()) {
    const tone = new OscillatorNode(context, { frequency: hertz });
    const gain = new GainNode(context, { gain: 0.15 });
    tone.connect(gain).connect(out);
    tone.start(context.currentTime + i * 0.25);
    tone.stop(context.currentTime + i * 0.25 + 0.22);
  }
  setTimeout(() => void context.close(), 1000);
}
