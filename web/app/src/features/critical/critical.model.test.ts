import { describe, expect, it } from 'vitest';
import type { Critical } from '@/api/record-types';
import { arrivesNow, pendingCriticals, readBackFits } from './critical.model';

const critical = (id: string, state: Critical['state'], category: Critical['category'], flaggedAt: string) =>
  ({ id, state, category, flaggedAt }) as Critical;

describe('critical findings', () => {
  it('shows the unconfirmed first, then the worse, then the older; the settled not at all', () => {
    const list = [
      critical('read', 'acknowledged', 1, '1'),
      critical('done', 'closed', 1, '1'),
      critical('mild', 'notifying', 3, '1'),
      critical('new', 'notifying', 1, '3'),
      critical('old', 'delivered', 1, '2'),
      critical('wrong', 'downgraded', 1, '1'),
    ];
    expect(pendingCriticals(list).map((c) => c.id)).toEqual(['old', 'new', 'mild', 'read']);
  });

  it('arrives once: what was delivered is not delivered again', () => {
    const fresh = { ...critical('c', 'notifying', 1, '1'), actions: ['delivered', 'acknowledge'] };
    expect(arrivesNow(fresh)).toBe(true);
    expect(arrivesNow({ ...fresh, state: 'delivered', deliveredAt: 't' })).toBe(false);
    expect(arrivesNow({ ...fresh, actions: [] })).toBe(false);
  });

  it('takes a read-back in own words and refuses an empty nod', () => {
    const finding = '左侧大量气胸，纵隔右移。';
    expect(readBackFits(finding, '收到')).toBe(false);
    expect(readBackFits(finding, '')).toBe(false);
    expect(readBackFits(finding, '左侧大量气胸 纵隔右移')).toBe(true);
    expect(readBackFits(finding, '左侧气胸，纵隔移位')).toBe(true);
  });
});
