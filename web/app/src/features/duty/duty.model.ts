import type { DutyEntry, DutyGap } from '@/api/types';

export interface DutyGroup {
  specialty: string;
  entries: DutyEntry[];
  /** Nobody is there now, or will not be from this time on. */
  gap?: { from: string; now: boolean };
}

/** One line a specialty: first line before second, gaps of today with it, gaps that are open now at the top. */
export function groupDuty(duty: DutyEntry[], gaps: DutyGap[], now: number): DutyGroup[] {
  const groups = new Map<string, DutyGroup>();
  const groupOf = (specialty: string) => {
    const found = groups.get(specialty) ?? { specialty, entries: [] };
    groups.set(specialty, found);
    return found;
  };
  for (const entry of duty) groupOf(entry.specialty).entries.push(entry);
  for (const gap of gaps) {
    const group = groupOf(gap.specialty);
    const begins = { from: gap.from, now: Date.parse(gap.from) <= now };
    if (!group.gap || begins.from < group.gap.from) group.gap = begins;
  }
  for (const group of groups.values()) {
    group.entries.sort((a, b) => a.line - b.line || a.person.name.localeCompare(b.person.name));
  }
  return [...groups.values()].sort((a, b) => Number(b.gap?.now ?? false) - Number(a.gap?.now ?? false));
}

export interface DutyCount {
  present: number;
  inCall: number;
}

const imaging = ['radiology', 'ultrasound', 'ecg'];

/** Reading rooms are shown by their numbers, not by everybody's name. */
export function isReading(specialty: string): boolean {
  return imaging.includes(specialty);
}

export function countDuty(duty: DutyEntry[]): DutyCount {
  const people = new Map(duty.map((entry) => [entry.person.id, entry.presence]));
  const states = [...people.values()];
  return {
    present: states.filter((state) => state !== 'off').length,
    inCall: states.filter((state) => state === 'busy').length,
  };
}

/** The gap that comes (or is) first. */
export function nextGap(gaps: DutyGap[]): DutyGap | undefined {
  return [...gaps].sort((a, b) => a.from.localeCompare(b.from))[0];
}
