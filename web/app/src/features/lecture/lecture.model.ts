import type { Heard } from '@/api/lectures';
import type { ConsultRequest } from '@/api/types';

/** A consult to which colleagues listen: pure. */

export const longestTitle = 64;

type Lecture = ConsultRequest['lecture'];

export const isRunning = (lecture: Lecture): boolean => lecture !== undefined && !lecture.closed;

export type TitleFault = 'empty' | 'long' | 'patient';

/** What is wrong with a title. It is read by everybody who could listen, so the patient's name does not belong in it. */
export function titleFault(title: string, patient: string): TitleFault | undefined {
  const said = title.trim();
  if (said === '') return 'empty';
  if ([...said].length > longestTitle) return 'long';
  const name = patient.replace(/\s+/g, '');
  return name.length > 1 && said.replace(/\s+/g, '').includes(name) ? 'patient' : undefined;
}

export interface Listener {
  id: string;
  name: string;
  institution?: string;
  /** Listens now. */
  here: boolean;
  /** How long, in the visits that are over. */
  seconds: number;
}

/** Who listens first, then who did, in the order in which they came. */
export function listeners(audience: readonly Heard[]): Listener[] {
  return audience
    .map(({ person, name, institution, visits }) => {
      const last = visits?.at(-1);
      const seconds = (visits ?? []).reduce((sum, { from, until }) => sum + (until ? between(from, until) : 0), 0);
      return { id: person, name, institution, here: last !== undefined && !last.until, seconds };
    })
    .sort((a, b) => Number(b.here) - Number(a.here));
}

const between = (from: string, until: string): number =>
  Math.max(0, Math.round((Date.parse(until) - Date.parse(from)) / 1000));
