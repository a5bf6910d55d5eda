/** Plays a stack: the clock says which picture is wanted. */
import { frameAt, reachable } from './cine.model';

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
    private readonly here: (index: number) => boolean, // it has come, small or whole
  ) {}

  get playing(): boolean {
    return this.#timer !== undefined;
  }

  /** At a number of frames a second. */
  play(rate: number): void {
    this.stop();
    let from = this.stack().index;
    let began = performance.now();
    this.#timer = setInterval(() => {
      const { index, loading, count } = this.stack();
      if (loading || count === 0) return;
      const wanted = frameAt(from, performance.now() - began, rate, count);
      const at = reachable(index, wanted, count, this.here);
      // A poor line shows the loop slowly while it comes, and at its rate from then on.
      if (at !== wanted) [from, began] = [at, performance.now()];
      if (at !== index) this.turn(at);
    }, 1000 / rate);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
