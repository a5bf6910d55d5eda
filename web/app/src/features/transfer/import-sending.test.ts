import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { StoreAnswer } from '@/api/imports';
import { countsOf, type Result } from './import-run.model';
import { type Phase, Sending, type Sent } from './import-sending';
import { fileSource } from './import-source';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const size = 400_000;

const files = (n: number): Sent[] =>
  Array.from({ length: n }, (_, number) => ({
    number,
    size,
    instance: `1.${number}`,
    source: fileSource(`f${number}`, new File([`1.${number}`], `f${number}`)),
  }));

/** A service that keeps what it is sent; say tells what it answers to the nth request instead, if anything. */
function service(say: (n: number, names: string[]) => number | 'never' | undefined = () => undefined) {
  const kept: string[] = [];
  let requests = 0;
  const store = async (
    blobs: Blob[],
    o: { signal: AbortSignal; onProgress: (n: number) => void },
  ): Promise<StoreAnswer> => {
    const names = await Promise.all(blobs.map((blob) => blob.text()));
    const status = say(requests++, names) ?? 200;
    if (status === 'never')
      return new Promise((_, reject) => o.signal.addEventListener('abort', () => reject(o.signal.reason)));
    if (status !== 200) return { status, body: undefined };
    o.onProgress(blobs.length * size);
    kept.push(...names);
    return { status, body: { '00081199': { Value: names.map((uid) => ({ '00081155': { Value: [uid] } })) } } };
  };
  return { store, kept, requests: () => requests };
}

const left = (n: number) => Array.from({ length: n }, (): Result => ({ outcome: 'left' }));

async function until(sending: Sending, phase: Phase, seconds = 600) {
  for (let s = 0; s < seconds * 4 && sending.snapshot().phase !== phase; s++) await vi.advanceTimersByTimeAsync(250);
  expect(sending.snapshot().phase).toBe(phase);
}

describe('sending', () => {
  it('stores everything once and counts', async () => {
    const to = service();
    const sending = new Sending(files(40), left(42), to.store);
    await until(sending, 'done');
    expect([...to.kept].sort()).toEqual(
      files(40)
        .map((f) => f.instance)
        .sort(),
    );
    const { results, bytes, files: counted } = sending.snapshot();
    expect(countsOf(results)).toMatchObject({ stored: 40, left: 2 });
    expect([bytes, counted]).toEqual([
      { done: 40 * size, total: 40 * size },
      { done: 40, total: 40 },
    ]);
    expect(to.requests()).toBeGreaterThan(3);
  });

  it('of nothing is done', async () => {
    const sending = new Sending([], [], service().store);
    await until(sending, 'done');
  });

  it('waits for the line and goes on by itself, at once when it is said to be back', async () => {
    let down = true;
    const to = service(() => (down ? 0 : undefined));
    const sending = new Sending(files(10), left(10), to.store);
    await until(sending, 'line');
    expect(sending.snapshot().lost?.by).toBe('line');
    await vi.advanceTimersByTimeAsync(60_000);
    const tries = to.requests();
    expect(tries).toBeLessThan(3 * 10); // it does not hammer
    down = false;
    sending.online();
    await vi.advanceTimersByTimeAsync(600);
    await until(sending, 'done', 5);
    expect(new Set(to.kept).size).toBe(10);
    expect(countsOf(sending.snapshot().results).stored).toBe(10);
  });

  it('tells a service that answers from a line that does not', async () => {
    const to = service((n) => (n < 3 ? 503 : undefined));
    const sending = new Sending(files(4), left(4), to.store);
    await until(sending, 'line');
    expect(sending.snapshot().lost?.by).toBe('service');
    await until(sending, 'done');
  });

  it('pauses at once and resumes with what was on the line, however quickly', async () => {
    let hang = true;
    const to = service(() => (hang ? 'never' : undefined));
    const sending = new Sending(files(20), left(20), to.store);
    await vi.advanceTimersByTimeAsync(500);
    sending.pause();
    await until(sending, 'paused');
    expect(countsOf(sending.snapshot().results)).toMatchObject({ sending: 0, waiting: 20 });
    await vi.advanceTimersByTimeAsync(60_000);
    const before = to.requests();
    sending.resume();
    sending.pause();
    hang = false;
    sending.resume();
    await until(sending, 'done');
    expect(to.requests()).toBeGreaterThan(before);
    expect([...to.kept].sort()).toEqual(
      files(20)
        .map((f) => f.instance)
        .sort(),
    );
  });

  it('cancelled stops, and says of each file what became of it', async () => {
    const to = service((n) => (n > 0 ? 'never' : undefined));
    const sending = new Sending(files(20), left(20), to.store);
    await vi.advanceTimersByTimeAsync(1000);
    sending.cancel();
    await until(sending, 'cancelled');
    const counts = countsOf(sending.snapshot().results);
    expect(counts.stored).toBeGreaterThan(0);
    expect(counts.stored + counts.cancelled).toBe(20);
    const requests = to.requests();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(to.requests()).toBe(requests);
  });

  it('stops for who is signed out and goes on after', async () => {
    let out = true;
    const to = service(() => (out ? 401 : undefined));
    const sending = new Sending(files(8), left(8), to.store);
    await until(sending, 'sign-in');
    out = false;
    sending.resume();
    await until(sending, 'done');
    expect(new Set(to.kept).size).toBe(8);
  });

  it('stops for who may not', async () => {
    const sending = new Sending(files(8), left(8), service(() => 403).store);
    await until(sending, 'forbidden');
  });

  it('sends one by one what is refused as a whole, and names the culprit', async () => {
    const to = service((_, names) => (names.includes('1.2') ? 413 : undefined));
    const sending = new Sending(files(6), left(6), to.store);
    await until(sending, 'done');
    expect(sending.snapshot().results.map((r) => r.outcome)).toEqual([
      'stored',
      'stored',
      'refused',
      'stored',
      'stored',
      'stored',
    ]);
    expect(sending.snapshot().results[2]?.reason).toBe('large');
  });

  it('goes on when a file cannot be read any more', async () => {
    const list = files(4);
    (list[1] as Sent).source.whole = () => Promise.reject(new Error('the disc was taken out'));
    const sending = new Sending(list, left(4), service().store);
    await until(sending, 'done');
    expect(sending.snapshot().results.map((r) => r.outcome)).toEqual(['stored', 'unreadable', 'stored', 'stored']);
  });
});
