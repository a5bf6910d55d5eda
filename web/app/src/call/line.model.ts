// How the line is: what is given up for what. Pure, with time as an argument.

/** LIVE ⇄ DEGRADED ⇄ INTERRUPTED of the protocol; "thin" is the part of degraded in which only voice and still pictures go. */
export type LineState = 'live' | 'thin' | 'interrupted';

/** What is known of the line at one moment. */
export interface LineSample {
  /** What it would carry, kbit/s; undefined while nobody knows. */
  availableKbps?: number;
  /** Audio that had to be made up, 0…1. */
  concealed: number;
  connected: boolean;
}

export interface LineNow {
  state: LineState;
  /** Since when a change is due, ms; 0 when none is. */
  pending: number;
  /** Since when the state holds, ms. */
  since: number;
  /** Trials of a picture in a row that failed. */
  trials: number;
}

export const thinKbps = 150;
const enoughKbps = 230; // to come back: what the smallest picture and the voice take together, with room
const fallAfterMs = 8000; // an estimate that starts anew, or a machine that is busy for a moment, is no thin line
const riseAfterMs = 8000;
const trialMs = 25_000; // nothing but a picture shows whether a picture goes again: the estimate rises no further than what is sent

export const steadyLine: LineNow = { state: 'live', pending: 0, since: 0, trials: 0 };

/** The next state: falls soon, rises late, so that a picture does not come and go; and now and then tries a picture again, ever less often. */
export function nextLine(now: LineNow, sample: LineSample, at: number): LineNow {
  if (!sample.connected) return now.state === 'interrupted' ? now : turned('interrupted', 0, at);
  switch (now.state) {
    case 'interrupted':
      return turned(isThin(sample) ? 'thin' : 'live', 0, at);
    case 'live':
      return whileLive(now, sample, at);
    case 'thin':
      return whileThin(now, sample, at);
  }
}

const turned = (state: LineState, trials: number, at: number): LineNow => ({ state, pending: 0, since: at, trials });

function whileLive(now: LineNow, sample: LineSample, at: number): LineNow {
  if (isThin(sample)) {
    if (now.pending === 0) return { ...now, pending: at };
    return at - now.pending >= fallAfterMs ? turned('thin', now.trials, at) : now;
  }
  const proved = now.trials > 0 && at - now.since > trialMs;
  return { ...now, pending: 0, trials: proved ? 0 : now.trials };
}

function whileThin(now: LineNow, sample: LineSample, at: number): LineNow {
  if (at - now.since >= trialMs * 2 ** Math.min(3, now.trials)) return turned('live', now.trials + 1, at);
  if (!isEnough(sample)) return { ...now, pending: 0 };
  if (now.pending === 0) return { ...now, pending: at };
  return at - now.pending >= riseAfterMs ? turned('live', now.trials, at) : now;
}

function isThin(s: LineSample): boolean {
  return s.availableKbps !== undefined && s.availableKbps < thinKbps;
}

function isEnough(s: LineSample): boolean {
  return s.availableKbps === undefined || s.availableKbps >= enoughKbps;
}

const fewSenders = 3;

/**
 * Whether silence is left out of the sound: where many send, or where the line of anybody in the call is narrow. Else it is worth its few kbit/s: a lost packet is then covered
 * by the next.
 */
export function leavesSilenceOut(before: boolean, senders: number, kbps: readonly (number | undefined)[]): boolean {
  const limit = before ? enoughKbps : thinKbps;
  return senders > fewSenders || kbps.some((k) => k !== undefined && k > 0 && k < limit);
}

/** How long incoming sound and picture may wait for what is late, in ms; a steady line needs none, a torn one much. */
export function jitterTarget(grade: 'good' | 'fair' | 'poor' | 'bad', jitterMs: number): number | null {
  switch (grade) {
    case 'good':
      return jitterMs > 30 ? Math.min(120, Math.round(jitterMs * 2)) : null;
    case 'fair':
      return Math.min(200, Math.max(80, Math.round(jitterMs * 3)));
    case 'poor':
      return Math.min(300, Math.max(140, Math.round(jitterMs * 3)));
    case 'bad':
      return Math.min(400, Math.max(220, Math.round(jitterMs * 3)));
  }
}
