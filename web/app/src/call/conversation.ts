// One conversation with the server over as many sockets as it takes: says hello, keeps the seat by its token, and tries again after a loss.

import type { ClientMessage, Offer, ServerMessage } from './protocol';
import { PROTOCOL_VERSION } from './protocol';
import { recover, type SocketEnd } from './recovery.model';
import { Socket } from './socket';
import type { Ended } from './types';

const beforeWelcomeMs = 45_000; // how long a first connection is tried

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

export class Conversation {
  /** When the seat is given up, in ms since the epoch; counts while the socket is away. */
  graceEnds = 0;
  private socket: Socket | null = null;
  private greeted = false; // hello has been said on this socket
  private good = false; // this socket was welcomed
  private resume = '';
  private graceMs = beforeWelcomeMs;
  private tries = 0;
  private lostAt = 0; // when the socket was last good
  private retryTimer: ReturnType<typeof setTimeout> | undefined;

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
    return this.socket?.send(m) === true;
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
    const socket = this.socket;
    this.socket = null;
    socket?.close();
  }

  private connect(): void {
    this.events.trace('connect', { tries: this.tries });
    this.greeted = false;
    // The first offer is made while the socket opens.
    const offer = this.resume === '' ? this.events.offer() : null;
    const socket: Socket = new Socket(this.url, {
      open: () => void this.hello(socket, offer),
      message: (m) => socket === this.socket && this.events.message(m),
      end: (end) => socket === this.socket && this.lost(end),
    });
    this.socket = socket;
  }

  private async hello(socket: Socket, offer: Promise<Offer> | null): Promise<void> {
    const made = offer ? await offer : null;
    if (socket !== this.socket) return;
    const { ticket, device } = this.caller;
    const chatAfter = this.events.chatAfter();
    socket.send({
      type: 'hello',
      version: PROTOCOL_VERSION,
      client: 'yilian-web',
      ...(this.resume ? { resume: this.resume } : { ticket }),
      ...(device ? { device: device.slice(0, 40) } : {}),
      ...(chatAfter > 0 ? { chatAfter } : {}),
      ...(made ? { offer: made } : {}),
    });
    this.greeted = true;
    this.events.greeted();
  }

  private lost(end: SocketEnd): void {
    this.socket = null;
    this.greeted = false;
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
