// What to do when the socket is gone: a pure decision.

import { Close } from './protocol';
import type { Ended } from './types';

export type Recovery = { do: 'retry'; afterMs: number } | { do: 'end'; ended: Ended };

/** How a socket ended. */
export interface SocketEnd {
  code: number;
  /** The last `bye` of the server, if it said one. */
  bye?: { reason: string; afterMs?: number } | undefined;
  /** The last fatal problem it told. */
  problem?: { code: string; text: string } | undefined;
  /** It was found dead by a test, on another network: nobody else comes back at this moment. */
  tested?: boolean;
}

export interface Attempt {
  /** Tries since the socket was last good. */
  tries: number;
  /** ms since the socket was last good (or since the call was opened). */
  outMs: number;
  /** How long the server keeps the seat; before the first welcome: how long to try at all. */
  graceMs: number;
  /** A number in [0, 1) that spreads the clients of a server that restarts. */
  random: number;
}

const final: Partial<Record<number, { reason: Ended['reason']; again: boolean }>> = {
  [Close.badRequest]: { reason: 'refused', again: false },
  [Close.unauthorized]: { reason: 'ticket', again: true },
  [Close.forbidden]: { reason: 'forbidden', again: false },
  [Close.gone]: { reason: 'gone', again: true },
  [Close.moved]: { reason: 'moved', again: false },
  [Close.ended]: { reason: 'ended', again: false },
  [Close.tooLarge]: { reason: 'refused', again: false },
  [Close.full]: { reason: 'full', again: true },
};

const firstRetryMs = 250;
const slowestRetryMs = 5000;
const tooFastMs = 5000;

/** Pause before try number n (from 0): doubling, spread over ±25 %. */
export function backoff(tries: number, random: number): number {
  const base = Math.min(slowestRetryMs, firstRetryMs * 2 ** Math.min(tries, 10));
  return Math.round(base * (0.75 + random / 2));
}

export function recover(end: SocketEnd, attempt: Attempt): Recovery {
  const stop = final[end.code];
  if (stop) {
    const ended: Ended = { reason: end.bye?.reason ?? stop.reason, again: stop.again };
    if (end.problem) {
      ended.code = end.problem.code;
      ended.text = end.problem.text;
    }
    return { do: 'end', ended };
  }
  if (end.bye?.reason === 'left') return { do: 'end', ended: { reason: 'left', again: false } };
  let afterMs = end.tested && attempt.tries === 0 ? 0 : backoff(attempt.tries, attempt.random);
  if (end.code === Close.tooFast) afterMs = tooFastMs;
  if (end.bye?.reason === 'restart') afterMs = Math.max(afterMs, end.bye.afterMs ?? 0);
  if (attempt.outMs + afterMs > attempt.graceMs) return { do: 'end', ended: { reason: 'unreachable', again: true } };
  return { do: 'retry', afterMs };
}

/** What to do about media that have lost their path while the socket is well. */
export type MediaRepair = 'wait' | 'restart' | 'renew';

/** Milliseconds after which a silent path is tried to be repaired, and after which the transport is replaced. */
const patienceMs = 600; // the browser itself says "disconnected" only after seconds without an answer
const restartMs = 4000;

/**
 * `lostMs` is how long media have been out, `sinceMs` how long ago the last repair was tried (Infinity: never), `restarts` how many ICE restarts were tried
 * since media were last well.
 */
export function repair(lostMs: number, sinceMs: number, restarts: number, failed: boolean): MediaRepair {
  if (lostMs < patienceMs && !failed) return 'wait';
  if (sinceMs === Number.POSITIVE_INFINITY) return 'restart';
  if (sinceMs < restartMs) return 'wait';
  return restarts % 3 === 0 ? 'restart' : 'renew';
}
