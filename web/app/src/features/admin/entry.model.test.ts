import { expect, it } from 'vitest';
import { withoutEmpty } from './entry.model';

it('sends nothing for what was left empty, and keeps no, zero and empty lists', () => {
  const entry = { name: 'A', auth: '', transfer: undefined, tls: { on: false, ca: '' }, rate: 0, sources: [] };
  expect(withoutEmpty(entry)).toEqual({ name: 'A', tls: { on: false }, rate: 0, sources: [] });
});
