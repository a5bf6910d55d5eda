import { describe, expect, it } from 'vitest';
import type { BookableDevice } from '@/api/record-types';
import { bookingOf, deviceOf, localTime, nextSlot, timeProblem, unbooked } from './booking.model';

const device = (aeTitle: string, site: string): BookableDevice => ({
  aeTitle,
  name: aeTitle,
  modality: 'CT',
  site: { id: site, name: site, short: site, tier: 'township' } as BookableDevice['site'],
});
const two = [device('A_CT', 'a'), device('B_CT', 'b')];

describe('the device of an order', () => {
  it('is the only one of the own institution until somebody chooses', () => {
    expect(deviceOf(unbooked, two, 'a')).toBe('A_CT');
    expect(deviceOf({ ...unbooked, device: 'B_CT' }, two, 'a')).toBe('B_CT');
    expect(deviceOf({ ...unbooked, device: '' }, two, 'a')).toBe('');
  });
  it('is none where several could make it, or none can', () => {
    expect(deviceOf(unbooked, [...two, device('A_CT2', 'a')], 'a')).toBe('');
    expect(deviceOf(unbooked, two, 'c')).toBe('');
  });
  it('is not one of another modality that was chosen before', () => {
    expect(deviceOf({ ...unbooked, device: 'A_DX' }, two, 'a')).toBe('A_CT');
  });
});

describe('the time of an order', () => {
  const now = new Date('2026-05-01T08:10').getTime();
  it.each([
    [{ timed: false, at: '' }, undefined],
    [{ timed: true, at: '' }, 'missing'],
    [{ timed: true, at: '2026-05-01T08:00' }, undefined],
    [{ timed: true, at: '2026-04-28T08:00' }, 'past'],
    [{ timed: true, at: '2027-05-02T08:00' }, 'far'],
  ] as const)('%o is %s', (draft, problem) => {
    expect(timeProblem(draft, now)).toBe(problem);
  });
  it('begins at the next half hour', () => {
    expect(nextSlot(now)).toBe('2026-05-01T08:30');
    expect(nextSlot(new Date('2026-05-01T23:45').getTime())).toBe('2026-05-02T00:00');
  });
  it('is sent as a moment, or not at all', () => {
    expect(bookingOf({ timed: false, at: '2026-05-01T08:30' }, '')).toEqual({});
    const sent = bookingOf({ timed: true, at: '2026-05-01T08:30' }, 'A_CT');
    expect(sent.device).toBe('A_CT');
    expect(localTime(sent.start ?? '')).toBe('2026-05-01T08:30');
  });
});
