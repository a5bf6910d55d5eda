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
export type DeviceProblem = 'denied' | 'missing' | 'busy' | 'insecure' | 'failed';

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
      return 'failed';
  }
}
