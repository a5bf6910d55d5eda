import { expect, it } from 'vitest';
import { spaceWarning } from './space.model';

it('warns when room runs out, in parts of the whole', () => {
  expect(spaceWarning({ level: 'ok', free: 9, total: 10 })).toBeUndefined();
  expect(spaceWarning({ level: 'unknown', free: 0, total: 0 })).toBeUndefined();
  expect(spaceWarning(undefined)).toBeUndefined();
  expect(spaceWarning({ level: 'low', free: 84e9, total: 1000e9 })).toEqual({ level: 'low', part: 8 });
  expect(spaceWarning({ level: 'full', free: 5, total: 0 })).toEqual({ level: 'full', part: 0 });
});
