import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Opening } from './opening';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const never = new Promise(() => undefined);
const inside = (ms: number) => new Promise((there) => setTimeout(there, ms));

/** Of a page that is there. */
function opened(): Opening {
  const opening = new Opening();
  opening.enter();
  return opening;
}

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
    const go = outcome(opened().wait(() => inside(60)));
    await vi.advanceTimersByTimeAsync(59);
    expect(go()).toBeUndefined();
    await vi.advanceTimersByTimeAsync(1);
    expect(go()).toBe(true);
  });

  it('goes after a while whatever the line does', async () => {
    const go = outcome(opened().wait(() => never));
    await vi.advanceTimersByTimeAsync(149);
    expect(go()).toBeUndefined();
    await vi.advanceTimersByTimeAsync(1);
    expect(go()).toBe(true);
  });

  it('goes at once where what is opened fails: its page tells why', async () => {
    const go = outcome(opened().wait(() => Promise.reject(new Error('gone'))));
    await vi.advanceTimersByTimeAsync(0);
    expect(go()).toBe(true);
  });

  it('goes to the last of two', async () => {
    const opening = opened();
    const [first, last] = [outcome(opening.wait(() => inside(50))), outcome(opening.wait(() => inside(20)))];
    await vi.advanceTimersByTimeAsync(60);
    expect([first(), last()]).toEqual([false, true]);
  });

  it('leads nobody away who has left', async () => {
    const opening = opened();
    const go = outcome(opening.wait(() => inside(50)));
    opening.leave();
    await vi.advanceTimersByTimeAsync(60);
    expect(go()).toBe(false);
  });
  it('begins nothing for who had left before', async () => {
    const opening = opened();
    opening.leave();
    const fetch = vi.fn(() => inside(0));
    expect(await opening.wait(fetch)).toBe(false);
    expect(fetch).not.toHaveBeenCalled();
    opening.enter();
    const go = outcome(opening.wait(fetch));
    await vi.advanceTimersByTimeAsync(1);
    expect(go()).toBe(true);
  });
});
