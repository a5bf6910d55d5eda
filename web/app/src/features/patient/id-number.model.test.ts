import { describe, expect, it } from 'vitest';
import { isDate, readIdNumber } from './id-number.model';

const today = new Date('2026-05-01T00:00:00Z');

/** Makes the check digit the long way round, so that the table under test is not its own judge. */
function withCheck(first17: string): string {
  for (const last of '0123456789X') {
    const digits = [...first17, last].map((c) => (c === 'X' ? 10 : Number(c)));
    // GB 11643: the sum of digit times 2^(18-i) mod 11, the check digit among them, is 1.
    const sum = digits.reduce((total, digit, i) => total + digit * (2 ** (17 - i) % 11), 0);
    if (sum % 11 === 1) return first17 + last;
  }
  throw new Error('no check digit');
}

describe('citizen identity number', () => {
  it('reads birth date and sex', () => {
    expect(readIdNumber(withCheck('00000019650301001'), today)).toEqual({
      ok: true,
      birthDate: '1965-03-01',
      sex: 'M',
    });
    expect(readIdNumber(withCheck('00000020191231002'), today)).toEqual({
      ok: true,
      birthDate: '2019-12-31',
      sex: 'F',
    });
  });

  it('accepts every check digit, x in lower case and spaces', () => {
    const seen = new Set<string>();
    for (let order = 0; order < 60; order++) {
      const id = withCheck(`00000019650301${String(order).padStart(3, '0')}`);
      seen.add(id.slice(17));
      expect(readIdNumber(` ${id.slice(0, 6)} ${id.slice(6).toLowerCase()}`, today).ok).toBe(true);
    }
    expect(seen.size).toBe(11);
  });

  it('finds every single wrong digit and every swap of neighbours', () => {
    const id = withCheck('00000019650301123');
    for (let i = 14; i < 17; i++) {
      const digit = Number(id[i]);
      const wrong = id.slice(0, i) + ((digit + 1) % 10) + id.slice(i + 1);
      expect(readIdNumber(wrong, today)).toEqual({ ok: false, problem: 'check' });
    }
    expect(readIdNumber(`${id.slice(0, 15)}${id[16]}${id[15]}${id[17]}`, today)).toEqual({
      ok: false,
      problem: 'check',
    });
  });

  it.each([
    ['', 'length'],
    ['12345678901234567', 'length'],
    ['00000019650301A011', 'chars'],
    [withCheck('00000019650231001'), 'date'],
    [withCheck('00000020990101001'), 'date'],
  ] as const)('refuses %s: %s', (text, problem) => {
    expect(readIdNumber(text, today)).toEqual({ ok: false, problem });
  });
});

describe('dates', () => {
  it('knows the calendar', () => {
    expect(isDate('2024-02-29', today)).toBe(true);
    expect(isDate('2023-02-29', today)).toBe(false);
    expect(isDate('1899-12-31', today)).toBe(false);
    expect(isDate('2026-05-03', today)).toBe(false);
  });
});
