import { describe, expect, it } from 'vitest';
import type { DutyEntry } from '@/api/types';
import { countDuty, groupDuty, nextGap } from './duty.model';

const entry = (
  specialty: string,
  line: number,
  name: string,
  presence: DutyEntry['presence'] = 'available',
): DutyEntry => ({
  specialty,
  line,
  person: { id: name, name },
  presence,
  mismatch: false,
  shiftUntil: '',
});
const now = Date.parse('2026-05-01T08:00:00Z');

describe('duty', () => {
  it('shows open gaps first and first line before second', () => {
    const groups = groupDuty(
      [entry('心内科', 2, '吴'), entry('心内科', 1, '林'), entry('神经内科', 1, '周')],
      [
        { specialty: '急诊科', from: '2026-05-01T07:00:00Z' },
        { specialty: '神经内科', from: '2026-05-01T10:00:00Z' },
      ],
      now,
    );
    expect(groups.map((g) => g.specialty)).toEqual(['急诊科', '心内科', '神经内科']);
    expect(groups[1]?.entries.map((e) => e.person.name)).toEqual(['林', '吴']);
    expect(groups[0]?.gap?.now).toBe(true);
    expect(groups[2]?.gap?.now).toBe(false);
  });

  it('counts a person once', () => {
    const duty = [entry('a', 1, '林'), entry('b', 2, '林'), entry('c', 1, '唐', 'busy'), entry('d', 1, '吴', 'off')];
    expect(countDuty(duty)).toEqual({ present: 2, inCall: 1 });
  });

  it('names the next gap', () => {
    expect(nextGap([])).toBeUndefined();
    expect(
      nextGap([
        { specialty: 'b', from: '2' },
        { specialty: 'a', from: '1' },
      ])?.specialty,
    ).toBe('a');
  });
});
