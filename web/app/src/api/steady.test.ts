import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { ApiError } from './problem';
import { isThere, lineBack, lineDead, onBack, patienceFor, steady, timesBack, Watch } from './steady';

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('fetch', async () => new Response(null));
});
afterEach(() => {
  vi.advanceTimersByTime(120_000); // whatever is doubtful after a loss
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

it('gives up what is silent for too long, and nothing that goes on', () => {
  const [still, live] = [new Watch(undefined, 10_000), new Watch(undefined, 10_000)];
  vi.advanceTimersByTime(9_000);
  live.heard();
  vi.advanceTimersByTime(2_000);
  expect([still.signal.aborted, live.signal.aborted]).toEqual([true, false]);
  for (const w of [still, live]) w.close();
});

it('ends with who asked, and not after it was closed', () => {
  const outer = new AbortController();
  const [ends, closed] = [new Watch(outer.signal), new Watch(outer.signal)];
  closed.close();
  outer.abort();
  vi.advanceTimersByTime(60_000);
  expect([ends.signal.aborted, closed.signal.aborted]).toEqual([true, false]);
  ends.close();
});

it('has less patience with a line that is known to be dead, and none with what that swallowed', () => {
  const old = new Watch();
  vi.advanceTimersByTime(7_000);
  lineDead();
  const asked = new Watch();
  expect([old.signal.aborted, asked.signal.aborted]).toEqual([true, false]);
  vi.advanceTimersByTime(6_100);
  expect(asked.signal.aborted).toBe(true);
  lineBack();
});

it('what was silent is given up when the line is back, what has just begun is not, and who waits for it is told', () => {
  lineDead();
  const silent = new Watch();
  vi.advanceTimersByTime(3_000);
  const begun = new Watch();
  const told = vi.fn();
  const off = onBack(told);
  const before = timesBack();
  lineBack();
  begun.heard();
  vi.advanceTimersByTime(5_000);
  expect([silent.signal.aborted, begun.signal.aborted]).toEqual([true, false]);
  expect([told.mock.calls.length, timesBack() - before]).toEqual([1, 1]);
  off();
  for (const w of [silent, begun]) w.close();
});

it('looks whether anybody is there on every connection, of which one is enough', async () => {
  let asked = 0;
  const fetches = (answers: number) => async () => {
    if (++asked > answers) throw new TypeError('network error');
    return new Response(null);
  };
  vi.stubGlobal('fetch', fetches(1));
  expect([await isThere(), asked]).toEqual([true, 6]);
  vi.stubGlobal('fetch', fetches(0));
  expect([await isThere(), asked]).toEqual([false, 12]);
});

it('lets what is sent take its time', () => {
  expect(patienceFor(0, 10)).toBe(10);
  expect(patienceFor(8_000, 10)).toBe(1_010);
});

it('an answer that breaks off in its middle is no answer', async () => {
  const parts = new ReadableStream({
    start(c) {
      c.enqueue(new TextEncoder().encode('{"half":'));
    },
    pull: () => Promise.reject(new TypeError('network error')),
  });
  vi.stubGlobal('fetch', async () => new Response(parts, { status: 200 }));
  const error = await steady('http://x/').catch((e: unknown) => e);
  expect(error).toBeInstanceOf(ApiError);
  expect(ApiError.isOffline(error)).toBe(true);
});

it('an answer without a body has none, whatever the browser says', async () => {
  const body = new ReadableStream({ start: (c) => c.close() });
  vi.stubGlobal('fetch', async () => ({ status: 204, statusText: '', headers: new Headers(), body }));
  expect((await steady('http://x/')).status).toBe(204);
});

it('hands over the whole of an answer with its status', async () => {
  vi.stubGlobal('fetch', async () => new Response('{"a":1}', { status: 409, headers: { 'X-A': 'b' } }));
  const res = await steady('http://x/');
  expect([res.status, res.headers.get('X-A'), await res.json()]).toEqual([409, 'b', { a: 1 }]);
});
