/** Plays a stack: the clock says which picture is wanted. */
import { frameAfter, frameAt, reachable } from './cine.model';

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

  /** At a number of frames a second; by the times of frames, where they have their own, so much faster than they were recorded. */
  play(rate: number, timed?: { readonly steps: readonly number[]; readonly speed: number }): void {
    this.stop();
    let from = this.stack().index;
    let began = performance.now();
    this.#timer = setInterval(
      () => {
        const { index, loading, count } = this.stack();
        if (loading || count === 0) return;
        const passed = performance.now() - began;
        const wanted = timed ? frameAfter(from, passed, timed.steps, timed.speed) : frameAt(from, passed, rate, count);
        const at = reachable(index, wanted, count, this.here);
        // A poor line shows the loop slowly while it comes, and at its rate from then on.
        if (at !== wanted) [from, began] = [at, performance.now()];
        if (at !== index) this.turn(at);
      },
      shortest(rate, timed),
    );
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}

/** How often is looked at the clock, in ms: as often as the shortest time of a frame asks for. */
function shortest(rate: number, timed?: { readonly steps: readonly number[]; readonly speed: number }): number {
  return Math.max(1000 / 60, timed ? Math.min(...timed.steps) / timed.speed / 2 : 1000 / rate);
}
