import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Autosave, leftover, type SaveState } from './autosave';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function setup(save: (value: string) => Promise<unknown>) {
  const kept = new Map<string, string>();
  const memory = { setItem: (k: string, v: string) => kept.set(k, v), removeItem: (k: string) => kept.delete(k) };
  const states: SaveState[] = [];
  const autosave = new Autosave<string>({ place: 'here', memory, save, changed: (state) => states.push(state) });
  return { autosave, kept, states };
}

describe('autosave', () => {
  it('saves the last of many changes once, and then forgets the copy', async () => {
    const saved: string[] = [];
    const { autosave, kept, states } = setup(async (value) => saved.push(value));
    for (const text of ['a', 'ab', 'abc']) autosave.change(text);
    expect(kept.get('here')).toBe('"abc"');
    await vi.advanceTimersByTimeAsync(1300);
    expect(saved).toEqual(['abc']);
    expect(kept.size).toBe(0);
    expect(states.at(-1)).toBe('saved');
  });

  it('never has two saves under way, and what was typed meanwhile follows', async () => {
    let running = 0;
    let most = 0;
    const saved: string[] = [];
    const { autosave, kept } = setup(async (value) => {
      running++;
      most = Math.max(most, running);
      await new Promise((done) => setTimeout(done, 3000));
      saved.push(value);
      running--;
    });
    autosave.change('one');
    await vi.advanceTimersByTimeAsync(1300);
    autosave.change('two');
    await vi.advanceTimersByTimeAsync(2000);
    expect(kept.get('here')).toBe('"two"');
    await vi.advanceTimersByTimeAsync(10_000);
    expect(saved).toEqual(['one', 'two']);
    expect(most).toBe(1);
    expect(kept.size).toBe(0);
  });

  it('tries again by itself and keeps the copy until it succeeded', async () => {
    let fails = 2;
    const { autosave, kept, states } = setup(async () => {
      if (fails-- > 0) throw new Error('no line');
    });
    autosave.change('text');
    await vi.advanceTimersByTimeAsync(1300);
    expect(states.at(-1)).toBe('failed');
    expect(kept.get('here')).toBe('"text"');
    await vi.advanceTimersByTimeAsync(11_000);
    expect(states.at(-1)).toBe('saved');
    expect(kept.size).toBe(0);
  });

  it('flushes at once before signing', async () => {
    const saved: string[] = [];
    const { autosave } = setup(async (value) => saved.push(value));
    autosave.change('now');
    await autosave.flush();
    expect(saved).toEqual(['now']);
    await autosave.flush();
    expect(saved).toEqual(['now']);
  });
});

it('finds what a crash left, and survives damaged text', () => {
  expect(leftover('x', { getItem: () => '{"a":1}' })).toEqual({ a: 1 });
  expect(leftover('x', { getItem: () => '{' })).toBeUndefined();
  expect(leftover('x', { getItem: () => null })).toBeUndefined();
});
