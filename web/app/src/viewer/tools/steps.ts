/** Takes back what a person did to measurements and to the look of a picture. */
import { back, forward, type History, type MarkChange, noHistory, remember } from '../history.model';
import type { Measurement } from '../measurements.model';
import type { Pane } from '../pane';
import type { PaneLook } from '../together';
import type { Marks } from './marks';

type Step =
  | { of: 'marks'; study: string; changes: readonly MarkChange[] }
  | { of: 'look'; pane: string; before: PaneLook; after: PaneLook };

interface Home {
  pane: (key: string) => Pane | undefined;
  changed: () => void;
}

const settleMs = 150; // after the last change: a drag changes a measurement many times a second

export class Steps {
  #history: History<Step> = noHistory;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #pressed = false;
  #held: { key: string; pane: Pane; look: PaneLook | undefined } | undefined;

  constructor(
    private readonly marks: Marks,
    private readonly home: Home,
  ) {
    window.addEventListener('pointerdown', this.#pressing, true);
    window.addEventListener('pointerup', this.#released);
    window.addEventListener('pointercancel', this.#released);
  }

  get canUndo(): boolean {
    return this.#history.past.length > 0;
  }

  get canRedo(): boolean {
    return this.#history.future.length > 0;
  }

  stop(): void {
    clearTimeout(this.#timer);
    window.removeEventListener('pointerdown', this.#pressing, true);
    window.removeEventListener('pointerup', this.#released);
    window.removeEventListener('pointercancel', this.#released);
  }

  /** Something changed; it is a step once it has come to rest. */
  look(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#settle(), settleMs);
  }

  /** A drag that windows in this pane is a step. */
  watch(key: string, pane: Pane, element: HTMLElement): void {
    element.addEventListener(
      'pointerdown',
      () => {
        this.#held = { key, pane, look: pane.look() };
      },
      true,
    );
  }

  /** Does something to the look of a pane, as one step. */
  change(pane: Pane, key: string, act: () => void): void {
    const before = pane.look();
    act();
    const after = pane.look();
    if (before && after && JSON.stringify(before) !== JSON.stringify(after))
      this.#push({ of: 'look', pane: key, before, after });
  }

  /** Takes the last step back; answers a measurement that it changed, for its picture to be shown. */
  undo(): Measurement | undefined {
    this.#settle();
    const last = back(this.#history);
    if (!last) return undefined;
    this.#history = last.history;
    return this.#go(last.step, 'before');
  }

  redo(): Measurement | undefined {
    this.#settle();
    const next = forward(this.#history);
    if (!next) return undefined;
    this.#history = next.history;
    return this.#go(next.step, 'after');
  }

  #go(step: Step, side: 'before' | 'after'): Measurement | undefined {
    if (step.of === 'look') {
      this.home.pane(step.pane)?.present(step[side]);
      this.home.changed();
      return undefined;
    }
    this.marks.apply(step.study, step.changes, side);
    this.home.changed();
    const { before, after } = step.changes[0] ?? {};
    return after ?? before;
  }

  #settle(): void {
    clearTimeout(this.#timer);
    if (this.#pressed) return; // the drag goes on
    for (const study of this.marks.studies) {
      const changes = this.marks.step(study);
      if (changes.length > 0) this.#push({ of: 'marks', study, changes });
    }
  }

  /** Wherever it is: a drag is one step, and what was done before it is another, whether that has come to rest or not. */
  readonly #pressing = () => {
    this.#settle();
    this.#pressed = true;
  };

  readonly #released = () => {
    this.#pressed = false;
    this.look();
    const held = this.#held;
    this.#held = undefined;
    if (held) this.#turned(held.key, held.look, held.pane.look());
  };

  #turned(pane: string, before: PaneLook | undefined, after: PaneLook | undefined): void {
    if (!before || !after || before.instance !== after.instance || before.frame !== after.frame) return;
    if (worth(before) !== worth(after)) this.#push({ of: 'look', pane, before, after });
  }

  #push(step: Step): void {
    this.#history = remember(this.#history, step);
    this.home.changed();
  }
}

/** A pan or a zoom alone is no step: it is put right by hand as fast as it is taken back. */
function worth({ window: w, rotation, flip, invert }: PaneLook): string {
  return JSON.stringify([w && [Math.round(w.center * 10), Math.round(w.width * 10)], rotation, flip, invert]);
}
