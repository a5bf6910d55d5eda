// One conversation with the server over as many sockets as it takes: says hello, keeps the seat by its token, and tries again after a loss.

import { greet, type Reply } from './greeting';
import type { ClientMessage, Offer, ServerMessage } from './protocol';
import { PROTOCOL_VERSION } from './protocol';
import { recover, type SocketEnd } from './recovery.model';
import { Socket } from './socket';
import type { Ended } from './types';

const beforeWelcomeMs = 45_000; // how long a first connection is tried
const letterBehindMs = 1000; // how much longer than the socket's opening the answer to a letter may take

type Welcome = Extract<ServerMessage, { type: 'welcome' }>;

export interface ConversationEvents {
  /** The first offer of a new seat. A resumed one may still have its transport: it is asked first. */
  offer(): Promise<Offer>;
  /** The number of the last chat line that is known. */
  chatAfter(): number;
  /** Hello has been said. */
  greeted(): void;
  message(m: ServerMessage): void;
  /** The socket is gone; what happens next is told by `waits` or `ended`. */
  lost(): void;
  /** While media flow the server keeps the seat however long the socket is away. */
  flowing(): boolean;
  waits(): void;
  ended(why: Ended): void;
  trace(what: string, detail?: unknown): void;
}

/** What hello says of who comes. */
export interface Caller {
  ticket: string;
  device?: string | undefined;
}

/** A first hello that is under way by POST. */
interface Letter {
  offer: Promise<Offer>;
  over: Promise<void>;
  /** Its answer is there, or counts no more. */
  settled: boolean;
}

export class Conversation {
  /** When the seat is given up, in ms since the epoch; counts while the socket is away. */
  graceEnds = 0;
  private socket: Socket | null = null;
  private greeted = false; // hello has been said on this socket
  private good = false; // welcomed, and nothing was lost since
  private resume = '';
  private letter: Letter | null = null;
  private early: ClientMessage[] = []; // what is said between the welcome by POST and the socket
  private graceMs = beforeWelcomeMs;
  private tries = 0;
  private lostAt = 0; // when the socket was last good
  private retryTimer: ReturnType<typeof setTimeout> | undefined;
  private readonly ref = Math.random().toString(36).slice(2);
  private readonly closing = new AbortController();

  constructor(
    private readonly url: string,
    private readonly caller: Caller,
    private readonly events: ConversationEvents,
  ) {}

  open(): void {
    this.lostAt = performance.now();
    this.connect();
  }

  send(m: ClientMessage): boolean {
    if (this.greeted || !this.good || !this.socket) return this.socket?.send(m) === true;
    this.early.push(m);
    return true;
  }

  /** Sends once hello has been said; false before. */
  afterHello(m: ClientMessage): boolean {
    return this.greeted && this.send(m);
  }

  welcomed(w: Welcome): void {
    this.resume = w.resume;
    this.graceMs = w.graceMs;
    this.tries = 0;
    this.good = true;
  }

  /** The seat has another token. */
  admitted(resume: string | undefined): void {
    if (resume) this.resume = resume;
  }

  /** Tries at once, if nothing is being tried; false if a socket is there. */
  retry(): boolean {
    if (this.socket) return false;
    clearTimeout(this.retryTimer);
    this.connect();
    return true;
  }

  /** Another network: the old path may linger for many seconds. */
  test(): void {
    this.socket?.test();
  }

  close(): void {
    clearTimeout(this.retryTimer);
    this.closing.abort();
    const socket = this.socket;
    this.socket = null;
    socket?.close();
  }

  private connect(): void {
    this.events.trace('connect', { tries: this.tries });
    this.greeted = false;
    // The first offer is made, and sent, while the socket opens.
    if (this.resume === '' && this.letter?.settled !== false) this.letter = this.write(this.tries === 0);
    const letter = this.letter;
    const socket: Socket = new Socket(this.url.replace(/^http/, 'ws'), {
      open: () => void this.hello(socket, letter),
      message: (m) => socket === this.socket && this.events.message(m),
      end: (end) => socket === this.socket && this.lost(end),
    });
    this.socket = socket;
  }

  /** Makes the first offer, and posts it if it is to be. */
  private write(post: boolean): Letter {
    const offer = this.events.offer();
    const letter: Letter = { offer, over: Promise.resolve(), settled: !post };
    if (post)
      letter.over = offer
        .then((made) => greet(this.url, this.opening(made), this.closing.signal))
        .then((reply) => this.replied(letter, reply));
    return letter;
  }

  private replied(letter: Letter, reply: Reply | undefined): void {
    const counts = letter === this.letter && !letter.settled && !this.closing.signal.aborted;
    letter.settled = true;
    this.events.trace('reply', { counts, close: reply?.close, there: reply !== undefined });
    if (!counts || !reply) return;
    for (const m of reply.messages) this.events.message(m);
    if (reply.close === undefined) return;
    const fatal = reply.messages.find((m) => m.type === 'problem');
    const bye = reply.messages.find((m) => m.type === 'bye');
    const socket = this.socket;
    this.socket = null;
    socket?.close();
    this.lost({ code: reply.close, problem: fatal, bye });
  }

  private opening(offer: Offer | null): ClientMessage {
    const { ticket, device } = this.caller;
    const chatAfter = this.events.chatAfter();
    return {
      type: 'hello',
      version: PROTOCOL_VERSION,
      client: 'yilian-web',
      ...(this.resume ? { resume: this.resume } : { ticket, ref: this.ref }),
      ...(device ? { device: device.slice(0, 40) } : {}),
      ...(chatAfter > 0 ? { chatAfter } : {}),
      ...(offer && !this.resume ? { offer } : {}),
    };
  }

  private async hello(socket: Socket, letter: Letter | null): Promise<void> {
    // A connection that the page had may be a dead one: the same hello then goes this way.
    if (letter?.settled === false) await Promise.race([letter.over, pause(letterBehindMs)]);
    if (letter) letter.settled = true;
    const offer = letter && this.resume === '' ? await letter.offer : null;
    if (socket !== this.socket) return;
    socket.send(this.opening(offer));
    this.greeted = true;
    for (const m of this.early.splice(0)) socket.send(m);
    this.events.greeted();
  }

  private lost(end: SocketEnd): void {
    this.socket = null;
    this.greeted = false;
    this.early = [];
    if (this.good) {
      this.good = false;
      this.lostAt = performance.now();
      this.graceEnds = Date.now() + this.graceMs;
      this.tries = 0;
    }
    this.events.lost();
    const outMs = performance.now() - this.lostAt;
    const graceMs = this.events.flowing() ? Number.POSITIVE_INFINITY : this.graceMs;
    const next = recover(end, { tries: this.tries, outMs, graceMs, random: Math.random() });
    this.events.trace('socket ended', { ...end, next });
    if (next.do === 'end') {
      this.events.ended(next.ended);
      return;
    }
    this.tries++;
    this.retryTimer = setTimeout(() => this.connect(), next.afterMs);
    this.events.waits();
  }
}

const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));
