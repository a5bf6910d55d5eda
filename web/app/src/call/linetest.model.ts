// What a line test found, and what that means for a consult: pure.

import type { Figures } from './stats.model';

export type CheckId = 'browser' | 'mic' | 'voice' | 'camera' | 'socket' | 'udp' | 'tcp' | 'turn' | 'line';
export type Path = 'udp' | 'tcp' | 'turn';

/** wait: its turn comes. skip: it cannot be tried here. */
export type CheckState = 'wait' | 'run' | 'good' | 'warn' | 'bad' | 'skip';

export interface Check {
  state: CheckState;
  /** What is wrong, as the page explains it. */
  advice?: string;
  /** How long it took, ms. */
  tookMs?: number;
  /** Numbers for a technician. */
  detail?: string;
}

export interface LineFigures {
  rttMs: number;
  jitterMs: number;
  /** Share lost upward and downward, 0…1. */
  lossUp: number;
  lossDown: number;
  upKbps: number;
  downKbps: number;
}

export type Checks = Readonly<Record<CheckId, Check>>;

export const order: readonly CheckId[] = ['browser', 'mic', 'voice', 'camera', 'socket', 'udp', 'tcp', 'turn', 'line'];

export const nothingYet: Checks = Object.fromEntries(order.map((id) => [id, { state: 'wait' }])) as unknown as Checks;

/** Only the candidates of one path stay in a description; the relay is chosen on this side, by policy. */
export function onlyPath(sdp: string, path: Path | undefined): string {
  if (path === undefined || path === 'turn') return sdp;
  return sdp
    .split('\r\n')
    .filter((line) => !line.startsWith('a=candidate:') || line.split(' ')[2]?.toLowerCase() === path)
    .join('\r\n');
}

/** Whether a path failing is a fault: UDP alone is enough, and a relay is for stricter networks. */
export function judgePath(path: Path, connected: boolean, tookMs: number): Check {
  if (connected) return { state: 'good', tookMs };
  return { state: path === 'udp' ? 'bad' : 'warn', advice: path, tookMs };
}

/** The mean of what was seen second by second. The first look is of a line that is still warming up. */
export function meanOf(looks: readonly Figures[]): LineFigures | undefined {
  const steady = looks.length > 2 ? looks.slice(1) : looks;
  if (steady.length === 0) return undefined;
  const mean = (of: (f: Figures) => number): number => steady.reduce((sum, f) => sum + of(f), 0) / steady.length;
  const most = (of: (f: Figures) => number): number => Math.max(...steady.map(of));
  return {
    rttMs: mean((f) => f.rttMs),
    jitterMs: most((f) => f.jitterMs),
    lossUp: mean((f) => f.lossOut),
    lossDown: mean((f) => f.lossIn),
    upKbps: most((f) => Math.max(f.kbpsOut, Math.min(f.availableKbps ?? 0, 5000))),
    downKbps: most((f) => f.kbpsIn),
  };
}

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;

export function judgeLine(f: LineFigures | undefined): Check {
  if (!f) return { state: 'skip' };
  const loss = Math.max(f.lossUp, f.lossDown);
  const detail = [
    `RTT ${Math.round(f.rttMs)} ms`,
    `jitter ${Math.round(f.jitterMs)} ms`,
    `loss ${percent(f.lossUp)} up, ${percent(f.lossDown)} down`,
    `${Math.round(f.upKbps)} kbit/s up, ${Math.round(f.downKbps)} kbit/s down`,
  ].join(' · ');
  if (f.upKbps < 150) return { state: 'warn', advice: 'thin', detail };
  if (loss > 0.03) return { state: 'warn', advice: 'loss', detail };
  if (f.rttMs > 400) return { state: 'warn', advice: 'rtt', detail };
  if (f.jitterMs > 60) return { state: 'warn', advice: 'jitter', detail };
  return { state: 'good', detail };
}

export type Verdict = 'good' | 'voice' | 'bad' | 'unknown';

/** The one sentence above all: with voice a consult can be held, with nothing else. */
export function verdictOf(c: Checks): Verdict {
  if (order.some((id) => c[id].state === 'wait' || c[id].state === 'run')) return 'unknown';
  const path = (['udp', 'tcp', 'turn'] as const).some((id) => c[id].state === 'good');
  const heard = c.mic.state === 'good';
  if (c.browser.state === 'bad' || c.socket.state === 'bad' || !path || !heard) return 'bad';
  if (c.line.advice === 'thin' || c.camera.state !== 'good') return 'voice';
  return 'good';
}

/** What to do, the most important first; nothing twice. */
export function advices(c: Checks): CheckId[] {
  const paths = ['udp', 'tcp', 'turn'] as const;
  const none = paths.every((id) => c[id].state === 'bad' || c[id].state === 'warn');
  const wrong = order.filter((id) => c[id].advice !== undefined && c[id].state !== 'good' && c[id].state !== 'skip');
  // Without any path one sentence says it all; otherwise the relay matters only when something else fails, too.
  return none ? wrong.filter((id) => !paths.includes(id as Path)).concat('udp') : wrong;
}

/** True when no path carries media at all. */
export function isCutOff(c: Checks): boolean {
  return (['udp', 'tcp', 'turn'] as const).every((id) => c[id].state === 'bad' || c[id].state === 'warn');
}

/** A report to be sent to a technician: plain text, no name of any person. */
export function reportOf(c: Checks, about: Readonly<Record<string, string>>): string {
  const head = Object.entries(about).map(([key, value]) => `${key}: ${value}`);
  const lines = order.map((id) => {
    const { state, tookMs, advice, detail } = c[id];
    const parts = [state, tookMs === undefined ? '' : `${Math.round(tookMs)} ms`, advice ?? '', detail ?? ''];
    return `${id}: ${parts.filter(Boolean).join(' · ')}`;
  });
  return [...head, `verdict: ${verdictOf(c)}`, ...lines].join('\n');
}
