import { describe, expect, it } from 'vitest';
import type { CallState, Figures, RemotePerson } from '@/call';
import { findings, numbers } from './quality.model';

const figures = (more: Partial<Figures> = {}): Figures => ({
  seconds: 2,
  concealed: 0,
  frozen: 0,
  freezes: 0,
  frames: 40,
  path: 'udp',
  lossIn: 0,
  kbpsIn: 900,
  kbpsOut: 800,
  rttMs: 40,
  lossOut: 0,
  jitterMs: 4,
  availableKbps: 2000,
  sending: [{ rid: 'h', width: 960, height: 540, fps: 24, limit: 'none', kbps: 700 }],
  ...more,
});
const line = {
  id: 'me',
  grade: 'good' as const,
  upLoss: 0,
  downLoss: 0,
  rttMs: 40,
  jitterMs: 4,
  upKbps: 800,
  downKbps: 900,
};
type Known = Pick<CallState, 'figures' | 'line' | 'path' | 'people' | 'lineState'>;
const call = (more: Partial<Known> = {}): Known => ({
  figures: figures(),
  line,
  path: 'udp',
  people: [],
  lineState: 'live',
  ...more,
});
const said = (more: Partial<Known>) => findings(call(more)).map((f) => f.is);

describe('the words', () => {
  it.each([
    ['nothing', {}, ['fine']],
    ['a thin line up', { figures: figures({ availableKbps: 90 }) }, ['upThin']],
    ['a line held thin', { lineState: 'thin' as const, figures: null }, ['upThin']],
    ['loss up', { line: { ...line, upLoss: 0.08 } }, ['upLoss']],
    ['loss down that is heard', { figures: figures({ lossIn: 0.1, concealed: 0.04 }) }, ['downLoss', 'concealed']],
    ['a far line', { line: { ...line, rttMs: 620 } }, ['slow']],
    [
      'a busy machine',
      { figures: figures({ sending: [{ rid: 'h', width: 1, height: 1, fps: 3, limit: 'cpu', kbps: 1 }] }) },
      ['cpu'],
    ],
    ['UDP blocked', { path: 'tcp' }, ['tcp']],
    ['a relay alone is no fault', { path: 'relay-udp' }, ['fine', 'relay']],
    ['their line', { people: [{ name: '白', grade: 'bad', slots: {} } as unknown as RemotePerson] }, ['they']],
  ] as const)('%s', (_, more, want) => expect(said(more as Partial<Known>)).toEqual(want));

  it('tell the figures', () => {
    expect(findings(call({ figures: figures({ availableKbps: 90 }) }))[0]).toEqual({ is: 'upThin', kbps: 90 });
  });
});

it('the numbers are there before anything is known, too', () => {
  const rows = numbers({ figures: null, line: null, path: '', people: [], lineState: 'live' });
  expect(rows.every(([, value]) => value === '–')).toBe(true);
  expect(Object.fromEntries(numbers(call()))).toMatchObject({
    rtt: '40 ms',
    sending: 'h 540p 24 fps 700k',
    path: 'udp',
  });
});
