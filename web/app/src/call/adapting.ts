// Fits what is sent, and how long what arrives may wait, to the line: asked every two seconds.

import { jitterTarget, type LineNow, nextLine, steadyLine } from './line.model';
import type { MediaLink } from './media';
import type { Line, Slot } from './protocol';
import { type Figures, gradeOf } from './stats.model';
import type { Stills } from './stills';

/** What is known of the call at this moment. */
export interface Moment {
  live: boolean;
  figures: Figures | null;
  line: Line | null;
  slots: readonly Slot[];
}

export class Adapting {
  now: LineNow = steadyLine;

  constructor(
    private readonly media: MediaLink,
    private readonly stills: Stills,
    private readonly trace: (what: string, detail: unknown) => void,
  ) {}

  step({ live, figures, line, slots }: Moment): void {
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
    // Whose picture this line does not carry is asked for stills.
    const blind = slots.filter((s) => s.source === 'camera' && s.paused && s.reason === 'line');
    this.stills.wish(blind.map((s) => s.from));
  }
}
