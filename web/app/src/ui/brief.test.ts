import { expect, it } from 'vitest';
import { brief } from './brief';

it('keeps what a file may say, and cuts a book', () => {
  expect(brief(undefined)).toBe('');
  expect(brief('胸部平扫')).toBe('胸部平扫');
  expect(brief('x'.repeat(70_000))).toHaveLength(201);
});
