/** One viewport with a stack in it. Touches Cornerstone3D, as engine.ts does; React subscribes to its snapshots. */
import {
  Enums as CoreEnums,
  eventTarget as coreEventTarget,
  type RenderingEngine,
  type Types,
  utilities,
} from '@cornerstonejs/core';
import { ToolGroupManager } from '@cornerstonejs/tools';
import { frameAt } from './cine.model';
import { numbers, tag } from './dicom.model';
import { type Failure, failureOf } from './failure.model';
import type { Figure } from './figures.model';
import type { Placement } from './objects/drawing.model';
import { fellBack } from './recovery';
import { isPreview, isWhole } from './stream/image';
import { stream } from './stream/stream';
import { isColour, letters, type Series, spacingSource } from './study.model';
import { giveThumbnail } from './thumbnails';
import type { PaneLook, Pointing } from './together';
import { valueOn } from './tools/reading';
import { valueAt, valuesIn } from './tools/region-tools';
import { unit, type Vec, vec } from './vector.model';
import { wheelSteps } from './wheel.model';
import { type Window, windowOf } from './window.model';

/** What a page shows around one viewport. */
export interface ViewportState {
  readonly index: number; // of the picture that is wanted; while loading, an older one may still be on show
  readonly count: number;
  readonly center?: number;
  readonly width?: number;
  readonly zoom: number;
  readonly invert: boolean;
  readonly loading: boolean;
  readonly preview: boolean; // what is on show is coarser than the picture
  /** At the edges, as the picture is turned now; undefined where the device wrote no orientation. */
  readonly edges?: { readonly left: string; readonly right: string; readonly top: string; readonly bottom: string };
  /** Undefined where the size of a pixel is not known. */
  readonly mmPerPixel?: number;
  readonly failure?: Failure;
}

const idle: ViewportState = { index: 0, count: 0, zoom: 1, invert: false, loading: false, preview: false };

/** How a picture lies in its pane, for others to lie the same. */
export interface Framing {
  readonly window?: Window;
  readonly zoom: number;
  readonly pan: readonly [number, number]; // in parts of the pane
}

/** How a picture is hung, beyond its place in the layout. */
export interface Hung {
  readonly index?: number;
  readonly mirror?: boolean;
  readonly side?: 'left' | 'right';
}

/** What a pane needs of the set that it belongs to. */
export interface PaneHome {
  readonly engine: RenderingEngine;
  readonly group: string;
  /** Registers the pictures of a series and answers their identifiers, to be fetched from index `at` outward. */
  images: (pane: Pane, series: Series, at: number) => string[];
  /** What the wheel does without Ctrl. */
  readonly wheel: () => 'scroll' | 'zoom';
  /** A person turned to another picture here. */
  turned: (pane: Pane) => void;
  gone: (pane: Pane) => void;
}

export class Pane {
  #state: ViewportState = idle;
  #cine: ReturnType<typeof setInterval> | undefined;
  #series: Series | undefined;
  #ids: string[] = [];
  #rest = 0; // of the wheel
  #wanted: PaneLook | undefined; // of a leader, until its picture is on show
  #opening = 0; // stacks that are being set; a turn waits until there is one
  readonly #listeners = new Set<() => void>();
  readonly #viewport: Types.IStackViewport;

  constructor(
    private readonly home: PaneHome,
    private readonly id: string,
    readonly element: HTMLDivElement,
  ) {
    home.engine.enableElement({ viewportId: id, type: CoreEnums.ViewportType.STACK, element });
    ToolGroupManager.getToolGroup(home.group)?.addViewport(id, home.engine.id);
    // Cornerstone swallows every key of an element that has the focus; the keys are the page's.
    element.removeAttribute('tabindex');
    this.#viewport = home.engine.getViewport(id) as Types.IStackViewport;
    for (const e of drawn) element.addEventListener(e, this.#refresh);
    element.addEventListener(CoreEnums.Events.STACK_NEW_IMAGE, this.#arrived);
    coreEventTarget.addEventListener(CoreEnums.Events.IMAGE_LOAD_ERROR, this.#failed as EventListener);
    coreEventTarget.addEventListener(fellBack, this.#again);
    element.addEventListener('contextmenu', noMenu); // the right button windows
    element.addEventListener('wheel', this.#wheel, { passive: false });
  }

  get state(): ViewportState {
    return this.#state;
  }

  get series(): Series | undefined {
    return this.#series;
  }

  subscribe = (fn: () => void): (() => void) => {
    this.#listeners.add(fn);
    return () => this.#listeners.delete(fn);
  };

  snapshot = (): ViewportState => this.#state;

  async show(series: Series, hung: Hung = {}): Promise<void> {
    const { index } = hung;
    // The same series comes again when the rest of its study has loaded: it stays as it is turned.
    const there = this.#series?.uid === series.uid && this.#ids.length === series.frames.length;
    if (there && (index === undefined || this.#state.index === index)) {
      this.#series = series;
      return;
    }
    this.stop();
    this.#series = series;
    // A stack opens in its middle, where the body is; a cine at its start.
    const at = index ?? (series.cineRate > 0 ? 0 : Math.floor(series.frames.length / 2));
    this.#ids = this.home.images(this, series, at);
    await this.#open(at);
    if (this.#series === series && (hung.mirror || hung.side)) this.#hang(hung);
  }

  /** Mirrors, and moves the picture to a side of its pane. */
  #hang({ mirror, side }: Hung): void {
    if (mirror) this.#viewport.setCamera({ flipHorizontal: true });
    const { imageData, dimensions } = this.#viewport.getImageData() ?? {};
    if (side && imageData && dimensions) {
      const [columns, rows] = dimensions;
      const end = (i: number) =>
        this.canvasOf(vec(utilities.transformIndexToWorld(imageData as never, [i, rows / 2, 0]))).x;
      const ends = [end(0), end(columns - 1)];
      const [x, y] = this.#viewport.getPan();
      const way = side === 'left' ? -Math.min(...ends) : this.element.clientWidth - Math.max(...ends);
      this.#viewport.setPan([x + way, y]);
    }
    this.#viewport.render();
  }

  /** Asks again for a picture that failed; the window stays. */
  async retry(): Promise<void> {
    const { voiRange } = this.#viewport.getProperties();
    if (this.#series) stream.again(this.#series.uid);
    await this.#open(this.#state.index);
    if (voiRange && !this.#state.failure) this.#apply({ voiRange });
  }

  async #open(at: number): Promise<void> {
    const series = this.#series;
    this.#set({ ...idle, loading: true, index: at, count: this.#ids.length });
    this.#opening++;
    try {
      await this.#viewport.setStack(this.#ids, at);
    } catch (err) {
      if (this.#series?.uid === series?.uid && this.#state.index === at) this.#fail(err);
      return;
    } finally {
      this.#opening--;
    }
    if (this.#series?.uid !== series?.uid || this.#state.failure) return;
    if (this.#state.index !== at) this.#turnTo(this.#state.index); // somebody turned while it was opening
    this.#viewport.render();
    this.#refresh();
  }

  setWindow(center: number, width: number): void {
    this.#apply({ voiRange: utilities.windowLevel.toLowHighRange(width, center) });
  }

  invert(): void {
    this.#apply({ invert: !this.#state.invert });
  }

  zoomBy(factor: number): void {
    this.#viewport.setZoom(this.#viewport.getZoom() * factor);
    this.#viewport.render();
    this.#refresh();
  }

  rotate(): void {
    const { rotation = 0 } = this.#viewport.getViewPresentation();
    this.#viewport.setViewPresentation({ rotation: (rotation + 90) % 360 });
    this.#viewport.render();
  }

  flip(): void {
    const { flipHorizontal } = this.#viewport.getCamera();
    this.#viewport.setCamera({ flipHorizontal: !flipHorizontal });
    this.#viewport.render();
  }

  flipUpDown(): void {
    const { flipVertical } = this.#viewport.getCamera();
    this.#viewport.setCamera({ flipVertical: !flipVertical });
    this.#viewport.render();
  }

  /** The window that shows what is in sight. */
  auto(): void {
    const { clientWidth: width, clientHeight: height } = this.element;
    const w = windowOf(valuesIn(this.#viewport, { x: 0, y: 0, width, height }));
    if (w) this.setWindow(w.center, w.width);
  }

  reset(): void {
    this.#viewport.resetProperties();
    this.#viewport.resetCamera();
    this.#viewport.setViewPresentation({ rotation: 0 });
    this.#viewport.render();
    this.#refresh();
  }

  /** Turns by a number of pictures; ends at the first and the last. */
  scroll(by: number): void {
    this.goTo(this.#state.index + by);
  }

  /** A person turns to a picture; linked panes follow. */
  goTo(index: number): void {
    this.#wanted = undefined;
    if (this.#turn(index)) this.home.turned(this);
  }

  /** Turns because another pane was turned. */
  follow(index: number): void {
    this.#turn(index);
  }

  #turn(index: number): boolean {
    const at = Math.max(0, Math.min(this.#state.count - 1, index));
    if (at === this.#state.index || this.#state.count === 0) return false;
    this.#set({ ...this.#state, index: at, loading: true, failure: undefined });
    if (this.#opening === 0) this.#turnTo(at);
    return true;
  }

  #turnTo(at: number): void {
    this.#viewport.setImageIdIndex(at).catch((err: unknown) => {
      if (this.#state.index === at) this.#fail(err);
    });
  }

  get playing(): boolean {
    return this.#cine !== undefined;
  }

  /** Plays or stops a cine at a number of frames a second. */
  play(rate: number): void {
    if (this.#cine) {
      this.stop();
      return;
    }
    const from = this.#state.index;
    const began = performance.now();
    this.#cine = setInterval(() => {
      // What is on its way is let in first: a slow line shows fewer pictures, not none.
      if (!this.#state.loading) this.#turn(frameAt(from, performance.now() - began, rate, this.#state.count));
    }, 1000 / rate);
    this.#emit();
  }

  stop(): void {
    clearInterval(this.#cine);
    this.#cine = undefined;
    this.#emit();
  }

  /** What is on show, for others to see the same; undefined while nothing is. */
  look(): PaneLook | undefined {
    const frame = this.#series?.frames[this.#state.index];
    if (!this.#series || !frame || this.#state.count === 0) return undefined;
    const { center, width, zoom, invert } = this.#state;
    const { rotation = 0, flipHorizontal = false, flipVertical = false } = this.#viewport.getViewPresentation();
    return {
      series: this.#series.uid,
      instance: frame.instanceUid,
      frame: frame.frame,
      ...(center !== undefined && width !== undefined ? { window: { center, width } } : {}),
      zoom,
      focus: this.#viewport.getCamera().focalPoint,
      rotation,
      flip: [flipHorizontal, flipVertical],
      invert,
    };
  }

  /** Shows what a leader shows; linked panes follow as if it had been turned here. */
  present(look: PaneLook): void {
    const index =
      this.#series?.frames.findIndex((f) => f.instanceUid === look.instance && f.frame === look.frame) ?? -1;
    if (index < 0) return;
    this.#wanted = look;
    if (this.#turn(index)) this.home.turned(this);
    if (!this.#state.loading && this.#opening === 0) this.#arrange();
  }

  /** Window, place and turn of what a leader shows. */
  #arrange(): void {
    const look = this.#wanted;
    if (!look) return;
    this.#wanted = undefined;
    const { window: w, zoom, focus, rotation, flip, invert } = look;
    this.#viewport.setViewPresentation({ rotation, flipHorizontal: flip[0], flipVertical: flip[1], zoom });
    this.#viewport.setProperties({
      ...(w ? { voiRange: utilities.windowLevel.toLowHighRange(w.width, w.center) } : {}),
      invert,
    });
    if (focus) this.#centre(focus);
    this.#viewport.render();
    this.#refresh();
  }

  /** Moves a point of the patient to the middle, within the plane of the picture. */
  #centre(focus: readonly number[]): void {
    const { focalPoint, position, viewPlaneNormal: n } = this.#viewport.getCamera();
    if (!focalPoint || !position || !n) return;
    const way = focalPoint.map((v, i) => (focus[i] ?? v) - v);
    const depth = way.reduce((sum, v, i) => sum + v * (n[i] ?? 0), 0);
    const shift = (p: Types.Point3): Types.Point3 =>
      p.map((v, i) => v + (way[i] ?? 0) - depth * (n[i] ?? 0)) as Types.Point3;
    this.#viewport.setCamera({ focalPoint: shift(focalPoint), position: shift(position) });
  }

  /** The place of the patient under a pixel of the element. */
  pointAt(x: number, y: number): Pointing | undefined {
    const frame = this.#series?.frames[this.#state.index];
    if (!this.#series || !frame || this.#state.loading || this.#state.count === 0) return undefined;
    const at = this.#viewport.canvasToWorld([x, y]).map((v) => Math.round(v * 10) / 10);
    return { series: this.#series.uid, instance: frame.instanceUid, frame: frame.frame, at };
  }

  /** The value of the picture under a pixel of the element. */
  valueAt(x: number, y: number): Figure[] {
    const id = this.#viewport.getCurrentImageId();
    return id ? valueOn(id, valueAt(this.#viewport, [x, y])) : [];
  }

  /** The pixel of a place, if its picture is the one on show. */
  placeOf(p: Pointing): { x: number; y: number } | undefined {
    const frame = this.#series?.frames[this.#state.index];
    if (this.#series?.uid !== p.series || frame?.instanceUid !== p.instance || frame.frame !== p.frame)
      return undefined;
    const [x, y] = this.#viewport.worldToCanvas(p.at as Types.Point3);
    return { x, y };
  }

  /** How the pixels of the wanted picture lie on the element; undefined while nothing is on show. */
  placement(): Placement | undefined {
    const id = this.#ids[this.#state.index];
    if (!id || this.#state.loading || this.#state.failure || this.#state.count === 0) return undefined;
    const far = 100; // pixels: the steps of one are told apart from rounding
    const at = (x: number, y: number) =>
      this.#viewport.worldToCanvas(utilities.imageToWorldCoords(id, [x, y]) as Types.Point3);
    const [e, f] = at(0, 0);
    const [rx, ry] = at(far, 0);
    const [dx, dy] = at(0, far);
    return { a: (rx - e) / far, b: (ry - f) / far, c: (dx - e) / far, d: (dy - f) / far, e, f };
  }

  get size(): { width: number; height: number } {
    return { width: this.element.clientWidth, height: this.element.clientHeight };
  }

  /** Calls back whenever the picture was drawn, moved or turned. */
  onDrawn(fn: () => void): () => void {
    for (const e of drawn) this.element.addEventListener(e, fn);
    const off = this.subscribe(fn);
    return () => {
      off();
      for (const e of drawn) this.element.removeEventListener(e, fn);
    };
  }

  /** The pixel of a place of the patient. */
  canvasOf(p: Vec): { x: number; y: number } {
    const [x, y] = this.#viewport.worldToCanvas([...p]);
    return { x, y };
  }

  /** How the picture lies; undefined while there is none. */
  framing(): Framing | undefined {
    if (this.#state.count === 0 || this.#state.loading) return undefined;
    const { center, width, zoom } = this.#state;
    const [x, y] = this.#viewport.getPan();
    const { clientWidth, clientHeight } = this.element;
    const part = (v: number, of: number) => Math.round((v / Math.max(1, of)) * 1000) / 1000;
    return {
      ...(center !== undefined && width !== undefined ? { window: { center, width } } : {}),
      zoom,
      pan: [part(x, clientWidth), part(y, clientHeight)],
    };
  }

  /** Lies as another picture does. */
  frame({ window: w, zoom, pan }: Partial<Framing>): void {
    if (this.#state.count === 0) return;
    if (w) this.#viewport.setProperties({ voiRange: utilities.windowLevel.toLowHighRange(w.width, w.center) });
    if (zoom !== undefined) this.#viewport.setZoom(zoom);
    if (pan) this.#viewport.setPan([pan[0] * this.element.clientWidth, pan[1] * this.element.clientHeight]);
    this.#viewport.render();
  }

  destroy(): void {
    this.stop();
    this.#series = undefined;
    for (const e of drawn) this.element.removeEventListener(e, this.#refresh);
    this.element.removeEventListener(CoreEnums.Events.STACK_NEW_IMAGE, this.#arrived);
    coreEventTarget.removeEventListener(CoreEnums.Events.IMAGE_LOAD_ERROR, this.#failed as EventListener);
    coreEventTarget.removeEventListener(fellBack, this.#again);
    this.element.removeEventListener('contextmenu', noMenu);
    this.element.removeEventListener('wheel', this.#wheel);
    ToolGroupManager.getToolGroup(this.home.group)?.removeViewports(this.home.engine.id, this.id);
    this.home.engine.disableElement(this.id);
    this.#listeners.clear();
    this.home.gone(this);
  }

  #apply(properties: { voiRange?: { lower: number; upper: number }; invert?: boolean }): void {
    this.#viewport.setProperties(properties);
    this.#viewport.render();
    this.#refresh();
  }

  readonly #again = () => {
    if (this.#series) void this.retry();
  };

  readonly #wheel = (e: WheelEvent) => {
    e.preventDefault();
    // A pinch on a touch pad comes as a wheel with Ctrl.
    if (e.ctrlKey || this.home.wheel() === 'zoom') return this.zoomBy(e.deltaY < 0 ? 1.1 : 1 / 1.1);
    const { steps, rest } = wheelSteps(this.#rest, e);
    this.#rest = rest;
    if (steps !== 0) this.scroll(steps);
  };

  /** The wanted picture is on show; a tool may have turned here, too. */
  readonly #arrived = () => {
    const index = this.#viewport.getCurrentImageIdIndex();
    const turned = index !== this.#state.index;
    if (turned && this.#opening > 0) return; // the picture at which it opened; the one that is wanted follows
    this.#set({ ...this.#state, ...this.#look(), index, loading: false, failure: undefined });
    const wanted = this.#wanted && this.#series?.frames[index];
    if (wanted && wanted.instanceUid === this.#wanted?.instance) this.#arrange();
    if (turned) this.home.turned(this);
  };

  readonly #failed = (e: CustomEvent<{ imageId?: string; error?: unknown }>) => {
    if (e.detail?.imageId === this.#ids[this.#state.index]) this.#fail(e.detail.error);
  };

  #fail(err: unknown): void {
    this.#set({ ...this.#state, loading: false, failure: failureOf(err) });
  }

  readonly #refresh = () => {
    if (this.#state.count === 0) return;
    const shown = this.#viewport.getCurrentImageId();
    const come = shown === this.#ids[this.#state.index] && isWhole(shown);
    this.#set({ ...this.#state, ...this.#look(), ...(come ? { failure: undefined } : {}) });
    if (this.#series && !this.#state.loading && !this.#state.failure && !this.#state.preview) {
      giveThumbnail(this.#series, this.#state.index, this.#viewport.getCanvas());
    }
  };

  #look(): Pick<ViewportState, 'center' | 'width' | 'zoom' | 'invert' | 'preview' | 'edges' | 'mmPerPixel'> {
    const { voiRange, invert } = this.#viewport.getProperties();
    const windowed = voiRange && this.#series && !isColour(this.#series);
    const w = windowed ? utilities.windowLevel.toWindowLevel(voiRange.lower, voiRange.upper) : undefined;
    return {
      center: w?.windowCenter,
      width: w?.windowWidth,
      zoom: this.#viewport.getZoom(),
      invert: invert ?? false,
      preview: isPreview(this.#viewport.getCurrentImageId()),
      ...this.#lie(),
    };
  }

  /** Which way is where on the screen, and how large a pixel of it is, out of where two of its points lie. */
  #lie(): Pick<ViewportState, 'edges' | 'mmPerPixel'> {
    const d = this.#series?.frames[this.#viewport.getCurrentImageIdIndex()]?.metadata;
    if (!d) return {};
    const [o, x, y] = (
      [
        [0, 0],
        [100, 0],
        [0, 100],
      ] as const
    ).map((p) => this.#viewport.canvasToWorld([...p]));
    if (!o || !x || !y) return {};
    const right = vec(x.map((v, i) => v - (o[i] ?? 0)));
    const down = vec(y.map((v, i) => v - (o[i] ?? 0)));
    const mm = Math.round(Math.hypot(...right) * 100) / 10_000;
    const named = (v: Vec, way: number) => letters(unit(v).map((c) => c * way));
    return {
      ...(numbers(d, tag.orientation).length === 6
        ? { edges: { right: named(right, 1), left: named(right, -1), bottom: named(down, 1), top: named(down, -1) } }
        : {}),
      ...(spacingSource(d) === 'none' ? {} : { mmPerPixel: mm }),
    };
  }

  #set(next: ViewportState): void {
    if (JSON.stringify(next) === JSON.stringify(this.#state)) return;
    this.#state = next;
    this.#emit();
  }

  #emit(): void {
    for (const fn of this.#listeners) fn();
  }
}

const noMenu = (e: Event) => e.preventDefault();

const drawn = [CoreEnums.Events.VOI_MODIFIED, CoreEnums.Events.CAMERA_MODIFIED, CoreEnums.Events.IMAGE_RENDERED];
