import { useCallback, useEffect, useRef, useState } from 'react';
import { cameraWish, type DeviceProblem, deviceProblem, micWish, nextCamera } from './media.model';

export interface Devices {
  mic: MediaStreamTrack | null;
  camera: MediaStreamTrack | null;
  /** Still asking the browser. */
  asking: boolean;
  micProblem?: DeviceProblem;
  cameraProblem?: DeviceProblem;
  mics: MediaDeviceInfo[];
  cameras: MediaDeviceInfo[];
}

const none: Devices = { mic: null, camera: null, asking: true, mics: [], cameras: [] };

async function open(kind: 'audio' | 'video', wish: MediaTrackConstraints) {
  if (!navigator.mediaDevices) return { track: null, problem: deviceProblem('', window.isSecureContext) };
  try {
    const stream = await navigator.mediaDevices.getUserMedia({ [kind]: wish });
    return { track: stream.getTracks()[0] ?? null };
  } catch (error) {
    const name = error instanceof Error ? error.name : '';
    return { track: null, problem: deviceProblem(name, window.isSecureContext) };
  }
}

async function list(): Promise<Pick<Devices, 'mics' | 'cameras'>> {
  const all = (await navigator.mediaDevices?.enumerateDevices()) ?? [];
  return { mics: all.filter((d) => d.kind === 'audioinput'), cameras: all.filter((d) => d.kind === 'videoinput') };
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
      const mic = await open('audio', micWish);
      const camera = await open('video', { ...cameraWish, facingMode: 'user' });
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
    return () => {
      over = true;
      for (const track of [...opened, live.current.mic, live.current.camera]) track?.stop();
      setDevices(none);
    };
  }, [wanted]);

  const choose = useCallback(async (kind: 'mic' | 'camera', deviceId: string) => {
    // Phones open one camera at a time: the old one is let go first.
    live.current[kind]?.stop();
    const wish = kind === 'mic' ? micWish : cameraWish;
    const { track, problem } = await open(kind === 'mic' ? 'audio' : 'video', {
      ...wish,
      deviceId: { exact: deviceId },
    });
    setDevices((old) => ({ ...old, [kind]: track, [`${kind}Problem`]: problem }));
    return track;
  }, []);

  const flip = useCallback(async () => {
    const current = live.current.camera?.getSettings().deviceId;
    const other = nextCamera(live.current.cameras, current);
    return other ? choose('camera', other) : live.current.camera;
  }, [choose]);

  return { devices, choose, flip };
}
