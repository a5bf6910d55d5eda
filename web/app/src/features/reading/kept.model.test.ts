import { describe, expect, it } from 'vitest';
import { afterReturn, saveIn } from './kept.model';

const draft = (findings: string) => ({ technique: '', findings, impression: '' });

describe('a text that was typed and not saved', () => {
  const kept = { draft: draft('双肺清晰。左肺结节'), base: draft('双肺清晰。'), at: 5 };
  it('goes on where it stopped', () => {
    expect(afterReturn(kept, draft('双肺清晰。'))).toEqual({ kind: 'restore', draft: kept.draft, at: 5 });
  });
  it('is nothing new when the server got it after all', () => {
    expect(afterReturn(kept, draft('双肺清晰。左肺结节'))).toEqual({ kind: 'nothing' });
    expect(afterReturn(undefined, draft(''))).toEqual({ kind: 'nothing' });
  });
  it('is compared when something else was written meanwhile', () => {
    expect(afterReturn(kept, draft('右肺炎症。')).kind).toBe('conflict');
  });
});

describe('saving', () => {
  it.each([
    [0, 0, 2000],
    [2999, 0, 2000],
    [4000, 0, 1000],
    [9000, 0, 0],
  ])('at %i, unsaved since %i, waits %i ms', (now, since, wait) => expect(saveIn(now, since)).toBe(wait));
});
