import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Opening } from './opening';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const never = new Promise(() => undefined);
const inside = (ms: number) => new Promise((there) => setTimeout(there, ms));

/** What was answered by now; undefined while it is waited for. */
function outcome(of: Promise<boolean>): () => boolean | undefined {
  let told: boolean | undefined;
  void of.then((go) => {
    told = go;
  });
  return () => told;
}

describe('opening', () => {
  it('goes when what is opened is there, not before', async () => {
    const go = outcome(new Opening().wait(inside(60)));
    await vi.advanceTimersByTimeAsync(59);
    expect(go()).toBeUndefined();
    await vi.advanceTimersByTimeAsync(1);
    expect(go()).toBe(true);
  });

  it('goes after a while whatever the line does', async () => {
    const go = outcome(new Opening().wait(never));
    await vi.advanceTimersByTimeAsync(149);
    expect(go()).toBeUndefined();
    await vi.advanceTimersByTimeAsync(1);
    expect(go()).toBe(true);
  });

  it('goes at once where what is opened fails: its page tells why', async () => {
    const go = outcome(new Opening().wait(Promise.reject(new Error('gone'))));
    await vi.advanceTimersByTimeAsync(0);
    expect(go()).toBe(true);
  });

  it('goes to the last of two', async () => {
    const opening = new Opening();
    const [first, last] = [outcome(opening.wait(inside(50))), outcome(opening.wait(inside(20)))];
    await vi.advanceTimersByTimeAsync(60);
    expect([first(), last()]).toEqual([false, true]);
  });

  it('leads nobody away who has left', async () => {
    const opening = new Opening();
    const go = outcome(opening.wait(inside(50)));
    opening.leave();
    await vi.advanceTimersByTimeAsync(60);
    expect(go()).toBe(false);
  });
});
