/** One viewport with a stack in it: which series, which picture. Touches Cornerstone3D, as engine.ts does; React subscribes to its snapshots. */
import { Enums as CoreEnums, type RenderingEngine, type Types } from '@cornerstonejs/core';
import { Cine } from './cine';
import { nextRate } from './cine.model';
import { failureOf } from './failure.model';
import type { Figure } from './figures.model';
import { lieOf, placementOf } from './lie';
import type { Placement } from './objects/drawing.model';
import { type Framing, type Hung, idle, type ViewportState } from './pane.model';
import { Presentation } from './presentation';
import { fellBack } from './recovery';
import { Store } from './store';
import { isPreview, isWhole } from './stream/image';
import { stream } from './stream/stream';
import { type Frame, isColour, opensAt, type Series } from './study.model';
import { Surface } from './surface';
import { giveThumbnail } from './thumbnails';
import type { PaneLook, Pointing } from './together';
import { valueOn } from './tools/reading';
import { valueAt } from './tools/region-tools';
import type { Place, Vec } from './vector.model';

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
  readonly #told = new Store<ViewportState>(idle);
  #series: Series | undefined;
  #ids: string[] = [];
  #wanted: PaneLook | undefined; // of a leader, until its picture is on show
  #hung: Hung = {};
  #loose = false;
  #opening = 0; // stacks that are being set; a turn waits until there is one
  readonly #surface: Surface<Types.IStackViewport>;
  readonly #viewport: Types.IStackViewport;
  readonly #cine: Cine;
  #rate: number | undefined; // of the cine, once a person chose
  /** Its window, size, place and turn. */
  readonly presentation: Presentation;

  constructor(
    private readonly home: PaneHome,
    id: string,
    readonly element: HTMLDivElement,
  ) {
    const surface = new Surface<Types.IStackViewport>(home.engine, home.group, element, {
      viewportId: id,
      type: CoreEnums.ViewportType.STACK,
    });
    this.#surface = surface;
    this.#viewport = surface.viewport;
    this.presentation = new Presentation(this.#viewport, element, () => this.#refresh());
    this.#cine = new Cine(
      () => this.state,
      (index) => this.#turn(index),
      (index) => stream.isHere(this.#series?.uid ?? '', index),
    );
    surface.on(drawn, () => this.#refresh());
    surface.on([CoreEnums.Events.IMAGE_RENDERED], () => {
      if (this.#series && !this.state.loading) stream.drew(this.#series.uid);
    });
    surface.on([CoreEnums.Events.STACK_NEW_IMAGE], () => this.#arrived());
    surface.onAny<{ imageId?: string; error?: unknown }>(CoreEnums.Events.IMAGE_LOAD_ERROR, ({ detail }) => {
      if (detail?.imageId === this.#ids[this.state.index]) this.#fail(detail.error);
    });
    surface.onAny(fellBack, () => void this.#drawAnew());
    surface.onSize(() => this.rehang());
    surface.onWheel(() => ({
      zoomBy: (factor) => this.presentation.zoomBy(factor),
      scroll: home.wheel() === 'zoom' ? undefined : (steps) => this.scroll(steps),
    }));
  }

  get state(): ViewportState {
    return this.#told.value;
  }

  get series(): Series | undefined {
    return this.#series;
  }

  get subscribe() {
    return this.#told.subscribe;
  }

  snapshot = (): ViewportState => this.state;

  async show(series: Series, hung: Hung = {}): Promise<void> {
    const { index } = hung;
    // The same series comes again when the rest of its study has loaded: it stays as it is turned.
    const there = this.#series?.uid === series.uid && this.#ids.length === series.frames.length;
    if (there && (index === undefined || this.state.index === index)) {
      this.#series = series;
      const other = JSON.stringify(hung) !== JSON.stringify(this.#hung);
      this.#hung = hung;
      if (other) this.rehang(); // its neighbours have come
      return;
    }
    this.#hung = hung;
    this.#loose = false;
    this.stop();
    const other = this.#series?.uid !== series.uid;
    if (other) this.#rate = undefined;
    this.#series = series;
    const at = index ?? opensAt(series);
    this.#ids = this.home.images(this, series, at);
    await this.#open(at, other);
    if (this.#series) this.rehang(); // whichever it is: the last to open finds all others open
  }

  /** Hangs the picture as it should lie in the pane as that is now, unless a person has moved it. */
  rehang(): void {
    const { mirror, side, field } = this.#hung;
    if (this.#loose || this.#opening > 0 || this.state.count === 0 || !(mirror || side || field)) return;
    this.presentation.hang(this.#hung);
  }

  /** A person takes the picture in hand. */
  loosen(): void {
    this.#loose = true;
  }

  /** Asks again for a picture that failed; the window stays. */
  async retry(): Promise<void> {
    const { range } = this.presentation;
    if (this.#series) stream.again(this.#series.uid);
    await this.#open(this.state.index);
    if (range && !this.state.failure) this.presentation.setRange(range);
  }

  /** Somebody else draws from now on: the same stack, as it lies, at the picture that is wanted by then. */
  async #drawAnew(): Promise<void> {
    const look = this.look();
    await Promise.resolve(); // until the change is made
    if (!this.#series) return;
    await this.retry();
    await this.#surface.seen(); // planes may have been on show
    await this.#surface.fit(); // what is told above the panes has made them smaller
    const at = this.#frame();
    if (look && at) this.present({ ...look, instance: at.instanceUid, frame: at.frame });
  }

  /** Opens the stack at a picture; another series than before begins as it lies. */
  async #open(at: number, other = false): Promise<void> {
    const series = this.#series;
    this.#told.set({ ...idle, loading: true, index: at, count: this.#ids.length });
    if (other) this.presentation.anew();
    this.#opening++;
    try {
      await this.#viewport.setStack(this.#ids, at);
    } catch (err) {
      if (this.#series?.uid === series?.uid && this.state.index === at) this.#fail(err);
      return;
    } finally {
      this.#opening--;
    }
    if (this.#series?.uid !== series?.uid || this.state.failure) return;
    if (this.state.index !== at) this.#turnTo(this.state.index); // somebody turned while it was opening
    this.#viewport.render();
    this.#refresh();
  }

  /** Turns by a number of pictures; ends at the first and the last. */
  scroll(by: number): void {
    this.goTo(this.state.index + by);
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
    const at = Math.max(0, Math.min(this.state.count - 1, index));
    if (at === this.state.index || this.state.count === 0) return false;
    this.#told.set({ ...this.state, index: at, loading: true, failure: undefined });
    if (this.#opening === 0) this.#turnTo(at);
    return true;
  }

  #turnTo(at: number): void {
    this.#viewport.setImageIdIndex(at).catch((err: unknown) => {
      if (this.state.index === at) this.#fail(err);
    });
  }

  get playing(): boolean {
    return this.#cine.playing;
  }

  /** Plays or stops a cine at a number of frames a second. */
  play(usual: number): void {
    if (this.playing) return void this.stop();
    this.#rate ??= usual;
    const steps = this.#series?.cineSteps;
    this.#cine.play(this.#rate, steps && { steps, speed: this.#rate / usual });
    this.#told.set({ ...this.state, rate: Math.round(this.#rate * 10) / 10 });
  }

  /** A step slower or faster than the device's own rate, or than it was made before. */
  speed(by: 1 | -1, usual: number): void {
    this.#rate = nextRate(this.#rate ?? usual, by);
    if (!this.playing) return;
    this.stop();
    this.play(usual);
  }

  stop(): void {
    this.#cine.stop();
    this.#told.set({ ...this.state, rate: undefined });
  }

  /** What is on show, for others to see the same; undefined while nothing is. */
  look(): PaneLook | undefined {
    const frame = this.#frame();
    if (!this.#series || !frame || this.state.count === 0) return undefined;
    const { center, width, zoom, invert } = this.state;
    return {
      series: this.#series.uid,
      instance: frame.instanceUid,
      frame: frame.frame,
      ...(center !== undefined && width !== undefined ? { window: { center, width } } : {}),
      zoom,
      ...this.presentation.turned(),
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
    if (!this.state.loading && this.#opening === 0) this.#arrange();
  }

  #arrange(): void {
    const look = this.#wanted;
    this.#wanted = undefined;
    if (look) this.presentation.take(look);
  }

  /** The place of the patient under a pixel of the element. */
  pointAt(x: number, y: number): Pointing | undefined {
    const frame = this.#frame();
    if (!this.#series || !frame || this.state.loading || this.state.count === 0) return undefined;
    const at = this.#viewport.canvasToWorld([x, y]).map((v) => Math.round(v * 10) / 10);
    return { series: this.#series.uid, instance: frame.instanceUid, frame: frame.frame, at };
  }

  /** The value of the picture under a pixel of the element. */
  valueAt(x: number, y: number): readonly Figure[] {
    const id = this.#viewport.getCurrentImageId();
    return id ? valueOn(id, valueAt(this.#viewport, [x, y]), this.#viewport.canvasToWorld([x, y])) : [];
  }

  /** The pixel of a place, if its picture is the one on show. */
  placeOf(p: Pointing): Place | undefined {
    const frame = this.#frame();
    const here = this.#series?.uid === p.series && frame?.instanceUid === p.instance && frame.frame === p.frame;
    return here ? this.canvasOf(p.at as Vec) : undefined;
  }

  /** How the pixels of the wanted picture lie on the element; undefined while nothing is on show. */
  placement(): Placement | undefined {
    const id = this.#ids[this.state.index];
    if (!id || this.state.loading || this.state.failure || this.state.count === 0) return undefined;
    return placementOf(this.#viewport, id);
  }

  get size(): { width: number; height: number } {
    return this.#surface.size;
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
  canvasOf(p: Vec): Place {
    return this.#surface.toCanvas(p);
  }

  /** How the picture lies; undefined while there is none. */
  framing(): Framing | undefined {
    if (this.state.count === 0 || this.state.loading) return undefined;
    return this.presentation.framing(this.state);
  }

  /** Lies as another picture does. */
  frame(like: Partial<Framing>): void {
    if (this.state.count > 0) this.presentation.frame(like);
  }

  destroy(): void {
    this.stop();
    this.#series = undefined;
    this.#surface.destroy();
    this.#told.close();
    this.home.gone(this);
  }

  /** The wanted picture is on show; a tool may have turned here, too. */
  #arrived(): void {
    const index = this.#viewport.getCurrentImageIdIndex();
    const turned = index !== this.state.index;
    if (turned && this.#opening > 0) return; // the picture at which it opened; the one that is wanted follows
    const shown = this.#series?.frames[index];
    if (shown) this.presentation.arrived(shown.metadata, this.#opening > 0);
    // A small picture that comes late does not cure the whole one, of which it was said that it cannot be shown.
    const told = !turned && this.state.failure !== 'offline' && isPreview(this.#viewport.getCurrentImageId());
    const failure = told ? this.state.failure : undefined;
    this.#told.set({ ...this.state, ...this.#look(), index, loading: false, failure });
    const wanted = this.#wanted && this.#series?.frames[index];
    if (wanted && wanted.instanceUid === this.#wanted?.instance) this.#arrange();
    if (turned) this.home.turned(this);
  }

  #fail(err: unknown): void {
    this.#told.set({ ...this.state, loading: false, failure: failureOf(err) });
  }

  #refresh(): void {
    if (this.state.count === 0) return;
    const shown = this.#viewport.getCurrentImageId();
    const come = shown === this.#ids[this.state.index] && isWhole(shown);
    this.#told.set({ ...this.state, ...this.#look(), ...(come ? { failure: undefined } : {}) });
    if (this.#series && !this.state.loading && !this.state.failure && !this.state.preview) {
      giveThumbnail(this.#series, this.state.index, this.#viewport.getCanvas());
    }
  }

  /** The picture that is wanted. */
  #frame(): Frame | undefined {
    return this.#series?.frames[this.state.index];
  }

  #look(): Partial<ViewportState> {
    const d = this.#series?.frames[this.#viewport.getCurrentImageIdIndex()]?.metadata;
    return {
      ...this.presentation.state(this.#series === undefined || isColour(this.#series)),
      preview: isPreview(this.#viewport.getCurrentImageId()),
      ...(d ? lieOf(this.#viewport, d) : {}),
    };
  }
}

const drawn = [CoreEnums.Events.VOI_MODIFIED, CoreEnums.Events.CAMERA_MODIFIED, CoreEnums.Events.IMAGE_RENDERED];
