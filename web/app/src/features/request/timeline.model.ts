import type { ConsultRequest, TimelineEvent } from '@/api/types';

/** The audit trail of a request as a doctor reads it: who did what, without the machine's own bookkeeping. */

export interface TimelineItem {
  key: string;
  at: string;
  /** The action, or for news from the call what happened there: joined, left, interrupted … */
  what: string;
  who: string[];
  reason?: string;
}

type People = Map<string, string>;

function peopleOf(request: ConsultRequest): People {
  const people = [
    request.requester,
    request.acceptedBy,
    request.opinion.author,
    ...request.offers.map((offer) => offer.person),
    ...request.seats.map((seat) => seat.person),
    ...request.mediaSessions.flatMap((leg) => leg.participants),
  ];
  return new Map(people.flatMap((person) => (person ? [[person.id, person.name] as const] : [])));
}

export function timeline(events: TimelineEvent[], request: ConsultRequest): TimelineItem[] {
  const people = peopleOf(request);
  const items: TimelineItem[] = [];
  for (const event of events) {
    const item = itemOf(event, people);
    const last = items.at(-1);
    // A draft saves itself every second, a weak line comes and goes: one line tells it.
    if (last && last.what === item.what && last.who.join() === item.who.join() && repeats.has(item.what)) continue;
    if (!hidden.has(item.what)) items.push(item);
  }
  return items;
}

const repeats = new Set(['write', 'live', 'degraded', 'attach', 'edit']);
const hidden = new Set(['create', 'requeue', 'live', 'connecting']);

function itemOf(event: TimelineEvent, people: People): TimelineItem {
  const data = (typeof event.data === 'object' && event.data !== null ? event.data : {}) as Record<string, unknown>;
  const what = event.action === 'media' && typeof data.type === 'string' ? data.type : event.action;
  return {
    key: `${event.version} ${event.action} ${event.at}`,
    at: event.at,
    what,
    who: whoOf(event, data, people),
    reason: event.reason || undefined,
  };
}

function whoOf(event: TimelineEvent, data: Record<string, unknown>, people: People): string[] {
  if (event.actor !== 'system') return [event.actor];
  const ids = Array.isArray(data.people) ? data.people : [data.person];
  return ids.flatMap((id) => people.get(String(id)) ?? []);
}
