// One WebSocket: JSON both ways, and a heartbeat that notices a dead line. It does not reconnect: that is the client's decision.

import type { ClientMessage, ServerMessage } from './protocol';
import type { SocketEnd } from './recovery.model';

const pingEveryMs = 5000;
const deadAfterMs = 12_000;
const openWithinMs = 8000;
const leastTestMs = 600;
const presumedRttMs = 500;

export interface SocketEvents {
  open(): void;
  message(m: ServerMessage): void;
  /** Once, and nothing after it. */
  end(end: SocketEnd): void;
}

export class Socket {
  private readonly ws: WebSocket;
  private readonly heartbeat: ReturnType<typeof setInterval>;
  private heard = performance.now();
  private opened = false;
  private over = false;
  private bye: SocketEnd['bye'];
  private problem: SocketEnd['problem'];

  constructor(
    url: string,
    private readonly events: SocketEvents,
  ) {
    this.ws = new WebSocket(url);
    this.ws.onopen = () => {
      this.opened = true;
      this.heard = performance.now();
      events.open();
    };
    this.ws.onmessage = (e: MessageEvent<unknown>) => this.receive(e.data);
    this.ws.onclose = (e) => this.finish(e.code);
    this.heartbeat = setInterval(() => this.beat(), 1000);
  }

  send(m: ClientMessage): boolean {
    if (this.over || this.ws.readyState !== WebSocket.OPEN) return false;
    this.ws.send(JSON.stringify(m));
    return true;
  }

  /** The network changed: is this socket still one? Without an answer it ends within a few round trips, not within a heartbeat. */
  test(): void {
    if (this.over || !this.opened) return;
    const asked = performance.now();
    this.send({ type: 'ping', t: Math.round(asked) });
    setTimeout(
      () => {
        if (this.over || this.heard >= asked) return;
        this.ws.close();
        this.finish(1006, true);
      },
      Math.max(leastTestMs, 3 * this.rttMs),
    );
  }

  /** Closes without waiting for the server. */
  close(): void {
    this.ws.close(1000);
    this.finish(1000);
  }

  private lastPing = 0;
  private rttMs = presumedRttMs; // of the last ping that was answered

  private beat(): void {
    const now = performance.now();
    if (now - this.heard > (this.opened ? deadAfterMs : openWithinMs)) {
      this.ws.close();
      this.finish(1006); // the browser would wait for the close of a dead line for minutes
    } else if (this.opened && now - this.lastPing >= pingEveryMs) {
      this.lastPing = now;
      this.send({ type: 'ping', t: Math.round(now) });
    }
  }

  private receive(data: unknown): void {
    if (this.over || typeof data !== 'string') return;
    this.heard = performance.now();
    const m = JSON.parse(data) as ServerMessage;
    if (m.type === 'pong') this.rttMs = Math.max(0, this.heard - m.t);
    if (m.type === 'bye') this.bye = m;
    if (m.type === 'problem' && m.fatal) this.problem = m;
    this.events.message(m);
  }

  private finish(code: number, tested = false): void {
    if (this.over) return;
    this.over = true;
    clearInterval(this.heartbeat);
    this.events.end({ code, bye: this.bye, problem: this.problem, tested });
  }
}
