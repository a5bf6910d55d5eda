import { createContext, use, useSyncExternalStore } from 'react';

/**
 * The server's time in the browser, ticking once a second. A phone's own clock may be minutes off; every waiting time
 * and countdown is measured with this one.
 */
export class ServerClock {
  #offset = 0;
  #best = Number.POSITIVE_INFINITY;
  #second = 0;
  #listeners = new Set<() => void>();
  #timer: ReturnType<typeof setInterval> | undefined;

  /** Takes a server time that was asked for at `sentAt` (local ms); the quickest answer wins, an old one ages. */
  learn(serverTime: string, sentAt: number, receivedAt = Date.now()): void {
    const at = Date.parse(serverTime);
    if (Number.isNaN(at)) return;
    const roundTrip = Math.max(0, receivedAt - sentAt);
    if (roundTrip > this.#best * 1.5 + 50) {
      this.#best *= 1.1;
      return;
    }
    this.#best = roundTrip;
    this.#offset = at + roundTrip / 2 - receivedAt;
    this.#tick();
  }

  now(): number {
    return Date.now() + this.#offset;
  }

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    if (!this.#timer) {
      this.#second = Math.floor(this.now() / 1000);
      this.#timer = setInterval(() => this.#tick(), 250);
    }
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) {
        clearInterval(this.#timer);
        this.#timer = undefined;
      }
    };
  };

  /** Whole seconds since 1970; changes once a second. */
  seconds = (): number => {
    if (!this.#timer) this.#second = Math.floor(this.now() / 1000);
    return this.#second;
  };

  #tick(): void {
    const second = Math.floor(this.now() / 1000);
    if (second === this.#second) return;
    this.#second = second;
    for (const listener of this.#listeners) listener();
  }
}

export const ClockContext = createContext(new ServerClock());

/** Server time in ms, renewed each second. */
export function useNow(): number {
  const clock = use(ClockContext);
  return useSyncExternalStore(clock.subscribe, clock.seconds) * 1000;
}
