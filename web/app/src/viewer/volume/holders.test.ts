import type { Types } from '@cornerstonejs/core';
import { beforeEach, expect, it, vi } from 'vitest';
import { InMemory } from './holders';
import type { VolumeShape } from './volume.model';

const cached = vi.hoisted(() => new Map<string, unknown>());
vi.mock('@cornerstonejs/core', () => ({ cache: { getImage: (id: string) => cached.get(id) }, volumeLoader: {} }));

const image = (...values: number[]) => ({ getPixelData: () => values }) as unknown as Types.IImage;
const shape = {} as VolumeShape;

beforeEach(() => cached.clear());

it('keeps what came when the cache has let go of it: a plane has no hole', async () => {
  const holder = new InMemory();
  holder.loaded('a', image(1));
  cached.set('b', image(2));
  holder.loaded('b', image(2));
  await holder.make('v', shape, ['a', 'b', 'c']);
  expect(holder.voxels('v')?.slices).toEqual([[1], [2], undefined]);
  cached.clear();
  holder.refill('v');
  expect(holder.take('v', 'b')).toBe(true);
  expect(holder.voxels('v')?.slices).toEqual([[1], [2], undefined]);
});

it('takes the better picture that came in the place of a small one, before the volume is made and after', async () => {
  const holder = new InMemory();
  holder.loaded('a', image(1));
  holder.loaded('b', image(2));
  cached.set('a', image(10));
  await holder.make('v', shape, ['a', 'b']);
  cached.set('b', image(20));
  expect(holder.take('v', 'b')).toBe(true);
  expect(holder.take('v', 'other')).toBe(false);
  expect(holder.take('other', 'b')).toBe(false);
  expect(holder.voxels('v')?.slices).toEqual([[10], [20]]);
  holder.release('v');
  expect(holder.voxels('v')).toBeUndefined();
});
