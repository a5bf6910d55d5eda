// What getStats tells, made into figures of the last few seconds: pure functions.

import type { Grade, Line, Report } from './protocol';

/** Running totals of one look at the statistics. */
export interface Totals {
  at: number;
  samples: number;
  concealed: number;
  frozen: number;
  freezes: number;
  frames: number;
  packets: number;
  lost: number;
  bytesIn: number;
  bytesOut: number;
  rttMs: number;
  path: string;
  /** Largest of what arrives. */
  jitterMs: number;
  /** What the line up would carry; undefined where the browser does not say. */
  availableKbps: number | undefined;
  /** Of what this device sends, as the server last told, 0…1. */
  lossOut: number;
  sending: readonly Encoding[];
}

/** One encoding that is being sent. */
export interface Encoding {
  rid: string;
  width: number;
  height: number;
  fps: number;
  bytes: number;
  /** What it was reduced for: "bandwidth", "cpu", or "none". */
  limit: string;
}

type Stat = Record<string, unknown> & { type: string; id: string };

const number = (v: unknown): number => (typeof v === 'number' && Number.isFinite(v) ? v : 0);
const text = (v: unknown): string => (typeof v === 'string' ? v : '');

/** Sums up a report. `at` is in ms. */
export function totals(report: Iterable<Stat>, at: number): Totals {
  const out: Totals = {
    at,
    samples: 0,
    concealed: 0,
    frozen: 0,
    freezes: 0,
    frames: 0,
    packets: 0,
    lost: 0,
    bytesIn: 0,
    bytesOut: 0,
    rttMs: 0,
    path: '',
    jitterMs: 0,
    availableKbps: undefined,
    lossOut: 0,
    sending: [],
  };
  const sending: Encoding[] = [];
  const byId = new Map<string, Stat>();
  for (const s of report) byId.set(s.id, s);
  for (const s of byId.values()) {
    if (s.type === 'inbound-rtp') addInbound(out, s);
    else if (s.type === 'outbound-rtp') {
      out.bytesOut += number(s.bytesSent);
      if (s.kind === 'video' && s.active !== false) sending.push(encoding(s));
    } else if (s.type === 'remote-inbound-rtp') out.lossOut = Math.max(out.lossOut, number(s.fractionLost));
    else if (s.type === 'transport') addPath(out, s, byId);
  }
  out.sending = sending.sort((a, b) => a.height - b.height);
  return out;
}

function encoding(s: Stat): Encoding {
  return {
    rid: text(s.rid),
    width: number(s.frameWidth),
    height: number(s.frameHeight),
    fps: number(s.framesPerSecond),
    bytes: number(s.bytesSent),
    limit: text(s.qualityLimitationReason) || 'none',
  };
}

function addInbound(out: Totals, s: Stat): void {
  out.jitterMs = Math.max(out.jitterMs, number(s.jitter) * 1000);
  out.packets += number(s.packetsReceived);
  out.lost += Math.max(0, number(s.packetsLost));
  out.bytesIn += number(s.bytesReceived);
  if (s.kind === 'audio') {
    out.samples += number(s.totalSamplesReceived);
    // Silence that was inserted while nobody spoke is not a loss that anybody hears.
    out.concealed += Math.max(0, number(s.concealedSamples) - number(s.silentConcealedSamples));
  } else {
    out.frames += number(s.framesDecoded);
    out.freezes += number(s.freezeCount);
    out.frozen += number(s.totalFreezesDuration);
  }
}

function addPath(out: Totals, transport: Stat, byId: Map<string, Stat>): void {
  const pair = byId.get(text(transport.selectedCandidatePairId));
  if (!pair) return;
  out.rttMs = number(pair.currentRoundTripTime) * 1000;
  if (typeof pair.availableOutgoingBitrate === 'number') out.availableKbps = pair.availableOutgoingBitrate / 1000;
  const local = byId.get(text(pair.localCandidateId));
  if (!local) return;
  const relay = text(local.candidateType) === 'relay';
  out.path = relay ? `relay-${text(local.relayProtocol) || 'udp'}` : text(local.protocol);
}

/** The figures between two looks. */
export interface Figures extends Report {
  lossIn: number;
  kbpsIn: number;
  kbpsOut: number;
  rttMs: number;
  lossOut: number;
  jitterMs: number;
  availableKbps: number | undefined;
  sending: readonly (Omit<Encoding, 'bytes'> & { kbps: number })[];
}

/** Undefined when the totals went backwards: another transport, or the first look. */
export function between(before: Totals, after: Totals): Figures | undefined {
  const seconds = (after.at - before.at) / 1000;
  const packets = after.packets - before.packets;
  if (seconds <= 0 || packets < 0 || after.bytesOut < before.bytesOut) return undefined;
  const samples = after.samples - before.samples;
  const lost = Math.max(0, after.lost - before.lost);
  return {
    seconds,
    concealed: samples > 0 ? Math.min(1, Math.max(0, after.concealed - before.concealed) / samples) : 0,
    frozen: Math.max(0, after.frozen - before.frozen),
    freezes: Math.max(0, after.freezes - before.freezes),
    frames: Math.max(0, after.frames - before.frames),
    path: after.path,
    lossIn: packets + lost > 0 ? lost / (packets + lost) : 0,
    kbpsIn: ((after.bytesIn - before.bytesIn) * 8) / seconds / 1000,
    kbpsOut: ((after.bytesOut - before.bytesOut) * 8) / seconds / 1000,
    rttMs: after.rttMs,
    lossOut: after.lossOut,
    jitterMs: after.jitterMs,
    availableKbps: after.availableKbps,
    sending: after.sending.map(({ bytes, ...e }) => {
      const was = before.sending.find((o) => o.rid === e.rid && o.bytes <= bytes)?.bytes ?? bytes;
      return { ...e, kbps: ((bytes - was) * 8) / seconds / 1000 };
    }),
  };
}

const order: readonly Grade[] = ['good', 'fair', 'poor', 'bad'];

/** The worse of what the server sees of this line and what this device hears and sees. */
export function gradeOf(line: Line | null, f: Figures | null): Grade {
  const own: Grade = !f
    ? 'good'
    : f.concealed > 0.1 || f.frozen > 0.5 * f.seconds
      ? 'bad'
      : f.concealed > 0.03 || f.frozen > 0.2 * f.seconds || f.rttMs > 600
        ? 'poor'
        : f.concealed > 0.01 || f.frozen > 0.05 * f.seconds || f.rttMs > 300
          ? 'fair'
          : 'good';
  const server = line?.grade ?? 'good';
  return order.indexOf(server) > order.indexOf(own) ? server : own;
}
