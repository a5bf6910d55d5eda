import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { lineBack } from '@/api/steady';
import type { Series } from './study.model';
import { thumbnailsAhead } from './thumbnails';

class FakeImage {
  static all: FakeImage[] = [];
  onload: (() => void) | null = null;
  onerror: (() => void) | null = null;
  src = '';
  constructor() {
    FakeImage.all.push(this);
  }
  removeAttribute(name: string): void {
    if (name === 'src') this.src = '';
  }
}

const series = (uid: string, kind = 'stack') => ({ study: '1', uid, kind }) as Series;
const asked = () => FakeImage.all.map((i) => /series\/([\d.]+)\//.exec(i.src)?.[1]);

beforeEach(() => {
  FakeImage.all = [];
  vi.stubGlobal('Image', FakeImage);
  vi.stubGlobal('fetch', () => Promise.reject(new Error('no line')));
});
afterEach(() => vi.unstubAllGlobals());

it('asks for one small picture after the other, of what has pictures', () => {
  thumbnailsAhead([series('1'), series('2', 'object'), series('3')]);
  expect(asked()).toEqual(['1']);
  FakeImage.all[0]?.onerror?.();
  expect(asked()).toEqual(['1', '3']);
  FakeImage.all[1]?.onload?.();
  expect(asked()).toEqual(['1', '3']);
});

it('lets go of one that hangs when the line is back, and goes on', () => {
  thumbnailsAhead([series('1'), series('2')]);
  lineBack();
  expect(asked()).toEqual([undefined, '2']);
});

it('asks for nothing more once it is let go', () => {
  const letGo = thumbnailsAhead([series('1'), series('2')]);
  letGo();
  expect(asked()).toEqual([undefined]);
  expect(FakeImage.all[0]?.onload).toBeNull();
  lineBack();
  expect(FakeImage.all).toHaveLength(1);
});
