import type { Colleague } from '@/api/calls';
import type { ConsultRequest, DutyEntry, PresenceStatus } from '@/api/types';

/** Whom to ask into a consult, and who is asked already: pure. */

export interface Choosable extends Colleague {
  /** Where they work, as people say it. */
  place: string;
  /** Only of those on duty. */
  presence?: PresenceStatus;
}

const soonest: readonly PresenceStatus[] = ['available', 'wrapup', 'paused', 'busy', 'off'];

/** Those on duty stand before the others, who can come at once first; `typed` is looked for in name, title, department and place. */
export function choosable(
  colleagues: readonly Colleague[],
  duty: readonly DutyEntry[],
  places: ReadonlyMap<string, string>,
  typed: string,
): Choosable[] {
  const presence = new Map(duty.map((entry) => [entry.person.id, entry.presence]));
  const words = typed.trim().toLowerCase().split(/\s+/).filter(Boolean);
  return colleagues
    .map((one) => ({ ...one, place: places.get(one.institution ?? '') ?? '', presence: presence.get(one.id) }))
    .filter((one) => {
      const text = [one.name, one.title, one.department, one.place].join(' ').toLowerCase();
      return words.every((word) => text.includes(word));
    })
    .sort((a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name, 'zh'));
}

const rank = ({ presence }: Choosable): number => (presence ? soonest.indexOf(presence) : soonest.length);

export interface Invited {
  id: string;
  name: string;
  title?: string;
  /** In the room, or with a seat there; said not to be able to come; rung since. */
  is: 'here' | 'excused' | 'rung';
  at: string;
}

export function invited({ panel, seats }: Pick<ConsultRequest, 'panel' | 'seats'>): Invited[] {
  return panel
    .filter((one) => !one.ended)
    .map(({ person: { id, name, title }, at, excused }) => ({
      id,
      name,
      title,
      at,
      is: seats.some((seat) => seat.person.id === id) ? 'here' : excused ? 'excused' : 'rung',
    }));
}

/** Who has said since then that they cannot come. */
export function excusedSince(before: ConsultRequest['panel'], now: ConsultRequest['panel']): string[] {
  const known = new Set(before.filter((one) => one.excused).map((one) => `${one.person.id} ${one.at}`));
  return now.filter((one) => one.excused && !known.has(`${one.person.id} ${one.at}`)).map((one) => one.person.name);
}
