// What this person says, shares and asks for. What must survive a loss is kept: chat until it is confirmed, shared values until somebody else changes them.

import type { ClientMessage, ControlAction, Recording, SharedValue, Source } from './protocol';
import { apply, type Session } from './session.model';

const longestMark = 200;

export interface WordsLink {
  post(m: ClientMessage): void;
  session(): Session;
  /** The session as it is after what was said. */
  change(next: Session): void;
}

export class Words {
  private readonly kept = new Map<string, unknown>(); // topics this side shared last, for a server that forgot them
  private refs = 0;
  private readonly refPrefix = Math.random().toString(36).slice(2, 10);

  constructor(private readonly link: WordsLink) {}

  say(words: string): void {
    const text = words.trim();
    if (!text) return;
    const ref = this.ref();
    const session = this.link.session();
    this.link.post({ type: 'say', ref, text });
    this.link.change({ ...session, pending: [...session.pending, { ref, text }] });
  }

  share(topic: string, data: unknown, options: { keep?: boolean; to?: string }): void {
    this.link.post({ type: 'share', topic, data, ...options });
    if (!options.keep) return;
    if (data === null) this.kept.delete(topic);
    else this.kept.set(topic, data);
    const session = this.link.session();
    this.link.change(apply(session, { type: 'shared', topic, from: session.you, keep: true, data }, Date.now()));
  }

  /** Somebody else's value of the topic holds now. */
  superseded(topic: string): void {
    this.kept.delete(topic);
  }

  control(action: ControlAction, target?: string, source?: Source): void {
    const ref = this.ref();
    this.link.post({ type: 'control', action, ref, ...(target ? { target } : {}), ...(source ? { source } : {}) });
  }

  consent(recording: boolean): void {
    this.link.post({ type: 'consent', recording });
    if (this.link.session().asked?.what === 'record') this.dismiss();
  }

  record(on: boolean): void {
    this.link.post({ type: 'record', on });
  }

  mark(text: string): void {
    if (text.trim()) this.link.post({ type: 'mark', text: text.trim().slice(0, longestMark) });
  }

  dismiss(): void {
    this.link.change({ ...this.link.session(), asked: null });
  }

  /** Chat that was not confirmed goes again; its number keeps it from being said twice. */
  repeat(): void {
    for (const line of this.link.session().pending) this.link.post({ type: 'say', ...line });
  }

  /** A server that started anew knows nothing of what was shared: each tells what was theirs. */
  remind(known: readonly SharedValue[]): void {
    for (const [topic, data] of this.kept)
      if (!known.some((v) => v.topic === topic)) this.link.post({ type: 'share', topic, data, keep: true });
  }

  /** Who had asked for the recording asks again; everybody answers again. */
  recordAgain(recorded: Recording): void {
    const mine = recorded.by === this.link.session().you;
    if (mine && (recorded.state === 'on' || recorded.state === 'asked')) this.record(true);
  }

  private ref(): string {
    return `${this.refPrefix}-${++this.refs}`;
  }
}
