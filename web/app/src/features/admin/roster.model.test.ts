import { describe, expect, it } from 'vitest';
import type { Shift } from '@/api/admin';
import { dayMs, gapHours, hourMs, rosterRows, weekStart } from './roster.model';

const start = weekStart(Date.parse('2026-05-06T12:00:00Z'));
const shift = (fromHour: number, hours: number, fields: Partial<Shift> = {}): Shift =>
  ({
    id: `${fromHour}`,
    specialty: 'cardiology',
    line: 1,
    from: new Date(start + fromHour * hourMs).toISOString(),
    until: new Date(start + (fromHour + hours) * hourMs).toISOString(),
    ...fields,
  }) as Shift;

describe('roster', () => {
  it('starts today at midnight', () => {
    expect(new Date(start).getHours()).toBe(0);
    expect(weekStart(start + 23 * hourMs)).toBe(start);
    expect(weekStart(start, 1) - start).toBe(7 * dayMs);
  });

  it('finds every hour without a first line', () => {
    const [row] = rosterRows([shift(0, 24), shift(30, 24), shift(0, 168, { line: 2, id: 'second' })], start);
    expect(row?.holes.map((h) => [(h.from - start) / hourMs, (h.until - start) / hourMs])).toEqual([
      [24, 30],
      [54, 168],
    ]);
    expect(gapHours(row ? [row] : [])).toBe(120);
  });

  it('knows a week without gaps, also with overlaps and shifts that reach over its ends', () => {
    const [row] = rosterRows([shift(-12, 100), shift(80, 120)], start);
    expect(row?.holes).toEqual([]);
    expect(row?.bars[0]).toMatchObject({ left: 0 });
    expect(row?.lanes).toBe(2);
  });

  it('does not complain of hours that are over', () => {
    const [row] = rosterRows([shift(100, 8)], start, start + 90 * hourMs);
    expect(row?.holes.map((h) => (h.from - start) / hourMs)).toEqual([90, 108]);
    expect(rosterRows([shift(10, 8)], start, start + 200 * hourMs)[0]?.holes).toEqual([]);
  });

  it('leaves cancelled and foreign weeks out', () => {
    expect(rosterRows([shift(0, 8, { cancelled: true }), shift(200, 8), shift(-20, 8)], start)).toEqual([]);
  });
});
