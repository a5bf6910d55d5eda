import { describe, expect, it } from 'vitest';
import { between, gradeOf, totals } from './stats.model';

const report = (n: number) => [
  {
    id: 'a',
    type: 'inbound-rtp',
    kind: 'audio',
    packetsReceived: 50 * n,
    packetsLost: n,
    bytesReceived: 5000 * n,
    totalSamplesReceived: 48_000 * n,
    concealedSamples: 960 * n,
    silentConcealedSamples: 480 * n,
  },
  {
    id: 'v',
    type: 'inbound-rtp',
    kind: 'video',
    packetsReceived: 100 * n,
    packetsLost: -1,
    bytesReceived: 95_000 * n,
    framesDecoded: 20 * n,
    freezeCount: n,
    totalFreezesDuration: 0.2 * n,
  },
  { id: 'o', type: 'outbound-rtp', kind: 'video', bytesSent: 50_000 * n },
  { id: 't', type: 'transport', selectedCandidatePairId: 'p' },
  { id: 'p', type: 'candidate-pair', currentRoundTripTime: 0.25, localCandidateId: 'l' },
  { id: 'l', type: 'local-candidate', candidateType: 'relay', protocol: 'udp', relayProtocol: 'tls' },
];

describe('statistics', () => {
  it('become figures of a time', () => {
    const f = between(totals(report(1), 1000), totals(report(3), 3000));
    expect(f).toMatchObject({
      seconds: 2,
      frames: 40,
      freezes: 2,
      kbpsIn: 800,
      kbpsOut: 400,
      rttMs: 250,
      path: 'relay-tls',
    });
    expect(f?.concealed).toBeCloseTo(0.01);
    expect(f?.frozen).toBeCloseTo(0.4);
    expect(f?.lossIn).toBeCloseTo(2 / 302);
  });

  it('are not compared over a change of transport', () => {
    expect(between(totals(report(3), 1000), totals(report(1), 3000))).toBeUndefined();
    expect(between(totals(report(1), 1000), totals(report(2), 1000))).toBeUndefined();
  });

  it('survive what a browser leaves out', () => {
    const t = totals(
      [
        { id: 'x', type: 'inbound-rtp', kind: 'audio' },
        { id: 't', type: 'transport' },
      ],
      1,
    );
    expect(t).toMatchObject({ samples: 0, path: '', rttMs: 0 });
  });

  it('are judged by the worse side', () => {
    const f = between(totals(report(0), 0), totals(report(1), 1000));
    const own = f ? { ...f, frozen: 0, rttMs: 0 } : null;
    const server = {
      id: 'a',
      grade: 'poor',
      upLoss: 0,
      downLoss: 0,
      rttMs: 0,
      jitterMs: 0,
      upKbps: 0,
      downKbps: 0,
    } as const;
    expect(gradeOf(null, null)).toBe('good');
    expect(gradeOf(server, null)).toBe('poor');
    expect(gradeOf(null, own && { ...own, concealed: 0.2 })).toBe('bad');
    expect(gradeOf({ ...server, grade: 'fair' }, own && { ...own, concealed: 0.05 })).toBe('poor');
    expect(gradeOf(null, own && { ...own, concealed: 0, frozen: 0.06 })).toBe('fair');
  });
});
