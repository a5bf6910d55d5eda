import { expect, it } from 'vitest';
import { changeOf } from './sync.model';

const start = { window: { center: 40, width: 400 }, zoom: 1, pan: [0, 0] } as const;

it('passes on what was changed, and only that', () => {
  expect(changeOf(start, { ...start })).toBeUndefined();
  expect(changeOf(start, { ...start, window: { center: 40, width: 80 } })).toEqual({
    window: { center: 40, width: 80 },
  });
  expect(changeOf(start, { ...start, zoom: 2 })).toEqual({ zoom: 2, pan: [0, 0] });
  expect(changeOf(start, { ...start, pan: [0.1, 0] })).toEqual({ zoom: 1, pan: [0.1, 0] });
  expect(changeOf({ zoom: 1, pan: [0, 0] }, start)).toEqual({ window: { center: 40, width: 400 } });
});
