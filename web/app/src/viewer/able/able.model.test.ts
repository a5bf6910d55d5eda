import { describe, expect, it } from 'vitest';
import { ableOf, type Features, type Losses, lostAgain } from './able.model';

const good: Features = { webgl2: true, wasm: true, workers: true, coarse: false, gigabytes: 8, cores: 8 };
const mb = 1024 * 1024;

describe('what is offered', () => {
  it('is everything where the browser has everything', () => {
    expect(ableOf(good)).toEqual({
      draw: 'gpu',
      touch: false,
      memory: 1024 * mb,
      decoders: 4,
      lacks: [],
    });
  });

  it.each([
    ['no WebGL', { webgl2: false }, false, { draw: 'cpu', lacks: ['webgl'] }],
    ['a card given up', {}, true, { draw: 'cpu', lacks: ['lost'] }],
    ['neither', { webgl2: false }, true, { draw: 'cpu', lacks: ['webgl'] }],
    ['no WebAssembly', { wasm: false }, false, { draw: 'gpu', lacks: ['codec'] }],
    ['no workers', { workers: false, webgl2: false }, false, { lacks: ['webgl', 'codec'] }],
    ['fingers', { coarse: true }, false, { touch: true, lacks: [] }],
    ['one core', { cores: 1 }, false, { decoders: 1 }],
    [
      'a browser that tells nothing',
      { cores: undefined, gigabytes: undefined },
      false,
      { decoders: 1, memory: 512 * mb },
    ],
    ['a small machine', { gigabytes: 0.25 }, false, { memory: 96 * mb }],
    ['an old tablet', { gigabytes: 2 }, false, { memory: 256 * mb }],
    ['a large one', { gigabytes: 64 }, false, { memory: 1024 * mb }],
  ] as const)('%s', (_, less, lost, want) => {
    expect(ableOf({ ...good, ...less }, lost)).toMatchObject(want);
  });
});

it('gives a card up after three losses within a minute, not after three in a day', () => {
  const run = (...times: number[]) => {
    let losses: Losses = { at: [] };
    return times.map((t) => {
      const next = lostAgain(losses, t);
      losses = next.losses;
      return next.giveUp;
    });
  };
  expect(run(0, 10_000, 20_000)).toEqual([false, false, true]);
  expect(run(0, 3_600_000, 7_200_000, 7_201_000)).toEqual([false, false, false, false]);
});
