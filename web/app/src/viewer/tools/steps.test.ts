import { afterEach, expect, test, vi } from 'vitest';
import type { MarkChange } from '../history.model';
import type { Marks } from './marks';
import { Steps } from './steps';

/** Marks of one study, of which each stroke makes one. */
function drawing() {
  const drawn: string[] = [];
  let told = 0;
  const marks = {
    studies: ['1.2'],
    step: () => {
      const changes = drawn.slice(told).map((id) => ({ after: { id } }));
      told = drawn.length;
      return changes;
    },
    apply: (_: string, changes: readonly MarkChange[], side: 'before' | 'after') => {
      if (side === 'before') drawn.length -= changes.length;
      else drawn.push(...changes.map((c) => c.after?.id ?? ''));
      told = drawn.length;
    },
  } as unknown as Marks;
  const steps = new Steps(marks, { pane: () => undefined, changed: () => {} });
  const stroke = (id: string) => {
    window.dispatchEvent(new Event('pointerdown'));
    drawn.push(id);
    steps.look();
    window.dispatchEvent(new Event('pointerup'));
  };
  return { steps, drawn, stroke };
}

afterEach(() => void vi.useRealTimers());

test('strokes that follow at once are steps of their own', () => {
  vi.useFakeTimers();
  const { steps, drawn, stroke } = drawing();
  stroke('a');
  vi.advanceTimersByTime(20);
  stroke('b');
  steps.undo();
  expect(drawn).toEqual(['a']);
  steps.redo();
  expect(drawn).toEqual(['a', 'b']);
  steps.stop();
});

test('all that a drag changes is one step', () => {
  vi.useFakeTimers();
  const { steps, drawn } = drawing();
  window.dispatchEvent(new Event('pointerdown'));
  drawn.push('a');
  steps.look();
  vi.advanceTimersByTime(500); // the hand rests and goes on
  drawn.push('b');
  steps.look();
  window.dispatchEvent(new Event('pointerup'));
  steps.undo();
  expect(drawn).toEqual([]);
  steps.stop();
});
