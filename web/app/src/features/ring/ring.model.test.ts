import { describe, expect, it } from 'vitest';
import type { RequestSummary } from '@/api/types';
import { type ActiveRing, next, quiet, type RingState, ringsFor, sounding } from './ring.model';

const ring = (request: string, kind: ActiveRing['kind'], since: string, id = `${request}-1`): ActiveRing => ({
  request,
  ring: id,
  kind,
  since,
  until: '2026-05-01T08:05:00Z',
});
const through = (...events: Parameters<typeof next>[1][]): RingState => events.reduce(next, quiet);

describe('ringing', () => {
  it('sounds the most urgent first, then the longest waiting', () => {
    const state = through(
      { type: 'ring', ring: ring('a', 'assist', '2026-05-01T08:00:00Z') },
      { type: 'ring', ring: ring('b', 'rescue', '2026-05-01T08:02:00Z') },
      { type: 'ring', ring: ring('c', 'rescue', '2026-05-01T08:01:00Z') },
    );
    expect(state.rings.map((r) => r.request)).toEqual(['c', 'b', 'a']);
    expect(sounding(state)?.request).toBe('c');
  });

  it('stops when someone accepts and says who, once', () => {
    let state = through(
      { type: 'ring', ring: ring('a', 'urgent', 't') },
      { type: 'unring', request: 'a', ring: 'a-1', by: '林医生' },
    );
    expect(sounding(state)).toBeUndefined();
    expect(state.takenBy).toEqual({ request: 'a', name: '林医生' });
    state = next(state, { type: 'seen' });
    expect(state.takenBy).toBeUndefined();
  });

  it('does not start again when the push for an ended ring comes late', () => {
    const state = through(
      { type: 'unring', request: 'a', ring: 'a-1' },
      { type: 'ring', ring: ring('a', 'urgent', 't') },
    );
    expect(state.rings).toEqual([]);
  });

  it('stays silent for a silenced request until it rings anew', () => {
    let state = through({ type: 'ring', ring: ring('a', 'urgent', 't') }, { type: 'silence', request: 'a' });
    expect(sounding(state)).toBeUndefined();
    expect(state.rings).toHaveLength(1);
    state = next(state, { type: 'ring', ring: ring('a', 'urgent', 't') });
    expect(sounding(state)).toBeUndefined();
    state = next(state, { type: 'ring', ring: ring('a', 'urgent', 't', 'a-2') });
    expect(sounding(state)?.ring).toBe('a-2');
  });

  it('is one ring group: the same request never stands twice', () => {
    const state = through(
      { type: 'ring', ring: ring('a', 'urgent', 't') },
      { type: 'ring', ring: ring('a', 'urgent', 't', 'a-2') },
    );
    expect(state.rings).toHaveLength(1);
  });

  it('ends by itself when its time is over', () => {
    const state = through({ type: 'ring', ring: ring('a', 'urgent', 't') });
    expect(next(state, { type: 'expire', now: Date.parse('2026-05-01T08:04:59Z') })).toBe(state);
    expect(next(state, { type: 'expire', now: Date.parse('2026-05-01T08:05:00Z') }).rings).toEqual([]);
  });

  it('is found again after a reload from the fetched requests', () => {
    const request = {
      id: 'a',
      kind: 'rescue',
      waitingSince: '2026-05-01T08:00:00Z',
      ringing: [
        { person: { id: 'other', name: '' }, until: 'x' },
        { person: { id: 'me', name: '' }, until: '2026-05-01T08:05:00Z' },
      ],
    } as RequestSummary;
    const rings = ringsFor('me', [request, { ...request, id: 'b', ringing: [] }]);
    expect(rings.map((r) => r.request)).toEqual(['a']);
    const state = next(quiet, { type: 'truth', rings });
    expect(sounding(state)?.request).toBe('a');
    expect(next(state, { type: 'truth', rings })).toBe(state);
  });
});
