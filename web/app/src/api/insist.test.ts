import { QueryClient } from '@tanstack/react-query';
import { describe, expect, it, vi } from 'vitest';
import { insist } from './insist';
import { ApiError } from './problem';
import type { ConsultRequest } from './types';

const request = (version: number) => ({ id: 'r', version }) as ConsultRequest;
const stale = () => ApiError.of(409, 'Conflict', { code: 'stale', title: 'Conflict' });

/** A client whose request has a newer version at each look. */
function moving() {
  const queries = new QueryClient();
  let version = 0;
  vi.spyOn(queries, 'fetchQuery').mockImplementation(async () => request(++version));
  return queries;
}

describe('a press while the request moves on', () => {
  it('is done at the version there is, and its answer is kept', async () => {
    const queries = moving();
    const seen: number[] = [];
    const done = await insist(queries, 'r', async (version) => {
      seen.push(version);
      if (version < 3) throw stale();
      return request(9);
    });
    expect(seen).toEqual([1, 2, 3]);
    expect(done.version).toBe(9);
    expect(queries.getQueryData(['request', 'r'])).toEqual(request(9));
  });

  it('gives up after four tries', async () => {
    const act = vi.fn(async () => {
      throw stale();
    });
    await expect(insist(moving(), 'r', act)).rejects.toMatchObject({ code: 'stale' });
    expect(act).toHaveBeenCalledTimes(4);
  });

  it('takes a refusal for what it is', async () => {
    const act = vi.fn(async () => {
      throw ApiError.of(409, 'Conflict', { code: 'request.taken', title: 'Conflict' });
    });
    await expect(insist(moving(), 'r', act)).rejects.toMatchObject({ code: 'request.taken' });
    expect(act).toHaveBeenCalledTimes(1);
  });
});
