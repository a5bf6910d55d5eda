/** Camera and microphone: what went wrong and what to do, without touching a device. */

export type DeviceProblem = 'insecure' | 'denied' | 'missing' | 'busy' | 'unknown';

/** The name of a getUserMedia error, or why it could not even be asked. */
export function deviceProblem(errorName: string, secure: boolean): DeviceProblem {
  if (!secure) return 'insecure';
  switch (errorName) {
    case 'NotAllowedError':
    case 'SecurityError':
      return 'denied';
    case 'NotFoundError':
    case 'OverconstrainedError':
      return 'missing';
    case 'NotReadableError':
    case 'AbortError':
      return 'busy';
    default:
      return 'unknown';
  }
}

/** Voice is worth more than picture: 640×360 suffices for a face and leaves the weak line its audio. */
export const cameraWish: MediaTrackConstraints = {
  width: { ideal: 960 },
  height: { ideal: 540 },
  frameRate: { ideal: 24, max: 30 },
};

export const micWish: MediaTrackConstraints = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };

/** Loudness of a block of samples on a scale a bar can show: 0 is silence, 1 is shouting (-60 dB to -6 dB). */
export function loudness(samples: Float32Array): number {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  const rms = Math.sqrt(sum / Math.max(1, samples.length));
  if (rms <= 0) return 0;
  const decibel = 20 * Math.log10(rms);
  return Math.min(1, Math.max(0, (decibel + 60) / 54));
}

/** The next camera to flip to, by device id; undefined when there is only one. */
export function nextCamera(cameras: { deviceId: string }[], current: string | undefined): string | undefined {
  if (cameras.length < 2) return undefined;
  const at = cameras.findIndex((camera) => camera.deviceId === current);
  return cameras[(at + 1) % cameras.length]?.deviceId;
}
