/** What hands do to a plane that the processor draws: mouse, wheel and fingers, as they do to the others. */
import type { ToolName } from '../tools';
import type { Place } from '../vector.model';
import { wheelSteps } from '../wheel.model';

/** What is done; ways in pixels of the page. */
export interface Handled {
  /** What a button of the mouse does; a finger is the first one. */
  readonly handOf: (button: number) => ToolName;
  moved: (by: Place) => void;
  zoomed: (factor: number) => void;
  windowed: (by: Place) => void;
  turned: (slices: number) => void;
}

const notch = 1.1; // of the wheel with Ctrl
const slice = 8; // px of a drag that turn by one
const doubling = 120; // px of a drag downward that double the size

export class PlaneHands {
  #rest = 0; // of the wheel, and of a drag that turns
  readonly #end = new AbortController();
  readonly #down = new Map<number, { readonly button: number; readonly at: Place }>();

  constructor(
    private readonly element: HTMLElement,
    private readonly handled: Handled,
  ) {
    this.#on('contextmenu', (e) => e.preventDefault()); // the right button has work of its own
    this.#on('wheel', (e) => this.#wheel(e));
    this.#on('pointerdown', (e) => this.#press(e));
    this.#on('pointermove', (e) => this.#drag(e));
    for (const over of ['pointerup', 'pointercancel'] as const) this.#on(over, (e) => this.#down.delete(e.pointerId));
  }

  destroy(): void {
    this.#end.abort();
  }

  #on<E extends 'contextmenu' | 'wheel' | `pointer${'down' | 'move' | 'up' | 'cancel'}`>(
    event: E,
    fn: (e: HTMLElementEventMap[E]) => void,
  ): void {
    this.element.addEventListener(event, fn, { signal: this.#end.signal, passive: false });
  }

  #wheel(e: WheelEvent): void {
    e.preventDefault();
    if (e.ctrlKey) {
      this.handled.zoomed(e.deltaY < 0 ? notch : 1 / notch);
      return;
    }
    const { steps, rest } = wheelSteps(this.#rest, e);
    this.#rest = rest;
    if (steps !== 0) this.handled.turned(steps);
  }

  #press(e: PointerEvent): void {
    this.element.setPointerCapture(e.pointerId);
    this.#rest = 0;
    this.#down.set(e.pointerId, { button: e.button, at: { x: e.clientX, y: e.clientY } });
  }

  #drag(e: PointerEvent): void {
    const hand = this.#down.get(e.pointerId);
    if (!hand) return;
    const at = { x: e.clientX, y: e.clientY };
    const other = [...this.#down].find(([id]) => id !== e.pointerId)?.[1].at;
    this.#down.set(e.pointerId, { ...hand, at });
    const by = { x: at.x - hand.at.x, y: at.y - hand.at.y };
    if (other) this.#pinch(hand.at, at, other);
    else this.#act(this.handled.handOf(hand.button), by);
  }

  #act(tool: ToolName, by: Place): void {
    if (tool === 'pan') this.handled.moved(by);
    else if (tool === 'zoom') this.handled.zoomed(2 ** (by.y / doubling));
    else if (tool === 'window') this.handled.windowed(by);
    else if (tool === 'scroll') {
      this.#rest += by.y / slice;
      const steps = Math.trunc(this.#rest);
      this.#rest -= steps;
      if (steps !== 0) this.handled.turned(steps);
    }
  }

  /** Two fingers: what is between them goes along, and grows as they part. */
  #pinch(from: Place, to: Place, other: Place): void {
    const apart = (p: Place) => Math.max(1, Math.hypot(p.x - other.x, p.y - other.y));
    this.handled.zoomed(apart(to) / apart(from));
    this.handled.moved({ x: (to.x - from.x) / 2, y: (to.y - from.y) / 2 });
  }
}
