import { type Dispatch, type SetStateAction, useCallback, useEffect, useRef, useState } from 'react';
import {
  type DeviceChoice,
  DeviceError,
  type DeviceProblem,
  devices as listed,
  nextDevice,
  onDevicesChanged,
  openCamera,
  openMic,
} from '@/call';

/** `lost`: it worked, and was pulled out or taken away. */
type Problem = DeviceProblem | 'lost';

export interface Devices {
  mic: MediaStreamTrack | null;
  camera: MediaStreamTrack | null;
  /** Still asking the browser. */
  asking: boolean;
  micProblem?: Problem;
  cameraProblem?: Problem;
  mics: DeviceChoice[];
  cameras: DeviceChoice[];
}

const none: Devices = { mic: null, camera: null, asking: true, mics: [], cameras: [] };

/** Of somebody who only listens: nothing is opened, nothing can be chosen. */
export const noSeat = {
  devices: { ...none, asking: false },
  choose: () => Promise.resolve(null),
  flip: () => Promise.resolve(null),
};

type Kind = 'mic' | 'camera';

interface Opened {
  track: MediaStreamTrack | null;
  problem?: DeviceProblem;
}

async function open(kind: Kind, id?: string): Promise<Opened> {
  try {
    return { track: await (kind === 'mic' ? openMic(id) : openCamera(id)) };
  } catch (error) {
    return { track: null, problem: error instanceof DeviceError ? error.problem : 'unknown' };
  }
}

async function list(): Promise<Pick<Devices, 'mics' | 'cameras'>> {
  const { mics, cameras } = await listed().catch(() => ({ mics: [], cameras: [] }));
  return { mics, cameras };
}

/**
 * Opens microphone and camera, each for itself: a refused camera must not cost the voice. The tracks belong to this
 * hook, which stops them when its owner goes.
 */
export function useDevices(wanted: boolean) {
  const [devices, setDevices] = useState<Devices>(none);
  const live = useRef<Devices>(none);
  live.current = devices;

  useEffect(() => {
    if (!wanted) return;
    let over = false;
    const opened: MediaStreamTrack[] = [];
    const start = async () => {
      const mic = await open('mic');
      const camera = await open('camera');
      for (const { track } of [mic, camera]) if (track) opened.push(track);
      const known = await list();
      if (over) {
        for (const track of opened) track.stop();
        return;
      }
      setDevices({
        mic: mic.track,
        camera: camera.track,
        micProblem: mic.problem,
        cameraProblem: camera.problem,
        asking: false,
        ...known,
      });
    };
    void start();
    const stop = onDevicesChanged(
      () => void list().then((known) => !over && setDevices((old) => ({ ...old, ...known }))),
    );
    return () => {
      over = true;
      stop();
      for (const track of [...opened, live.current.mic, live.current.camera]) track?.stop();
      setDevices(none);
    };
  }, [wanted]);

  const choose = useCallback(async (kind: Kind, deviceId: string) => {
    // Phones open one camera at a time: the old one is let go first.
    live.current[kind]?.stop();
    const { track, problem } = await open(kind, deviceId);
    setDevices((old) => ({ ...old, [kind]: track, [`${kind}Problem`]: problem }));
    return track;
  }, []);

  useLost(devices, setDevices);

  const flip = useCallback(async () => {
    const other = nextDevice(live.current.cameras, live.current.camera?.getSettings().deviceId);
    return other ? choose('camera', other) : live.current.camera;
  }, [choose]);

  return { devices, choose, flip };
}

/** A device that goes away is given up; another that is there, or the same when it comes back, takes its place by itself. */
function useLost(devices: Devices, setDevices: Dispatch<SetStateAction<Devices>>): void {
  useLostOne(devices, setDevices, 'mic', devices.mics);
  useLostOne(devices, setDevices, 'camera', devices.cameras);
}

function useLostOne(
  devices: Devices,
  setDevices: Dispatch<SetStateAction<Devices>>,
  kind: Kind,
  choices: readonly DeviceChoice[],
): void {
  const track = devices[kind];
  const problem = devices[`${kind}Problem`];
  useEffect(() => {
    if (!track) return;
    const gone = () =>
      setDevices((old) => (old[kind] === track ? { ...old, [kind]: null, [`${kind}Problem`]: 'lost' } : old));
    track.addEventListener('ended', gone);
    return () => track.removeEventListener('ended', gone);
  }, [track, kind, setDevices]);
  const away = track === null && !devices.asking && (problem === 'lost' || problem === 'missing');
  useEffect(() => {
    if (!away || choices.length === 0) return;
    let over = false;
    void open(kind).then((found) => {
      if (over) found.track?.stop();
      else setDevices((old) => ({ ...old, [kind]: found.track, [`${kind}Problem`]: found.problem }));
    });
    return () => {
      over = true;
    };
  }, [away, choices, kind, setDevices]);
}
