import { describe, expect, it } from 'vitest';
import type { RemotePerson } from '@/call';
import { columnsFor, mainTile, modeOf, pictureFor, tilesOf } from './tiles.model';

const stream = {} as MediaStream;
const person = (id: string, more: Partial<RemotePerson> = {}): RemotePerson => ({
  id,
  name: id,
  canSend: true,
  link: 'live',
  state: { mic: true, camera: true, screen: false },
  joined: `2026-05-01T08:00:0${id.length}Z`,
  streams: { mic: stream, camera: stream },
  slots: {},
  stills: {},
  paused: [],
  ...more,
});
const local = {
  mic: null,
  camera: null,
  screen: null,
  extras: {},
  switches: { mic: true, camera: true, screen: false },
};
const room = (...people: RemotePerson[]) => tilesOf({ people, canSend: true, local });

describe('tiles', () => {
  it('are one a face, one a further picture, oneself last; listeners have none', () => {
    const tiles = room(
      person('a', { streams: { camera: stream, otoscope: stream, screen: stream } }),
      person('b', { canSend: false }),
      person('c', { streams: { screen: stream }, state: { mic: true, camera: true, screen: true } }),
    );
    expect(tiles.map((t) => t.key)).toEqual(['a otoscope', 'c screen', 'a camera', 'c camera', 'self']);
  });

  it('of two people need no grid, of many do, and a wish counts', () => {
    const many = room(person('a'), person('b'), person('c'));
    expect(modeOf(room(person('a')), 'grid')).toBe('duo');
    expect(modeOf(room(person('a'), person('b')), undefined)).toBe('speaker');
    expect(modeOf(many, undefined)).toBe('grid');
    expect(modeOf(many, 'speaker')).toBe('speaker');
    expect(modeOf(room(person('a', { streams: { otoscope: stream } }), person('b'), person('c')), undefined)).toBe(
      'speaker',
    );
  });

  it('large is what was pinned, then what is shown, then who speaks', () => {
    const people = room(person('a'), person('b'), person('c'));
    expect(mainTile(people, 'b', undefined)?.key).toBe('b camera');
    expect(mainTile(people, 'b', 'c camera')?.key).toBe('c camera');
    expect(mainTile(people, 'b', 'gone camera')?.key).toBe('b camera');
    expect(mainTile(people, '', undefined)?.key).toBe('a camera');
    const scope = room(person('a', { streams: { ultrasound: stream } }), person('b'));
    expect(mainTile(scope, 'b', undefined)?.key).toBe('a ultrasound');
  });

  it('stand so that they are large', () => {
    expect(columnsFor(4, 1400, 800)).toBe(2);
    expect(columnsFor(12, 1400, 800)).toBe(4);
    expect(columnsFor(12, 390, 660)).toBe(3);
    expect(columnsFor(2, 390, 660)).toBe(1);
    expect(columnsFor(1, 0, 0)).toBe(1);
  });
});

describe('a picture', () => {
  const now = 1_000_000;
  const still = { from: 'a', source: 'camera', url: 'data:', at: now - 3000 };

  it('is the video, or why there is none', () => {
    expect(pictureFor(person('a'), 'camera', now).is).toBe('video');
    expect(pictureFor(person('a', { state: { mic: true, camera: false, screen: false } }), 'camera', now)).toEqual({
      is: 'none',
      why: 'off',
    });
    const weak = {
      paused: ['camera'],
      slots: { camera: { mid: '1', from: 'a', source: 'camera', paused: true, reason: 'line' } },
    };
    expect(pictureFor(person('a', weak), 'camera', now)).toEqual({ is: 'none', why: 'weak' });
    expect(pictureFor(person('a', { streams: {}, link: 'degraded' }), 'camera', now)).toEqual({
      is: 'none',
      why: 'weak',
    });
  });

  it('is a still while stills come, until they are old', () => {
    expect(pictureFor(person('a', { stills: { camera: still } }), 'camera', now).is).toBe('still');
    expect(pictureFor(person('a', { stills: { camera: { ...still, at: 0 } } }), 'camera', now).is).toBe('video');
  });

  it('gives way to the video again, if this side asked for the still', () => {
    const wished = { stills: { camera: { ...still, wished: true } } };
    expect(pictureFor(person('a', wished), 'camera', now).is).toBe('video');
    const held = {
      ...wished,
      paused: ['camera'],
      slots: { camera: { mid: '1', from: 'a', source: 'camera', paused: true, reason: 'line' } },
    };
    expect(pictureFor(person('a', held), 'camera', now).is).toBe('still');
  });

  it('that is held back because this page does not look is still the video', () => {
    const hidden = {
      paused: ['camera'],
      slots: { camera: { mid: '1', from: 'a', source: 'camera', paused: true, reason: 'hidden' } },
    };
    expect(pictureFor(person('a', hidden), 'camera', now).is).toBe('video');
  });
});
