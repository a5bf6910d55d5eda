import { describe, expect, it } from 'vitest';
import type { RequestSummary } from '@/api/types';
import { byUrgency, clockOf, faceOf, piles, statusOf } from './request.model';

const request = (fields: Partial<RequestSummary>): RequestSummary => ({
  id: 'x',
  number: '1',
  version: 1,
  state: 'queued',
  media: 'none',
  kind: 'assist',
  specialty: 'cardiology',
  patient: { id: 'p', name: '某', sex: 'M' },
  institution: { id: 'i', name: 'i', short: 'i', distanceKm: 0, phone: '' },
  createdAt: '',
  changedAt: '',
  opinionState: 'none',
  escalation: { level: 0, alarm: false, gap: false },
  requester: { id: 'r', name: 'r' },
  summary: '',
  waitingSince: '2026-05-01T08:00:00Z',
  ringing: [],
  studies: [],
  actions: [],
  ...fields,
});

describe('order of the queue', () => {
  it('puts the more urgent first, then the longest waiting, then who is already helped', () => {
    const list = [
      request({ id: 'helped', kind: 'rescue', state: 'in_service' }),
      request({ id: 'late-assist', waitingSince: '2026-05-01T07:00:00Z' }),
      request({ id: 'urgent', kind: 'urgent', waitingSince: '2026-05-01T08:10:00Z' }),
      request({ id: 'rescue-2', kind: 'rescue', waitingSince: '2026-05-01T08:12:00Z' }),
      request({ id: 'rescue-1', kind: 'rescue', waitingSince: '2026-05-01T08:11:00Z' }),
      request({ id: 'urgent-alarm', kind: 'urgent', state: 'unanswered', waitingSince: '2026-05-01T08:20:00Z' }),
    ];
    expect(list.sort(byUrgency).map((r) => r.id)).toEqual([
      'rescue-1',
      'rescue-2',
      'urgent-alarm',
      'urgent',
      'late-assist',
      'helped',
    ]);
  });

  it('is the same whatever the order of arrival', () => {
    const list = ['c', 'a', 'b'].map((id) => request({ id }));
    expect(list.sort(byUrgency).map((r) => r.id)).toEqual(['a', 'b', 'c']);
  });
});

describe('the faces of a request page', () => {
  it.each([
    ['queued', [], 'waiting'],
    ['unanswered', [], 'waiting'],
    ['returned', [], 'returned'],
    ['accepted', ['join'], 'room'],
    ['in_service', ['join', 'end'], 'room'],
    ['in_service', [], 'dossier'],
    ['awaiting_opinion', ['sign'], 'dossier'],
    ['closed', [], 'dossier'],
  ] as const)('%s with %j shows %s', (state, actions, face) => {
    expect(faceOf({ state, actions: [...actions] })).toBe(face);
  });
});

describe('status', () => {
  it('says whom it rings and what comes next', () => {
    const ringing = [{ person: { id: 'l', name: '林' }, until: 't1' }];
    const status = statusOf(
      request({
        state: 'offered',
        ringing,
        escalation: { level: 0, alarm: false, gap: false, nextAt: 't2', nextLevel: 1 },
      }),
    );
    expect(status).toEqual({ is: 'ringing', names: ['林'], until: 't1', nextAt: 't2', nextLevel: 1 });
  });

  it('tells a broken line from a running call', () => {
    const at = (media: RequestSummary['media']) => statusOf(request({ state: 'in_service', media })).is;
    expect([at('live'), at('interrupted'), at('degraded'), at('connecting')]).toEqual([
      'live',
      'interrupted',
      'degraded',
      'live',
    ]);
  });

  it('shows the clock only while something is due', () => {
    expect(clockOf(request({ escalation: { level: 0, alarm: false, gap: false, nextAt: 'n' } }))).toEqual({
      since: '2026-05-01T08:00:00Z',
      due: 'n',
    });
    expect(clockOf(request({ state: 'closed' }))).toEqual({});
  });
});

describe('piles', () => {
  it('lose no request', () => {
    const states: RequestSummary['state'][] = [
      'draft',
      'submitted',
      'queued',
      'offered',
      'accepted',
      'in_service',
      'awaiting_opinion',
      'opined',
      'closed',
      'returned',
      'cancelled',
      'unanswered',
    ];
    const all = piles(states.map((state) => request({ id: state, state })));
    expect(Object.values(all).flat()).toHaveLength(states.length);
    expect(all.alarm.map((r) => r.id)).toEqual(['unanswered']);
  });
});
