import { describe, expect, it } from 'vitest';
import {
  backoff,
  batchBytes,
  csv,
  nextBatch,
  rateOf,
  resultsOf,
  type Sample,
  type Sendable,
  sample,
  verdictOf,
} from './import-run.model';

const file = (number: number, size = 100, instance = `1.${number}`): Sendable => ({ number, size, instance });

describe('batches', () => {
  it('are bounded by bytes, keep the order and empty the queue', () => {
    const queue = [1, 2, 3, 4, 5].map((n) => file(n));
    expect(nextBatch(queue, 250).map((f) => f.number)).toEqual([1, 2]);
    expect(nextBatch(queue, 250).map((f) => f.number)).toEqual([3, 4]);
    expect(nextBatch(queue, 250).map((f) => f.number)).toEqual([5]);
    expect(nextBatch(queue, 250)).toEqual([]);
  });

  it('take a file that is larger than a batch alone', () => {
    const queue = [file(1, 1000), file(2)];
    expect(nextBatch(queue, 250)).toEqual([file(1, 1000)]);
    expect(queue).toEqual([file(2)]);
  });

  it('never have one instance twice, and lose none of its copies', () => {
    const queue = [file(1, 10, 'a'), file(2, 11, 'a'), file(3, 10, 'b')];
    expect(nextBatch(queue, 1e6).map((f) => f.number)).toEqual([1, 3]);
    expect(nextBatch(queue, 1e6).map((f) => f.number)).toEqual([2]);
  });

  it('are at most 64 files, whatever they weigh', () => {
    const queue = Array.from({ length: 200 }, (_, n) => file(n, 1));
    expect([nextBatch(queue, 1e6), nextBatch(queue, 1e6)].map((b) => b.length)).toEqual([64, 64]);
  });

  it('are small on a poor line and bounded on a good one', () => {
    expect(batchBytes(undefined)).toBe(1.5e6);
    expect(batchBytes(60e3)).toBe(1e6);
    expect(batchBytes(1e9)).toBe(32e6);
  });
});

describe('an answer', () => {
  const reference = (uid: string, more = {}) => ({ '00081155': { vr: 'UI', Value: [uid] }, ...more });
  const batch = [file(1), file(2), file(3), file(4)];

  it('is told file by file, also of one that could not even be read', () => {
    const results = resultsOf(batch, {
      '00081199': { vr: 'SQ', Value: [reference('1.1'), reference('1.3')] },
      '00081198': {
        vr: 'SQ',
        Value: [reference('1.2', { '00081197': { Value: [0x0111] }, '00000902': { Value: ['It was kept aside.'] } })],
      },
      '0008119A': { vr: 'SQ', Value: [{ '00081197': { Value: [0xc000] } }] },
    });
    expect(results).toEqual([
      { outcome: 'stored' },
      { outcome: 'refused', reason: 'conflict', comment: 'It was kept aside.' },
      { outcome: 'stored' },
      { outcome: 'refused', reason: 'understood', comment: '' },
    ]);
  });

  it('that says nothing of a file does not make it stored', () => {
    for (const answer of [undefined, null, 'what', {}, { '00081199': {} }])
      expect(resultsOf([file(1)], answer)).toEqual([{ outcome: 'refused', reason: 'unanswered' }]);
  });
});

describe('what to do next', () => {
  it('follows from the status', () => {
    const table = {
      200: 'results',
      202: 'results',
      409: 'results',
      401: 'sign-in',
      403: 'forbidden',
      413: 'smaller',
      400: 'refused',
    };
    for (const [status, verdict] of Object.entries(table)) expect(verdictOf(Number(status))).toBe(verdict);
    for (const status of [0, 408, 429, 500, 502, 503, 504]) expect(verdictOf(status)).toBe('again');
  });

  it('waits longer each time, up to half a minute', () => {
    expect([0, 1, 2, 3, 9].map((n) => backoff(n, 0.5))).toEqual([1000, 2000, 4000, 8000, 30_000]);
    expect(backoff(0, 0)).toBe(750);
    expect(backoff(20, 1)).toBe(37_500);
  });
});

describe('the rate', () => {
  it('is that of the last seconds', () => {
    let samples: Sample[] = [];
    expect(rateOf(samples)).toBeUndefined();
    for (let s = 0; s <= 40; s++) samples = sample(samples, { at: s * 1000, bytes: s < 20 ? 0 : (s - 20) * 500_000 });
    expect(rateOf(samples)).toBe(500_000);
    expect(samples.length).toBeLessThanOrEqual(16);
    for (let s = 41; s <= 60; s++) samples = sample(samples, { at: s * 1000, bytes: 10e6 });
    expect(rateOf(samples)).toBeUndefined();
  });
});

it('a list for a spreadsheet runs no formula', () => {
  expect(
    csv([
      ['a,b', 'say "so"'],
      ['=1+1', '张三'],
    ]),
  ).toBe('\ufeff"a,b","say ""so"""\r\n"\'=1+1","张三"\r\n');
});
