import { describe, expect, it } from 'vitest';
import {
  choose,
  deviceKind,
  instrumentOf,
  listDevices,
  nextDevice,
  problemOf,
  readVoice,
  usualVoice,
} from './devices.model';
import { loudness, smooth } from './levels.model';
import { readTicket } from './ticket';

describe('devices', () => {
  it('are listed by kind', () => {
    const list = listDevices([
      { kind: 'audioinput', deviceId: 'default', label: 'Default' },
      { kind: 'audioinput', deviceId: 'communications', label: 'Communications' },
      { kind: 'audioinput', deviceId: 'm1', label: 'USB' },
      { kind: 'videoinput', deviceId: 'c1', label: '' },
      { kind: 'videoinput', deviceId: '', label: '' },
      { kind: 'audiooutput', deviceId: 's1', label: 'Speaker' },
    ]);
    expect(list.mics.map((d) => d.id)).toEqual(['default', 'm1']);
    expect(list.cameras).toEqual([{ id: 'c1', label: '1' }]);
    expect(choose(list.mics, 'm1')).toBe('m1');
    expect(choose(list.mics, 'unplugged')).toBe('default');
    expect(choose([], 'm1')).toBeNull();
  });

  it('fail in words', () => {
    expect(problemOf('NotAllowedError', true)).toBe('denied');
    expect(problemOf('NotFoundError', true)).toBe('missing');
    expect(problemOf('NotReadableError', true)).toBe('busy');
    expect(problemOf('TypeError', true)).toBe('unknown');
    expect(problemOf('NotAllowedError', false)).toBe('insecure');
  });
});

describe('choices', () => {
  const cameras = ['front', 'back'].map((id) => ({ id, label: id }));

  it('flip through the cameras, and not with one', () => {
    expect(nextDevice(cameras, 'front')).toBe('back');
    expect(nextDevice(cameras, 'back')).toBe('front');
    expect(nextDevice(cameras, 'gone')).toBe('front');
    expect(nextDevice(cameras.slice(1), 'back')).toBeUndefined();
  });

  it('name an instrument by its maker’s words', () => {
    expect(instrumentOf('USB Otoscope 1080p')).toBe('otoscope');
    expect(instrumentOf('HDMI Capture')).toBe('ultrasound');
    expect(instrumentOf('高拍仪 A4')).toBe('document');
    expect(instrumentOf('HD Webcam')).toBe('second');
  });

  it('of the voice survive what is stored badly', () => {
    expect(readVoice(null)).toEqual(usualVoice);
    expect(readVoice('{"noiseSuppression":false,"x":1}')).toEqual({ ...usualVoice, noiseSuppression: false });
    for (const bad of ['', '{', '3', 'null', '{"echoCancellation":"no"}']) expect(readVoice(bad)).toEqual(usualVoice);
  });

  it('tell a phone by its touch and size', () => {
    expect(deviceKind(true, 390)).toBe('phone');
    expect(deviceKind(true, 1024)).toBe('desktop');
    expect(deviceKind(false, 600)).toBe('desktop');
  });
});

describe('meter', () => {
  it('shows decibels', () => {
    expect(loudness(new Float32Array(8))).toBe(0);
    expect(loudness(new Float32Array())).toBe(0);
    expect(loudness(new Float32Array([1, -1, 1, -1]))).toBe(1);
    expect(loudness(new Float32Array([0.0316, -0.0316]))).toBeCloseTo(0.5, 2);
    expect(smooth(0.2, 0.9)).toBe(0.9);
    expect(smooth(1, 0)).toBeCloseTo(0.8);
  });
});

describe('ticket', () => {
  const ticket = (claims: unknown) =>
    `yl1.${btoa(JSON.stringify(claims)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')}.mac`;

  it('gives its hints', () => {
    const ice = [{ urls: ['turn:x'], username: 'u', credential: 'c' }];
    expect(readTicket(ticket({ ice, send: true }))).toEqual({ ice, canSend: true });
    expect(readTicket(ticket({}))).toEqual({ ice: [], canSend: false });
  });

  it('is left to the server when it cannot be read', () => {
    for (const bad of ['', 'yl1', 'yl1.!!.x', 'yl1.bnVsbA.x', 'other.e30.x'])
      expect(readTicket(bad)).toEqual({ ice: [], canSend: true });
  });
});
