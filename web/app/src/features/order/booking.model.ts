import type { BookableDevice } from '@/api/record-types';

/** Which device and when. Pure. */

export interface BookingDraft {
  /** AE title; '': none is chosen; undefined: nobody has touched it yet. */
  device?: string;
  timed: boolean;
  /** Local, as the browser's own field writes it: `2026-05-01T08:30`. */
  at: string;
}

export const unbooked: BookingDraft = { timed: false, at: '' };

/** The chosen device; before anybody chooses, the only one of the own institution. */
export function deviceOf(draft: BookingDraft, devices: readonly BookableDevice[], home: string): string {
  if (draft.device !== undefined && (draft.device === '' || devices.some((one) => one.aeTitle === draft.device)))
    return draft.device;
  const own = devices.filter((one) => one.site.id === home);
  return own.length === 1 ? (own[0]?.aeTitle ?? '') : '';
}

const day = 86_400_000;

/** An exam is booked for a time from today to a year ahead. */
export function timeProblem(draft: BookingDraft, now: number): 'missing' | 'past' | 'far' | undefined {
  if (!draft.timed) return undefined;
  const at = Date.parse(draft.at);
  if (Number.isNaN(at)) return 'missing';
  if (at < now - day) return 'past';
  return at > now + 365 * day ? 'far' : undefined;
}

/** What is sent: nothing for a device that is not chosen, nothing for a patient who comes when they come. */
export function bookingOf(draft: BookingDraft, device: string): { device?: string; start?: string } {
  return {
    ...(device && { device }),
    ...(draft.timed && { start: new Date(draft.at).toISOString() }),
  };
}

const two = (n: number) => String(n).padStart(2, '0');

/** A moment as the browser's own field for day and time wants it. */
export function localTime(at: number | string): string {
  const d = new Date(at);
  return `${d.getFullYear()}-${two(d.getMonth() + 1)}-${two(d.getDate())}T${two(d.getHours())}:${two(d.getMinutes())}`;
}

/** The next full half hour, where booking begins. */
export function nextSlot(now: number): string {
  const half = 30 * 60_000;
  return localTime(Math.ceil((now + 1) / half) * half);
}
