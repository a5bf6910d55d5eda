import { describe, expect, it } from 'vitest';
import { deviceProblem, loudness, nextCamera } from './media.model';

describe('devices', () => {
  it.each([
    ['NotAllowedError', true, 'denied'],
    ['NotFoundError', true, 'missing'],
    ['NotReadableError', true, 'busy'],
    ['TypeError', true, 'unknown'],
    ['NotAllowedError', false, 'insecure'],
  ] as const)('%s (secure: %s) is %s', (name, secure, problem) => expect(deviceProblem(name, secure)).toBe(problem));

  it('flips through the cameras, and not with one', () => {
    const cameras = [{ deviceId: 'front' }, { deviceId: 'back' }];
    expect(nextCamera(cameras, 'front')).toBe('back');
    expect(nextCamera(cameras, 'back')).toBe('front');
    expect(nextCamera(cameras, 'gone')).toBe('front');
    expect(nextCamera(cameras.slice(1), 'back')).toBeUndefined();
  });
});

describe('the level meter', () => {
  const tone = (amplitude: number) => new Float32Array(1024).map((_, i) => amplitude * Math.sin(i / 3));

  it('is still in silence, half way at a voice, full at shouting', () => {
    expect(loudness(new Float32Array(1024))).toBe(0);
    expect(loudness(new Float32Array(0))).toBe(0);
    expect(loudness(tone(0.03))).toBeGreaterThan(0.4);
    expect(loudness(tone(0.03))).toBeLessThan(0.6);
    expect(loudness(tone(1))).toBe(1);
  });
});
