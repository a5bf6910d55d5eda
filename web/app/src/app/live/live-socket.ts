import { firstState, type LiveEvent, type LiveMessage, type LiveState, next, parseMessage } from './live.model';

const pingEvery = 10_000;
const pongWithin = 6_000;

interface Handlers {
  message: (message: LiveMessage, sentAt: number) => void;
  /** Nothing arrives any more, where something did. */
  lost: () => void;
  /** Connected anew: what was missed must be fetched. */
  restored: () => void;
}

/** The WebSocket to /api/live: reconnects by itself, proves itself alive by pings. React only subscribes. */
export class LiveSocket {
  #state: LiveState = firstState;
  #listeners = new Set<() => void>();
  #socket: WebSocket | undefined;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #ping: ReturnType<typeof setInterval> | undefined;
  #pong: ReturnType<typeof setTimeout> | undefined;
  #pingSentAt = 0;
  #heardAt = Date.now();
  #everOnline = false;
  readonly #url: string;
  readonly #handlers: Handlers;

  constructor(url: string, handlers: Handlers) {
    this.#url = url;
    this.#handlers = handlers;
  }

  state = (): LiveState => this.#state;

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  start(): void {
    window.addEventListener('online', this.#hurry);
    window.addEventListener('offline', this.#unplugged);
    document.addEventListener('visibilitychange', this.#hurry);
    this.#connect();
  }

  stop(): void {
    window.removeEventListener('online', this.#hurry);
    window.removeEventListener('offline', this.#unplugged);
    document.removeEventListener('visibilitychange', this.#hurry);
    clearTimeout(this.#retry);
    this.#drop();
  }

  /** Tries at once instead of waiting for the next turn. */
  #hurry = (): void => {
    if (document.visibilityState === 'hidden' || this.#state.phase !== 'waiting') return;
    this.#again();
  };

  #unplugged = (): void => {
    if (this.#socket) this.#lost(this.#socket);
  };

  #connect(): void {
    const socket = new WebSocket(this.#url);
    const openedAt = Date.now();
    this.#socket = socket;
    this.#pong = setTimeout(() => this.#lost(socket), pongWithin);
    socket.onmessage = (event) => {
      this.#heardAt = Date.now();
      const message = parseMessage(String(event.data));
      if (!message) return;
      if (message.type === 'hello') this.#online(socket);
      if (message.type === 'pong') clearTimeout(this.#pong);
      if (message.type === 'signedOut') this.#apply({ type: 'signedOut' });
      this.#handlers.message(message, message.type === 'hello' ? openedAt : this.#pingSentAt);
    };
    socket.onclose = () => this.#lost(socket);
    socket.onerror = () => this.#lost(socket);
  }

  #online(socket: WebSocket): void {
    clearTimeout(this.#pong);
    this.#apply({ type: 'hello' });
    clearInterval(this.#ping);
    this.#ping = setInterval(() => {
      this.#pingSentAt = Date.now();
      socket.send(JSON.stringify({ type: 'ping' }));
      this.#pong = setTimeout(() => this.#lost(socket), pongWithin);
    }, pingEvery);
    if (this.#everOnline) this.#handlers.restored();
    this.#everOnline = true;
  }

  #lost(socket: WebSocket): void {
    if (socket !== this.#socket) return;
    this.#drop();
    this.#apply({ type: 'lost', now: Date.now(), heard: this.#heardAt, chance: Math.random() });
    if (this.#state.phase !== 'waiting') return;
    if (this.#everOnline) this.#handlers.lost();
    this.#retry = setTimeout(this.#again, Math.max(0, this.#state.retryAt - Date.now()));
  }

  #again = (): void => {
    clearTimeout(this.#retry);
    this.#apply({ type: 'retry' });
    if (this.#state.phase === 'connecting') this.#connect();
  };

  #drop(): void {
    clearInterval(this.#ping);
    clearTimeout(this.#pong);
    const socket = this.#socket;
    this.#socket = undefined;
    if (!socket) return;
    socket.onclose = null;
    socket.onerror = null;
    socket.onmessage = null;
    socket.close();
  }

  #apply(event: LiveEvent): void {
    const before = this.#state;
    this.#state = next(before, event);
    if (this.#state !== before) for (const listener of this.#listeners) listener();
  }
}
