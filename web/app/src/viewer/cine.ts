/** Plays a stack: the clock says which picture is wanted. */
import { frameAt } from './cine.model';

interface Stack {
  readonly index: number;
  readonly count: number;
  readonly loading: boolean;
}

export class Cine {
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(
    private readonly stack: () => Stack,
    private readonly turn: (index: number) => void,
  ) {}

  get playing(): boolean {
    return this.#timer !== undefined;
  }

  /** At a number of frames a second. */
  play(rate: number): void {
    this.stop();
    const from = this.stack().index;
    const began = performance.now();
    this.#timer = setInterval(() => {
      const { loading, count } = this.stack();
      // What is on its way is let in first: a slow line shows fewer pictures, not none.
      if (!loading) this.turn(frameAt(from, performance.now() - began, rate, count));
    }, 1000 / rate);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
