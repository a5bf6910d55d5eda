// Looking together, as an object the viewer's page talks to: sends what the presenter shows, tells followers what to show.

import { Emitter } from './emitter';
import {
  freshPace,
  isLater,
  type Lane,
  type Look,
  type Mark,
  type Numbered,
  type Pace,
  type Pointing,
  readLook,
  readMarks,
  readPointing,
  sent,
  trim,
  waitFor,
} from './looking.model';
import type { SharedValue } from './protocol';

const topics = { look: 'viewer', pointer: 'pointer', marks: 'marks' } as const;

const busyMs = 50;

/** What is sent of a lane: its number, and the value. */
type Said = Readonly<Record<string, unknown>> & { n: number };

/** What it needs of the call. */
export interface LookingLine {
  you(): string;
  /** Who presents; "" while the server has not said. */
  presenter(): string;
  /** `n` numbers the values of a topic: two ways lead to the others. */
  share(topic: string, n: number, data: unknown, keep: boolean): void;
  present(on: boolean): void;
  /** What was said is still on its way out: the line is narrower than what is shown. */
  busy?(): boolean;
}

export interface LookingState {
  /** Who leads: a participant's id, "" for nobody. */
  leader: string;
  leading: boolean;
  /** This side goes along with the leader. */
  following: boolean;
  look: Look | undefined;
  marks: { study: string; marks: readonly Mark[] } | undefined;
}

export class Looking {
  private readonly events = new Emitter<{ state: undefined; pointer: Numbered<Pointing | null> }>();
  private look: Numbered<Look> | undefined;
  private marks: Numbered<{ study: string; marks: Mark[] }> | undefined;
  private pointers = new Map<string, number>();
  private n = 0; // the highest number seen or used
  private following = true;
  private wants = false; // asked for the lead
  private pace: Pace = freshPace;
  private readonly waiting = new Map<Lane, Said>();
  private readonly timers = new Map<Lane, ReturnType<typeof setTimeout>>();
  private state: LookingState;

  constructor(private readonly line: LookingLine) {
    this.state = this.compose();
  }

  readonly subscribe = (listener: () => void): (() => void) => this.events.on('state', listener);
  readonly snapshot = (): LookingState => this.state;

  onPointer(listener: (p: Numbered<Pointing | null>) => void): () => void {
    return this.events.on('pointer', listener);
  }

  /** Takes the lead. The server says whether; until then this side's looks are not sent. */
  lead(on: boolean): void {
    this.wants = on;
    this.line.present(on);
    this.refresh();
  }

  follow(on: boolean): void {
    this.following = on;
    this.refresh();
  }

  // --- the leader -------------------------------------------------------------------------------------------------------

  /** The picture on show changed. Only the leader's counts. */
  show(look: Look): void {
    if (!this.mayLead()) return;
    const next = trim(look);
    if (this.look && JSON.stringify(this.look.value) === JSON.stringify(next)) return;
    this.look = { n: ++this.n, from: this.line.you(), value: next };
    this.send('look', { n: this.n, look: next });
    this.refresh();
  }

  /** The leader points; everybody else may too, the name stands beside it. */
  point(at: Pointing | null): void {
    this.send('pointer', { n: ++this.n, at });
  }

  mark(study: string, marks: readonly Mark[]): void {
    if (!this.mayLead()) return;
    this.marks = { n: ++this.n, from: this.line.you(), value: { study, marks: [...marks] } };
    this.send('marks', { n: this.n, study, marks });
  }

  /** Shows the last state again to everybody: after the server forgot it. */
  repeat(): void {
    if (!this.state.leading) return;
    this.line.present(true);
    this.resend();
  }

  /** Says the last state again: what was under way may have been lost with the way. Its number keeps it from counting twice. */
  resend(): void {
    if (!this.state.leading) return;
    if (this.look) this.send('look', { n: this.look.n, look: this.look.value });
    if (this.marks) this.send('marks', { n: this.marks.n, ...this.marks.value });
  }

  private send(lane: Lane, data: Said): void {
    this.waiting.set(lane, data);
    if (!this.timers.has(lane)) this.flush(lane);
  }

  /** Sends the newest of a kind when it may; what came before it in the meantime is not sent at all. */
  private flush(lane: Lane): void {
    this.timers.delete(lane);
    const data = this.waiting.get(lane);
    if (data === undefined) return;
    const at = performance.now();
    const wait = this.line.busy?.() ? Math.max(busyMs, waitFor(this.pace, lane, at)) : waitFor(this.pace, lane, at);
    if (wait > 0) {
      this.timers.set(
        lane,
        setTimeout(() => this.flush(lane), wait),
      );
      return;
    }
    this.waiting.delete(lane);
    this.pace = sent(this.pace, lane, JSON.stringify(data).length + 60, at);
    this.line.share(topics[lane], data.n, data, lane !== 'pointer');
  }

  // --- the followers ----------------------------------------------------------------------------------------------------

  /** A value of another person, or one that was kept for who comes late; false if it is not about looking together. */
  receive(v: SharedValue): boolean {
    switch (v.topic) {
      case topics.look:
        this.seen(v);
        return true;
      case topics.marks:
        this.marked(v);
        return true;
      case topics.pointer:
        this.pointed(v);
        return true;
      default:
        return false;
    }
  }

  private pointed(v: SharedValue): void {
    const read = readPointing(v.data);
    if (!read || read.n <= (this.pointers.get(v.from) ?? 0)) return;
    this.pointers.set(v.from, read.n);
    this.n = Math.max(this.n, read.n);
    this.events.emit('pointer', { n: read.n, from: v.from, value: read.at });
  }

  private seen(v: SharedValue): void {
    const read = readLook(v.data);
    if (!read) return;
    this.n = Math.max(this.n, read.n);
    const next = { n: read.n, from: v.from, value: read.look };
    if (!this.counts(v.from) || !isLater(next, this.look)) return;
    this.look = next;
    this.refresh();
  }

  private marked(v: SharedValue): void {
    const read = readMarks(v.data);
    if (!read) return;
    this.n = Math.max(this.n, read.n);
    const next = { n: read.n, from: v.from, value: { study: read.study, marks: read.marks } };
    if (!this.counts(v.from) || !isLater(next, this.marks)) return;
    this.marks = next;
    this.refresh();
  }

  /** Only the leader's pictures count, if the server says who leads; a kept one of a leader who left does, too. */
  private counts(from: string): boolean {
    const leader = this.line.presenter();
    return leader === '' || leader === from || this.look === undefined;
  }

  /** Whom the server named; where it names nobody, who last showed something. */
  private leader(): string {
    return this.line.presenter() || this.look?.from || '';
  }

  private mayLead(): boolean {
    const leader = this.leader();
    return leader === this.line.you() || (leader === '' && this.wants);
  }

  /** The room changed: who presents may be another. */
  readonly refresh = (): void => {
    const next = this.compose();
    if (JSON.stringify(next) === JSON.stringify(this.state)) return;
    this.state = next;
    this.events.emit('state', undefined);
  };

  private compose(): LookingState {
    const leader = this.leader();
    const leading = leader !== '' && leader === this.line.you();
    return {
      leader,
      leading,
      following: !leading && this.following,
      look: this.look?.value,
      marks: this.marks?.value,
    };
  }

  close(): void {
    for (const timer of this.timers.values()) clearTimeout(timer);
    this.timers.clear();
    this.waiting.clear();
  }
}
