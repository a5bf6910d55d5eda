/** The 18-character citizen identity number (GB 11643): six of region, eight of birth date, three of order, one check. */

export type IdProblem = 'length' | 'chars' | 'date' | 'check';

export type IdNumber = { ok: true; birthDate: string; sex: 'M' | 'F' } | { ok: false; problem: IdProblem };

const weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const checks = '10X98765432';

export function normalId(text: string): string {
  return text.replace(/\s/g, '').toUpperCase();
}

export function readIdNumber(text: string, today = new Date()): IdNumber {
  const id = normalId(text);
  if (id.length !== 18) return { ok: false, problem: 'length' };
  if (!/^\d{17}[\dX]$/.test(id)) return { ok: false, problem: 'chars' };
  const birthDate = `${id.slice(6, 10)}-${id.slice(10, 12)}-${id.slice(12, 14)}`;
  if (!isDate(birthDate, today)) return { ok: false, problem: 'date' };
  const sum = weights.reduce((total, weight, i) => total + weight * Number(id[i]), 0);
  if (checks[sum % 11] !== id[17]) return { ok: false, problem: 'check' };
  return { ok: true, birthDate, sex: Number(id[16]) % 2 === 1 ? 'M' : 'F' };
}

/** A real calendar day, not before 1900 and not in the future. */
export function isDate(text: string, today = new Date()): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const date = new Date(`${text}T00:00:00Z`);
  if (Number.isNaN(date.getTime()) || date.toISOString().slice(0, 10) !== text) return false;
  return date.getUTCFullYear() >= 1900 && date.getTime() <= today.getTime() + 86_400_000;
}
