import { describe, expect, it } from 'vitest';
import type { ConsultRequest, TimelineEvent } from '@/api/types';
import { timeline } from './timeline.model';

const request = {
  requester: { id: 'bai', name: '白' },
  acceptedBy: { id: 'lin', name: '林' },
  opinion: {},
  offers: [{ person: { id: 'he', name: '何' } }],
  seats: [],
  mediaSessions: [],
} as unknown as ConsultRequest;
const event = (action: string, version: number, fields: Partial<TimelineEvent> = {}): TimelineEvent => ({
  at: `t${version}`,
  action,
  version,
  actor: 'system',
  ...fields,
});

describe('timeline', () => {
  it('names the people the machine acted on', () => {
    const items = timeline(
      [
        event('ring', 1, { data: { people: ['lin', 'he', 'gone'] } }),
        event('media', 2, { data: { type: 'joined', person: 'bai' } }),
        event('accept', 3, { actor: '林' }),
      ],
      request,
    );
    expect(items.map((item) => [item.what, item.who])).toEqual([
      ['ring', ['林', '何']],
      ['joined', ['白']],
      ['accept', ['林']],
    ]);
  });

  it('tells a draft that saves itself once, and leaves bookkeeping out', () => {
    const items = timeline(
      [
        event('create', 1, { actor: '白' }),
        event('write', 2, { actor: '林' }),
        event('write', 3, { actor: '林' }),
        event('sign', 4, { actor: '林' }),
      ],
      request,
    );
    expect(items.map((item) => item.what)).toEqual(['write', 'sign']);
  });
});
