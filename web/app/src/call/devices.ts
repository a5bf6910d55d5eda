// Microphones, cameras, speakers: listing, opening, and a level meter. No React, no state of its own.

import {
  type DeviceList,
  type DeviceProblem,
  listDevices,
  problemOf,
  readVoice,
  type VoiceWishes,
} from './devices.model';
import { loudness, smooth } from './levels.model';

export class DeviceError extends Error {
  constructor(
    readonly problem: DeviceProblem,
    cause: unknown,
  ) {
    super(problem, { cause });
  }
}

function failure(err: unknown): DeviceError {
  return new DeviceError(problemOf(err instanceof Error ? err.name : '', globalThis.isSecureContext), err);
}

/**
 * What is plugged in now. Without a permission the labels are numbers.
 *
 * @public
 */
export async function devices(): Promise<DeviceList> {
  if (!navigator.mediaDevices) throw new DeviceError('insecure', undefined);
  return listDevices(await navigator.mediaDevices.enumerateDevices());
}

/**
 * Calls back when something is plugged in or out; returns the way to stop.
 *
 * @public
 */
export function onDevicesChanged(listener: () => void): () => void {
  navigator.mediaDevices?.addEventListener('devicechange', listener);
  return () => navigator.mediaDevices?.removeEventListener('devicechange', listener);
}

const storedVoice = 'yilian.voice';

/** How the person wants the microphone cleaned; remembered on this device. */
export const voiceWishes = (): VoiceWishes => readVoice(globalThis.localStorage?.getItem(storedVoice) ?? null);

/** Changes a microphone that is open, and remembers it. Browsers that cannot change an open one do it at the next opening. */
export async function wishVoice(track: MediaStreamTrack | null, wishes: VoiceWishes): Promise<void> {
  globalThis.localStorage?.setItem(storedVoice, JSON.stringify(wishes));
  await track?.applyConstraints({ ...wishes }).catch(() => undefined);
}

/** Voice is worth more than picture: this suffices for a face and leaves a weak line its audio; the layers below it are made of it. */
const face: MediaTrackConstraints = {
  width: { ideal: 960 },
  height: { ideal: 540 },
  frameRate: { ideal: 24, max: 30 },
};

/** An instrument or a document shows details: as sharp as it gets. */
const detail: MediaTrackConstraints = {
  width: { ideal: 1280 },
  height: { ideal: 720 },
  frameRate: { ideal: 20, max: 30 },
};

async function open(constraints: MediaStreamConstraints): Promise<MediaStreamTrack> {
  if (!navigator.mediaDevices) throw new DeviceError('insecure', undefined);
  try {
    const stream = await navigator.mediaDevices.getUserMedia(constraints);
    const track = stream.getTracks()[0];
    if (!track) throw new DeviceError('missing', undefined);
    return track;
  } catch (err) {
    throw err instanceof DeviceError ? err : failure(err);
  }
}

/**
 * Opens a microphone: the given one, else the browser's choice. Throws a DeviceError.
 *
 * @public
 */
export function openMic(id?: string | null): Promise<MediaStreamTrack> {
  return open({ audio: { ...voiceWishes(), ...(id ? { deviceId: { exact: id } } : {}) } });
}

/**
 * Opens a camera: the given one, else one that looks in a direction ("user": the face). Throws a DeviceError.
 *
 * @public
 */
export async function openCamera(
  id?: string | null,
  facing: 'user' | 'environment' = 'user',
): Promise<MediaStreamTrack> {
  const track = await open({ video: { ...face, ...(id ? { deviceId: { exact: id } } : { facingMode: facing }) } });
  track.contentHint = 'motion';
  return track;
}

/** Opens a further camera: a document camera or an instrument. Throws a DeviceError. */
export function openInstrument(id: string): Promise<MediaStreamTrack> {
  return open({ video: { ...detail, deviceId: { exact: id } } });
}

/** Whether the browser itself can blur what is behind a person: undefined when it cannot, else whether it does. */
export function blurOf(track: MediaStreamTrack | null): boolean | undefined {
  const able = track?.getCapabilities?.() as { backgroundBlur?: boolean[] } | undefined;
  if (!track || !able?.backgroundBlur || able.backgroundBlur.length < 2) return undefined;
  return (track.getSettings() as { backgroundBlur?: boolean }).backgroundBlur === true;
}

export async function setBlur(track: MediaStreamTrack, on: boolean): Promise<void> {
  await track.applyConstraints({ backgroundBlur: on } as MediaTrackConstraints).catch(() => undefined);
}

/**
 * Asks what to share; null when the person changed their mind. Throws a DeviceError.
 *
 * @public
 */
export async function openScreen(): Promise<MediaStreamTrack | null> {
  if (!navigator.mediaDevices?.getDisplayMedia) throw new DeviceError('missing', undefined);
  try {
    const stream = await navigator.mediaDevices.getDisplayMedia({
      video: { frameRate: { ideal: 10, max: 15 } },
      audio: false,
    });
    return stream.getVideoTracks()[0] ?? null;
  } catch (err) {
    if (err instanceof Error && err.name === 'NotAllowedError') return null;
    throw failure(err);
  }
}

/**
 * Whether this browser can share a screen at all (phones cannot).
 *
 * @public
 */
export function canShareScreen(): boolean {
  return typeof navigator.mediaDevices?.getDisplayMedia === 'function';
}

/**
 * Measures how loud a track is, 0…1, about 20 times a second; returns the way to stop. It does not stop the track. Without a gesture on the page the
 * browser may keep it silent.
 *
 * @public
 */
export function meter(track: MediaStreamTrack, listener: (level: number) => void): () => void {
  const context = new AudioContext();
  const analyser = context.createAnalyser();
  analyser.fftSize = 1024;
  context.createMediaStreamSource(new MediaStream([track])).connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  let level = 0;
  const timer = setInterval(() => {
    analyser.getFloatTimeDomainData(samples);
    level = smooth(level, loudness(samples));
    listener(level);
  }, 50);
  return () => {
    clearInterval(timer);
    void context.close();
  };
}
