import type { Shift } from '@/api/admin';

/** A week of shifts as lanes and gaps. Pure; days are local. */

export const hourMs = 3_600_000;
export const dayMs = 24 * hourMs;

/** Today 00:00 local, or as many weeks before or after: what matters is who is there in the next seven days. */
export function weekStart(now: number, offset = 0): number {
  const date = new Date(now);
  return new Date(date.getFullYear(), date.getMonth(), date.getDate() + offset * 7).getTime();
}

export interface Bar {
  shift: Shift;
  /** Share of the week, 0 to 1. */
  left: number;
  width: number;
  /** Lane from the top, so that bars never lie on one another. */
  lane: number;
}

export interface Hole {
  left: number;
  width: number;
  from: number;
  until: number;
}

interface Week {
  start: number;
  end: number;
  now: number;
}

export interface RosterRow {
  specialty: string;
  bars: Bar[];
  holes: Hole[];
  lanes: number;
}

/** The week's rows; a gap counts only from `now` on: what is over cannot be filled. */
export function rosterRows(shifts: Shift[], start: number, now = start): RosterRow[] {
  const end = start + 7 * dayMs;
  const rows = new Map<string, Shift[]>();
  for (const shift of shifts) {
    if (shift.cancelled || Date.parse(shift.until) <= start || Date.parse(shift.from) >= end) continue;
    rows.set(shift.specialty, [...(rows.get(shift.specialty) ?? []), shift]);
  }
  return [...rows.entries()].map(([specialty, list]) => row(specialty, list, { start, end, now }));
}

function row(specialty: string, shifts: Shift[], { start, end, now }: Week): RosterRow {
  const share = (at: number) => (Math.min(end, Math.max(start, at)) - start) / (end - start);
  const free: number[] = [];
  const sorted = [...shifts].sort((a, b) => a.line - b.line || a.from.localeCompare(b.from));
  const bars = sorted.map((shift) => {
    const from = Date.parse(shift.from);
    const until = Date.parse(shift.until);
    let lane = free.findIndex((busyUntil) => busyUntil <= from);
    if (lane < 0) lane = free.length;
    free[lane] = until;
    return { shift, left: share(from), width: share(until) - share(from), lane };
  });
  const holes = gaps(
    sorted.filter((shift) => shift.line === 1),
    Math.min(end, Math.max(start, now)),
    end,
  ).map(({ from, until }) => ({ from, until, left: share(from), width: share(until) - share(from) }));
  return { specialty, bars, holes, lanes: Math.max(1, free.length) };
}

/** When nobody of the first line is there. */
function gaps(shifts: Shift[], start: number, end: number): { from: number; until: number }[] {
  const spans = shifts
    .map((shift) => ({ from: Date.parse(shift.from), until: Date.parse(shift.until) }))
    .sort((a, b) => a.from - b.from);
  const found: { from: number; until: number }[] = [];
  let covered = start;
  for (const span of spans) {
    if (span.from > covered) found.push({ from: covered, until: Math.min(span.from, end) });
    covered = Math.max(covered, span.until);
    if (covered >= end) return found;
  }
  if (covered < end) found.push({ from: covered, until: end });
  return found;
}

export function gapHours(rows: RosterRow[]): number {
  const total = rows.flatMap((one) => one.holes).reduce((sum, hole) => sum + (hole.until - hole.from), 0);
  return Math.round(total / hourMs);
}
