import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import {
  type Call,
  type CallState,
  type DeviceChoice,
  DeviceError,
  type Instrument,
  instrumentOf,
  instruments,
  devices as listed,
  onDevicesChanged,
  openInstrument,
} from '@/call';
import { Confirm } from '@/ui/dialog';
import { Choice, Field } from '@/ui/field';
import { Video } from './video';

interface AddCameraProps {
  call: Call;
  state: CallState;
  onClose: () => void;
}

/** A second picture beside the face: a document, the ear, the skin, an ultrasound machine. */
export function AddCamera({ call, state, onClose }: AddCameraProps) {
  const { t } = useTranslation();
  const face = state.local.camera?.getSettings().deviceId;
  const cameras = useOtherCameras(face);
  const [id, setId] = useState<string>();
  const chosen = cameras.find((camera) => camera.id === id) ?? cameras[0];
  const [kind, setKind] = useState<Instrument>();
  const name = kind ?? instrumentOf(chosen?.label ?? '');
  const { track, problem, keep } = useInstrument(chosen?.id);
  return (
    <Confirm
      title={t('call.add.title')}
      action={t('call.add.start')}
      disabled={!track}
      onConfirm={() => {
        if (track) call.setTrack(name, keep());
        onClose();
      }}
      onClose={onClose}
    >
      {cameras.length === 0 && <p className="soft">{t('call.add.none')}</p>}
      {track && (
        <div className="preview-picture">
          <Video media={track} whole label={t(`call.source.${name}`)} />
        </div>
      )}
      {problem && <p role="alert">▲ {t(`room.problem.${problem}`)}</p>}
      {cameras.length > 0 && (
        <>
          <Field label={t('call.add.pick')}>
            {(ids) => (
              <select {...ids} className="y-input" value={chosen?.id} onChange={(event) => setId(event.target.value)}>
                {cameras.map((camera) => (
                  <option key={camera.id} value={camera.id}>
                    {camera.label}
                  </option>
                ))}
              </select>
            )}
          </Field>
          <Choice
            label={t('call.add.kind')}
            value={name}
            options={instruments.map((one) => ({ value: one, text: t(`call.source.${one}`) }))}
            onChange={setKind}
          />
          <p className="muted">{t('call.add.note')}</p>
        </>
      )}
    </Confirm>
  );
}

function useOtherCameras(face: string | undefined): readonly DeviceChoice[] {
  const [cameras, setCameras] = useState<readonly DeviceChoice[]>([]);
  useEffect(() => {
    const look = () =>
      void listed()
        .then((all) => setCameras(all.cameras.filter((camera) => camera.id !== face)))
        .catch(() => undefined);
    look();
    return onDevicesChanged(look);
  }, [face]);
  return cameras;
}

/** Opens a camera for a look; it is closed again unless it is kept. */
function useInstrument(id: string | undefined) {
  const [track, setTrack] = useState<MediaStreamTrack>();
  const [problem, setProblem] = useState<DeviceError['problem']>();
  const [kept] = useState(() => new Set<MediaStreamTrack>());
  useEffect(() => {
    if (!id) return;
    let over = false;
    let opened: MediaStreamTrack | undefined;
    setProblem(undefined);
    openInstrument(id)
      .then((made) => {
        opened = made;
        if (over) made.stop();
        else setTrack(made);
      })
      .catch((error: unknown) => setProblem(error instanceof DeviceError ? error.problem : 'unknown'));
    return () => {
      over = true;
      if (opened && !kept.has(opened)) opened.stop();
      setTrack(undefined);
    };
  }, [id, kept]);
  const keep = () => {
    if (track) kept.add(track);
    return track ?? null;
  };
  return { track, problem, keep };
}
