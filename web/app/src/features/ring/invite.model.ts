import type { RequestKind } from '@/api/types';

/** Who asks this person into a running consult. Pure. */

export interface Invite {
  request: string;
  kind: RequestKind;
  since: string;
  by: string;
}

export interface Invites {
  /** Who asked first stands first. */
  open: readonly Invite[];
  /** Requests whose invitation is not to be heard any more. */
  silenced: readonly string[];
}

export type InviteEvent =
  | { type: 'invite'; invite: Invite }
  | { type: 'uninvite'; request: string }
  | { type: 'silence'; request: string }
  /** Connected anew: what stands is told again at once. */
  | { type: 'greeted' };

export const uninvited: Invites = { open: [], silenced: [] };

export function next(state: Invites, event: InviteEvent): Invites {
  switch (event.type) {
    case 'invite': {
      const { request, kind, since, by } = event.invite;
      const known = state.open.find((one) => one.request === request);
      if (known?.since === since) return state;
      const others = state.open.filter((one) => one !== known);
      return {
        open: [...others, { request, kind, since, by }].sort((a, b) => a.since.localeCompare(b.since)),
        // Asked once more: it is heard again.
        silenced: known ? state.silenced.filter((one) => one !== request) : state.silenced,
      };
    }
    case 'uninvite':
      if (!state.open.some((one) => one.request === event.request)) return state;
      return {
        open: state.open.filter((one) => one.request !== event.request),
        silenced: state.silenced.filter((one) => one !== event.request),
      };
    case 'silence':
      return state.silenced.includes(event.request)
        ? state
        : { ...state, silenced: [...state.silenced, event.request] };
    case 'greeted':
      return state.open.length === 0 ? state : { ...state, open: [] };
  }
}

const heardFor = 60_000; // ms: then it stays to be seen

/** What is heard of the invitations now. */
export function inviting(state: Invites, now: number): Invite | undefined {
  return state.open.find((one) => !state.silenced.includes(one.request) && now - Date.parse(one.since) < heardFor);
}
