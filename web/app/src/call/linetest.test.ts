import { describe, expect, it } from 'vitest';
import {
  advices,
  type Check,
  type CheckId,
  type Checks,
  isCutOff,
  judgeLine,
  judgePath,
  meanOf,
  nothingYet,
  onlyPath,
  order,
  reportOf,
  verdictOf,
} from './linetest.model';
import type { Figures } from './stats.model';

const good = Object.fromEntries(order.map((id) => [id, { state: 'good' }])) as unknown as Checks;
const checks = (more: Partial<Record<CheckId, Check>> = {}): Checks => ({ ...good, ...more });
const line = { rttMs: 40, jitterMs: 5, lossUp: 0, lossDown: 0, upKbps: 2000, downKbps: 2000 };

describe('the verdict', () => {
  it.each([
    ['all well', checks(), 'good'],
    ['not over yet', nothingYet, 'unknown'],
    ['no UDP, but TCP', checks({ udp: { state: 'bad', advice: 'udp' } }), 'good'],
    ['no camera', checks({ camera: { state: 'bad', advice: 'missing' } }), 'voice'],
    ['a thin line', checks({ line: { state: 'warn', advice: 'thin' } }), 'voice'],
    ['no microphone', checks({ mic: { state: 'bad', advice: 'denied' } }), 'bad'],
    ['no socket', checks({ socket: { state: 'bad' } }), 'bad'],
    ['no path', checks({ udp: { state: 'bad' }, tcp: { state: 'warn' }, turn: { state: 'warn' } }), 'bad'],
    ['an old browser', checks({ browser: { state: 'bad' } }), 'bad'],
  ] as const)('%s: %s', (_, c, want) => expect(verdictOf(c)).toBe(want));
});

describe('the advice', () => {
  it('names what is wrong in the order of the talk', () => {
    const c = checks({ udp: { state: 'bad', advice: 'udp' }, mic: { state: 'bad', advice: 'denied' } });
    expect(advices(c)).toEqual(['mic', 'udp']);
    expect(isCutOff(c)).toBe(false);
    expect(advices(checks())).toEqual([]);
  });

  it('says one thing when no path is open', () => {
    const c = checks({
      udp: { state: 'bad', advice: 'udp' },
      tcp: { state: 'warn', advice: 'tcp' },
      turn: { state: 'warn', advice: 'turn' },
    });
    expect(isCutOff(c)).toBe(true);
    expect(advices(c)).toEqual(['udp']);
  });
});

describe('the line', () => {
  it.each([
    ['well', {}, 'good', undefined],
    ['thin', { upKbps: 90 }, 'warn', 'thin'],
    ['lossy', { lossDown: 0.05 }, 'warn', 'loss'],
    ['far', { rttMs: 620 }, 'warn', 'rtt'],
    ['torn', { jitterMs: 90 }, 'warn', 'jitter'],
  ] as const)('%s', (_, more, state, advice) => {
    const found = judgeLine({ ...line, ...more });
    expect([found.state, found.advice]).toEqual([state, advice]);
  });

  it('is the mean of what was seen, but for the first look', () => {
    const look = (rttMs: number, kbpsOut: number) =>
      ({
        rttMs,
        kbpsOut,
        jitterMs: 1,
        lossOut: 0,
        lossIn: 0,
        kbpsIn: 5,
        availableKbps: undefined,
      }) as unknown as Figures;
    expect(meanOf([look(900, 10), look(40, 500), look(60, 900)])).toMatchObject({ rttMs: 50, upKbps: 900 });
    expect(meanOf([])).toBeUndefined();
    expect(judgeLine(undefined).state).toBe('skip');
  });

  it('a path that fails is a fault if it is UDP, a note otherwise', () => {
    expect([
      judgePath('udp', false, 1).state,
      judgePath('tcp', false, 1).state,
      judgePath('turn', true, 1).state,
    ]).toEqual(['bad', 'warn', 'good']);
  });
});

it('keeps one path in a description', () => {
  const sdp =
    'v=0\r\na=candidate:1 1 udp 2130706431 10.0.0.1 7000 typ host\r\na=candidate:2 1 tcp 1671430143 10.0.0.1 7000 typ host tcptype passive\r\na=mid:0\r\n';
  expect(onlyPath(sdp, 'udp')).toBe('v=0\r\na=candidate:1 1 udp 2130706431 10.0.0.1 7000 typ host\r\na=mid:0\r\n');
  expect(onlyPath(sdp, 'tcp')).not.toContain('udp');
  expect(onlyPath(sdp, 'turn')).toBe(sdp);
});

it('reports in plain text', () => {
  const text = reportOf(checks({ udp: { state: 'bad', advice: 'udp', tookMs: 7000 } }), { time: 'now' });
  expect(text).toContain('time: now\nverdict: good\n');
  expect(text).toContain('udp: bad · 7000 ms · udp');
});
