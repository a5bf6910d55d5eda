/** The life of the live connection. Pure: time and chance are arguments. */

export type LiveState =
  | { phase: 'connecting'; attempt: number; lostAt?: number }
  | { phase: 'online' }
  | { phase: 'waiting'; attempt: number; lostAt: number; retryAt: number }
  | { phase: 'stopped' };

export type LiveEvent =
  | { type: 'hello' }
  /** `heard`: when something arrived last; what is shown is as old as that. */
  | { type: 'lost'; now: number; heard: number; chance: number }
  | { type: 'retry' }
  | { type: 'signedOut' };

export const firstState: LiveState = { phase: 'connecting', attempt: 0 };

/** Milliseconds before attempt n: doubling from half a second to 15 s, spread by ±30 % so that a restart is not stormed. */
export function backoff(attempt: number, chance: number): number {
  const base = Math.min(15_000, 500 * 2 ** Math.min(attempt, 10));
  return Math.round(base * (0.7 + 0.6 * chance));
}

export function next(state: LiveState, event: LiveEvent): LiveState {
  if (state.phase === 'stopped') return state;
  switch (event.type) {
    case 'hello':
      return { phase: 'online' };
    case 'signedOut':
      return { phase: 'stopped' };
    case 'retry':
      if (state.phase !== 'waiting') return state;
      return { phase: 'connecting', attempt: state.attempt, lostAt: state.lostAt };
    case 'lost': {
      if (state.phase === 'waiting') return state;
      const attempt = state.phase === 'online' ? 0 : state.attempt + 1;
      const lostAt = (state.phase === 'connecting' ? state.lostAt : undefined) ?? event.heard;
      return { phase: 'waiting', attempt, lostAt, retryAt: event.now + backoff(attempt, event.chance) };
    }
  }
}

/** Since when nothing live has arrived, or undefined while all is well. */
export function lostSince(state: LiveState): number | undefined {
  return state.phase === 'waiting' || state.phase === 'connecting' ? state.lostAt : undefined;
}

export interface Ring {
  request: string;
  ring: string;
  kind: 'rescue' | 'urgent' | 'assist';
  since: string;
  until: string;
}

export type LiveMessage =
  | { type: 'hello'; serverTime: string }
  | { type: 'pong'; serverTime: string }
  | { type: 'changed'; topic: string; id: string; version: number }
  | ({ type: 'ring' } & Ring)
  | { type: 'unring'; request: string; ring: string; reason: string; by?: string }
  | { type: 'invite'; request: string; kind: Ring['kind']; since: string; by: string }
  | { type: 'uninvite'; request: string }
  | { type: 'signedOut' };

const known = new Set(['hello', 'pong', 'changed', 'ring', 'unring', 'invite', 'uninvite', 'signedOut']);

/** What came over the wire, or undefined for what this version does not know. */
export function parseMessage(text: string): LiveMessage | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || !('type' in value)) return undefined;
    return known.has(String(value.type)) ? (value as LiveMessage) : undefined;
  } catch {
    return undefined;
  }
}

/** Which cached answers a hint makes doubtful. Keys are query-key prefixes. */
export function doubtful(topic: string, id: string): string[][] {
  switch (topic) {
    case 'request':
      return [['requests'], ['request', id], ['request-events', id], ['board'], ['patient']];
    case 'board':
      return [['board'], ['duty'], ['coverage']];
    case 'presence':
      return [['board'], ['duty'], ['coverage'], ['session']];
    case 'session':
      return [['session']];
    case 'reading':
      return [['readings'], ['reading', id], ['board'], ['orders'], ['order'], ['patient']];
    case 'study':
      return [
        ['studies'],
        ['study', id],
        ['unmatched'],
        ['orders'],
        ['order'],
        ['requests'],
        ['request'],
        ['patient'],
        ['reading'],
      ];
    case 'order':
      return [['orders'], ['order', id], ['worklist'], ['unmatched'], ['patient']];
    case 'critical':
      return [['criticals'], ['readings'], ['reading']];
    default:
      return [[topic]];
  }
}
