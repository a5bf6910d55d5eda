import { QueryClient } from '@tanstack/react-query';
import { afterEach, expect, it, vi } from 'vitest';
import { warm } from './warm';

const told: string[] = [];

vi.mock('../start', () => ({ start: async () => ({}) }));
vi.mock('../dicomweb', () => ({ loadStudy: async (study: string) => [{ study }] }));
vi.mock('../engine', () => ({
  Viewer: class {
    ahead([series]: { study: string }[]) {
      told.push(`ahead ${series?.study}`);
    }
    destroy() {
      told.push('destroyed');
    }
  },
}));

afterEach(() => {
  vi.useRealTimers();
});

it('knows what the next study consists of for as long as this one is read, and no longer', async () => {
  vi.useFakeTimers();
  const client = new QueryClient();
  const known = (study: string) => client.getQueryData(['viewer', 'study', study]) !== undefined;
  await warm(client, '1');
  await warm(client, '1'); // asked for again, it is there
  expect(told).toEqual(['ahead 1']);
  await vi.advanceTimersByTimeAsync(30 * 60_000);
  expect(known('1')).toBe(true);
  await warm(client, '2');
  expect(told).toEqual(['ahead 1', 'destroyed', 'ahead 2']);
  await vi.advanceTimersByTimeAsync(30 * 60_000);
  expect([known('1'), known('2')]).toEqual([false, true]);
});
