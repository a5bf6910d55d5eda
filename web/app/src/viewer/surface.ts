/** One viewport of Cornerstone3D in an element of the page: how it comes and goes, what it hears. */
import { eventTarget as coreEventTarget, type RenderingEngine, type Types } from '@cornerstonejs/core';
import { ToolGroupManager } from '@cornerstonejs/tools';
import { disable, quiet } from './contexts';
import { type Place, type Vec, vec } from './vector.model';
import { wheelSteps } from './wheel.model';

/** What the wheel does; a pinch on a touch pad comes as a wheel with Ctrl, and zooms always. */
interface Wheel {
  zoomBy: (factor: number) => void;
  /** Without it the wheel zooms. */
  scroll?: (steps: number) => void;
}

const notch = 1.1; // of the wheel, when it zooms

export class Surface<V extends Types.IStackViewport | Types.IVolumeViewport> {
  readonly viewport: V;
  #rest = 0; // of the wheel
  #onSize = () => {};
  #onSeen: (() => void)[] = [];
  readonly #sized = new ResizeObserver(() => {
    void this.fit();
    if (this.element.clientWidth === 0) return;
    for (const fn of this.#onSeen) fn();
    this.#onSeen = [];
  });
  readonly #end = new AbortController();

  constructor(
    private readonly engine: RenderingEngine,
    private readonly group: string,
    readonly element: HTMLDivElement,
    private readonly input: Pick<Types.PublicViewportInput, 'viewportId' | 'type' | 'defaultOptions'>,
  ) {
    const { viewportId } = input;
    engine.enableElement({ ...input, element });
    ToolGroupManager.getToolGroup(group)?.addViewport(viewportId, engine.id);
    // Cornerstone swallows every key of an element that has the focus; the keys are the page's.
    element.removeAttribute('tabindex');
    // Its element is one picture with one name; what was drawn on it is read from the lists.
    for (const inner of element.children) inner.setAttribute('aria-hidden', 'true');
    this.viewport = engine.getViewport(viewportId) as unknown as V;
    this.on(['contextmenu'], (e) => e.preventDefault()); // the right button has work of its own
    this.#sized.observe(element);
  }

  /** Hears events of the element until the end. */
  on(events: readonly string[], fn: (e: Event) => void): void {
    for (const e of events) this.element.addEventListener(e, fn, { signal: this.#end.signal, passive: false });
  }

  /** Hears events of Cornerstone as a whole until the end. */
  onAny<T>(event: string, fn: (e: CustomEvent<T>) => void): void {
    const listener = fn as EventListener;
    coreEventTarget.addEventListener(event, listener);
    this.#end.signal.addEventListener('abort', () => coreEventTarget.removeEventListener(event, listener));
  }

  /** Asked at each turn of the wheel. */
  onWheel(wheel: () => Wheel): void {
    this.on(['wheel'], (event) => {
      const e = event as WheelEvent;
      const { zoomBy, scroll } = wheel();
      e.preventDefault();
      if (e.ctrlKey || !scroll) return zoomBy(e.deltaY < 0 ? notch : 1 / notch);
      const { steps, rest } = wheelSteps(this.#rest, e);
      this.#rest = rest;
      if (steps !== 0) scroll(steps);
    });
  }

  /** Calls back each time the picture has been fitted to its element. */
  onSize(fn: () => void): void {
    this.#onSize = fn;
  }

  /** Fits the picture to its element, whose size has changed; what is drawn over it follows. */
  async fit(): Promise<void> {
    await quiet(this.engine);
    if (this.#end.signal.aborted) return;
    const zooms = this.engine.getViewports().map((v) => [v, v.getZoom()] as const);
    this.engine.resize(true, true);
    // Cornerstone keeps the millimetres of the height: what filled a broad pane would lose its sides in a narrow one.
    for (const [v, zoom] of zooms) if (Math.abs(v.getZoom() - zoom) > 1e-6) v.setZoom(zoom);
    this.#onSize();
  }

  /** Waits until the element has a size: in a pane that is hidden no place lies anywhere. */
  async seen(): Promise<void> {
    if (this.element.clientWidth === 0) await new Promise<void>((done) => this.#onSeen.push(done));
  }

  get size(): { width: number; height: number } {
    return { width: this.element.clientWidth, height: this.element.clientHeight };
  }

  /** The pixel of a place of the patient, and back. */
  toCanvas(p: Vec): Place {
    const [x, y] = this.viewport.worldToCanvas([...p]);
    return { x, y };
  }

  toWorld(p: Place): Vec {
    return vec(this.viewport.canvasToWorld([p.x, p.y]));
  }

  destroy(): void {
    this.#end.abort();
    this.#sized.disconnect();
    const { viewportId } = this.input;
    ToolGroupManager.getToolGroup(this.group)?.removeViewports(this.engine.id, viewportId);
    disable(this.engine, viewportId);
  }
}
