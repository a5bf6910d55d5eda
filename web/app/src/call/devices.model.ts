// Choosing devices: pure decisions.

export interface DeviceChoice {
  id: string;
  label: string;
}

export interface DeviceList {
  mics: DeviceChoice[];
  cameras: DeviceChoice[];
  speakers: DeviceChoice[];
}

/** Sorts what the browser lists. Labels are empty before the first permission: a number stands for them. */
export function listDevices(devices: readonly { kind: string; deviceId: string; label: string }[]): DeviceList {
  const of = (kind: string): DeviceChoice[] =>
    devices
      .filter((d) => d.kind === kind && d.deviceId !== '')
      // "default" and "communications" repeat a real device; the browser's own choice needs no entry.
      .filter((d) => d.deviceId !== 'communications')
      .map((d, i) => ({ id: d.deviceId, label: d.label || String(i + 1) }));
  return { mics: of('audioinput'), cameras: of('videoinput'), speakers: of('audiooutput') };
}

/** The remembered device if it is still there, else the first. */
export function choose(list: readonly DeviceChoice[], remembered: string | null): string | null {
  return list.find((d) => d.id === remembered)?.id ?? list[0]?.id ?? null;
}

/** Why a device could not be opened, as the page explains it. */
export type DeviceProblem = 'denied' | 'missing' | 'busy' | 'insecure' | 'unknown';

export function problemOf(name: string, secure: boolean): DeviceProblem {
  if (!secure) return 'insecure';
  switch (name) {
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

/** The next camera to flip to; undefined when there is only one. */
export function nextDevice(list: readonly DeviceChoice[], current: string | undefined): string | undefined {
  if (list.length < 2) return undefined;
  const at = list.findIndex((device) => device.id === current);
  return list[(at + 1) % list.length]?.id;
}

/** What the person may switch about the microphone. */
export interface VoiceWishes {
  echoCancellation: boolean;
  noiseSuppression: boolean;
  autoGainControl: boolean;
}

/** All on: a ward is loud, and a phone lies near its own loudspeaker. Off for a stethoscope or an instrument's sound. */
export const usualVoice: VoiceWishes = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };

/** Reads what was remembered; whatever is missing or strange is as usual. */
export function readVoice(stored: string | null): VoiceWishes {
  try {
    const read: unknown = JSON.parse(stored ?? '{}');
    if (typeof read !== 'object' || read === null) return usualVoice;
    const kept = Object.entries(read).filter(([key, value]) => key in usualVoice && typeof value === 'boolean');
    return { ...usualVoice, ...Object.fromEntries(kept) };
  } catch {
    return usualVoice;
  }
}

/** Named further pictures. The name goes with the stream; the page says it in the reader's language. */
export const instruments = ['document', 'otoscope', 'dermatoscope', 'ultrasound', 'second'] as const;
export type Instrument = (typeof instruments)[number];

/** What a device probably is, by the words its maker gave it. */
export function instrumentOf(label: string): Instrument {
  const known: readonly (readonly [RegExp, Instrument])[] = [
    [/otoscop|耳镜|内窥|endoscop/i, 'otoscope'],
    [/dermat|皮肤|microscop/i, 'dermatoscope'],
    [/ultras|超声|capture|hdmi|采集/i, 'ultrasound'],
    [/document|visuali[sz]er|高拍|文档/i, 'document'],
  ];
  return known.find(([words]) => words.test(label))?.[1] ?? 'second';
}

/** Kind of device by the system's own words, for the record: "phone" or "desktop". */
export function deviceKind(touch: boolean, shortSide: number): 'phone' | 'desktop' {
  return touch && shortSide < 700 ? 'phone' : 'desktop';
}
