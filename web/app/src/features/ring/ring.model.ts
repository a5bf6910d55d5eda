import type { RequestKind, RequestSummary } from '@/api/types';

/** What rings for this person, and whether it may be heard. Pure. */

export interface ActiveRing {
  request: string;
  ring: string;
  kind: RequestKind;
  since: string;
  until: string;
}

export interface RingState {
  rings: ActiveRing[];
  /** Ended ones by ring id: a late push must not start them again. */
  ended: string[];
  /** Requests this person silenced without answering. */
  silenced: string[];
  /** Someone else was first: the name to show once. */
  takenBy?: { request: string; name: string };
}

export type RingEvent =
  | { type: 'ring'; ring: ActiveRing }
  | { type: 'unring'; request: string; ring: string; by?: string }
  | { type: 'silence'; request: string }
  | { type: 'expire'; now: number }
  | { type: 'truth'; rings: ActiveRing[] }
  | { type: 'seen' };

export const quiet: RingState = { rings: [], ended: [], silenced: [] };

const order: Record<RequestKind, number> = { rescue: 0, urgent: 1, assist: 2 };

export function next(state: RingState, event: RingEvent): RingState {
  switch (event.type) {
    case 'ring': {
      if (state.ended.includes(event.ring.ring)) return state;
      const others = state.rings.filter((ring) => ring.request !== event.ring.request);
      const renewed = state.rings.some((ring) => ring.ring === event.ring.ring);
      // A new ring of a silenced request is a new call: it sounds again.
      const silenced = renewed ? state.silenced : without(state.silenced, event.ring.request);
      return { ...state, rings: sorted([...others, pick(event.ring)]), silenced };
    }
    case 'unring': {
      const mine = state.rings.some((ring) => ring.request === event.request);
      return {
        rings: state.rings.filter((ring) => ring.request !== event.request),
        ended: [...state.ended, event.ring].slice(-50),
        silenced: without(state.silenced, event.request),
        takenBy: mine && event.by ? { request: event.request, name: event.by } : state.takenBy,
      };
    }
    case 'silence':
      return state.silenced.includes(event.request)
        ? state
        : { ...state, silenced: [...state.silenced, event.request] };
    case 'expire': {
      const rings = state.rings.filter((ring) => Date.parse(ring.until) > event.now);
      return rings.length === state.rings.length ? state : { ...state, rings };
    }
    case 'truth': {
      const rings = sorted(event.rings.filter((ring) => !state.ended.includes(ring.ring)));
      return sameRings(rings, state.rings) ? state : { ...state, rings };
    }
    case 'seen':
      return state.takenBy ? { ...state, takenBy: undefined } : state;
  }
}

/** The ring to sound: the most urgent, then the longest waiting, that was not silenced. */
export function sounding(state: RingState): ActiveRing | undefined {
  return state.rings.find((ring) => !state.silenced.includes(ring.request));
}

/** What rings for `person` according to fetched requests: after a reload no push repeats it. */
export function ringsFor(person: string, requests: RequestSummary[]): ActiveRing[] {
  return requests.flatMap((request) => {
    const mine = request.ringing.find((offer) => offer.person.id === person);
    if (!mine) return [];
    const since = request.waitingSince ?? request.submittedAt ?? mine.until;
    return [{ request: request.id, ring: `${request.id}@${mine.until}`, kind: request.kind, since, until: mine.until }];
  });
}

function pick(ring: ActiveRing): ActiveRing {
  return { request: ring.request, ring: ring.ring, kind: ring.kind, since: ring.since, until: ring.until };
}

function without(list: string[], item: string): string[] {
  return list.filter((other) => other !== item);
}

function sorted(rings: ActiveRing[]): ActiveRing[] {
  return [...rings].sort((a, b) => order[a.kind] - order[b.kind] || a.since.localeCompare(b.since));
}

function sameRings(a: ActiveRing[], b: ActiveRing[]): boolean {
  const key = (ring: ActiveRing) => `${ring.request} ${ring.until}`;
  return a.length === b.length && a.every((ring, i) => key(ring) === key(b[i] as ActiveRing));
}

/** A wall has no person: it rings for whatever still waits. */
export function boardRings(requests: RequestSummary[]): ActiveRing[] {
  return requests
    .filter((request) => ['submitted', 'queued', 'offered', 'unanswered'].includes(request.state))
    .map((request) => {
      const since = request.waitingSince ?? request.submittedAt ?? '';
      return {
        request: request.id,
        ring: `${request.id} ${request.state}`,
        kind: request.kind,
        since,
        until: '9999-12-31T00:00:00Z',
      };
    });
}
