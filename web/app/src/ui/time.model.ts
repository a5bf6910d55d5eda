/** Waiting times and countdowns: arithmetic only, so that every page shows the same figure. */

export type Pressure = 'calm' | 'half' | 'late' | 'over';

/** `0:42`, `12:05`, `1:02:05`; never negative. */
export function clockText(totalSeconds: number): string {
  const s = Math.max(0, Math.floor(totalSeconds));
  const hours = Math.floor(s / 3600);
  const minutes = Math.floor((s % 3600) / 60);
  const two = (n: number) => String(n).padStart(2, '0');
  return hours > 0 ? `${hours}:${two(minutes)}:${two(s % 60)}` : `${two(minutes)}:${two(s % 60)}`;
}

export function secondsBetween(from: string | undefined, now: number): number {
  if (!from) return 0;
  return Math.max(0, Math.floor((now - Date.parse(from)) / 1000));
}

export function secondsUntil(to: string | undefined, now: number): number {
  if (!to) return 0;
  return Math.max(0, Math.ceil((Date.parse(to) - now) / 1000));
}

/** How much of the time from `since` to `due` is used, 0 to 1 and beyond; undefined when nothing is due. */
export function usedShare(since: string | undefined, due: string | undefined, now: number): number | undefined {
  if (!since || !due) return undefined;
  const from = Date.parse(since);
  const span = Date.parse(due) - from;
  if (!(span > 0)) return 1;
  return Math.max(0, (now - from) / span);
}

/** The clock turns at 50, 75 and 100 % of its time. */
export function pressure(share: number | undefined): Pressure {
  if (share === undefined || share < 0.5) return 'calm';
  if (share < 0.75) return 'half';
  return share < 1 ? 'late' : 'over';
}

export interface DurationParts {
  days: number;
  hours: number;
  minutes: number;
  seconds: number;
}

export function durationParts(totalSeconds: number): DurationParts {
  const s = Math.max(0, Math.round(totalSeconds));
  return {
    days: Math.floor(s / 86400),
    hours: Math.floor((s % 86400) / 3600),
    minutes: Math.floor((s % 3600) / 60),
    seconds: s % 60,
  };
}
