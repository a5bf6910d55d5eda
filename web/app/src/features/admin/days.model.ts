/** Days of a form (local, `2026-05-01`) and moments of the API (UTC). The zero time of the service means: no limit. */

const open = (iso: string | undefined): boolean => !iso || iso.startsWith('0001-');

export function dayOf(iso: string | undefined): string {
  if (!iso || open(iso)) return '';
  const at = new Date(iso);
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
}

export function startOfDay(day: string | undefined): string | undefined {
  return day ? new Date(`${day}T00:00:00`).toISOString() : undefined;
}

export function endOfDay(day: string | undefined): string | undefined {
  return day ? new Date(`${day}T23:59:59`).toISOString() : undefined;
}

/** A local day and time as a moment; `days` later. */
export function moment(day: string, time: string, days = 0): string {
  const at = new Date(`${day}T${time}:00`);
  at.setDate(at.getDate() + days);
  return at.toISOString();
}

export function timeOf(iso: string): string {
  const at = new Date(iso);
  return `${two(at.getHours())}:${two(at.getMinutes())}`;
}

const two = (n: number) => String(n).padStart(2, '0');
