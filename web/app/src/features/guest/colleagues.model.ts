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
  /** Is in the room, or has a seat there. */
  here: boolean;
}

export function invited({ panel, seats }: Pick<ConsultRequest, 'panel' | 'seats'>): Invited[] {
  return panel
    .filter((one) => !one.ended)
    .map(({ person: { id, name, title } }) => ({ id, name, title, here: seats.some((seat) => seat.person.id === id) }));
}
