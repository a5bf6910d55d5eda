import { expect, it } from 'vitest';
import { Press } from './press';

it('has one key for one wish until it is done', () => {
  const press = new Press();
  const key = press.keyFor({ for: 'a' });
  expect(press.keyFor({ for: 'a' })).toBe(key);
  const other = press.keyFor({ for: 'b' });
  expect(other).not.toBe(key);
  press.done();
  expect(press.keyFor({ for: 'b' })).not.toBe(other);
});
