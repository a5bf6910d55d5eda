import { describe, expect, it } from 'vitest';
import { ApiError, errorText } from './problem';
import { retryDelay } from './retry.model';

describe('errors', () => {
  it('try the code first, then the status, then a general text, with the values of the server', () => {
    const error = ApiError.of(409, 'Conflict', { code: 'request.taken', detail: 'Taken.', params: { winner: '林' } });
    expect(errorText(error)).toEqual([
      { key: 'request.taken', params: { winner: '林' }, fallback: 'Taken.' },
      { key: 'stale', params: { winner: '林' }, fallback: 'Taken.' },
      { key: 'unexpected', params: { winner: '林' }, fallback: 'Taken.' },
    ]);
    expect(error.stale).toBe(true);
  });

  it('make do with what a proxy answers', () => {
    const error = ApiError.of(502, 'Bad Gateway', '<html>');
    expect(errorText(error).map((text) => text.key)).toEqual(['unexpected']);
    expect(ApiError.unreachable(new TypeError('x'))).toMatchObject({ status: 0, code: 'net.unreachable' });
  });

  it('never throw on what is no ApiError', () => {
    expect(errorText(new Error('x'))[0]?.key).toBe('unexpected');
    expect(errorText(undefined)[0]?.key).toBe('unexpected');
  });
});

it('gives up trying a command again after a few seconds', () => {
  const waits = [0, 1, 2, 3].map(retryDelay);
  expect(waits[3]).toBeUndefined();
  expect(waits.slice(0, 3).every((wait) => wait !== undefined && wait <= 2500)).toBe(true);
});
