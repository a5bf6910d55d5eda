// Fits what is sent, and how long what arrives may wait, to the line: asked every two seconds.

import { jitterTarget, type LineNow, leavesSilenceOut, nextLine, steadyLine } from './line.model';
import type { MediaLink } from './media';
import type { Session } from './session.model';
import { type Figures, gradeOf } from './stats.model';
import type { Stills } from './stills';

/** What is known of the call at this moment. */
export interface Moment {
  live: boolean;
  figures: Figures | null;
  session: Session;
}

const steadyMs = 20_000; // a change of what is done with silence takes an offer

export class Adapting {
  now: LineNow = steadyLine;
  private available: number | undefined; // upward
  private silent = false; // silence is left out
  private turnedAt = Number.NEGATIVE_INFINITY; // when that changed

  constructor(
    private readonly media: MediaLink,
    private readonly stills: Stills,
    private readonly trace: (what: string, detail: unknown) => void,
  ) {}

  /** Whether silence is sent, as the room and the lines are now. */
  silence(session: Session): void {
    const senders = session.people.filter((p) => p.canSend).length;
    const lines = Object.values(session.lines).map((l) => l.availableKbps);
    const next = leavesSilenceOut(this.silent, senders, [this.available, ...lines]);
    const at = performance.now();
    if (next !== this.silent && at - this.turnedAt < steadyMs) return;
    if (next !== this.silent) this.turnedAt = at;
    this.silent = next;
    this.media.silence(next);
  }

  step({ live, figures, session }: Moment): void {
    const { slots } = session;
    const line = session.lines[session.you] ?? null;
    this.available = figures?.availableKbps;
    const connected = this.media.state === 'connected';
    const before = this.now.state;
    const sample = { availableKbps: figures?.availableKbps, concealed: figures?.concealed ?? 0, connected };
    this.now = nextLine(this.now, sample, performance.now());
    if (before !== this.now.state) this.trace('line', this.now.state);
    const thin = this.now.state === 'thin';
    this.media.hold('camera', thin);
    this.stills.broadcast(thin && live);
    if (connected) this.media.buffer(jitterTarget(gradeOf(line, figures), figures?.jitterMs ?? 0));
    if (!live) return;
    this.silence(session);
    // Whose picture this line does not carry is asked for stills.
    const blind = slots.filter((s) => s.source === 'camera' && s.paused && s.reason === 'line');
    this.stills.wish(blind.map((s) => s.from));
  }
}
