/** Three planes through one volume, kept together: where they cross, how thick they are, how they are windowed. */
import type { RenderingEngine } from '@cornerstonejs/core';
import type { Able } from '../able/able.model';
import type { Series } from '../study.model';
import type { ToolName } from '../tools';
import type { Place, Vec } from '../vector.model';
import { InMemory, onCard } from './holders';
import { type PlaneDrawer, PlanePane, rangeOf, windowOf } from './plane-pane';
import { type PlaneView, viewOf } from './plane-view';
import {
  advance,
  angleOf,
  type Crossing,
  crossingAt,
  crossingOn,
  isOblique,
  moveTo,
  nextThickness,
  type Plane,
  type PlaneName,
  roll,
  type Slab,
  strideAlong,
  thin,
  turn,
} from './planes.model';
import { ProcessorPlane } from './processor-plane';
import { type SourceState, VolumeSource } from './source';
import { middle, type VolumeShape, voxelAt, within } from './volume.model';

export interface ReconstructionState {
  readonly source: SourceState;
  readonly slab: Slab;
  readonly window?: { readonly center: number; readonly width: number };
  readonly invert: boolean;
  readonly oblique: boolean;
  readonly at: Vec;
  /** The crossing in steps of voxels. */
  readonly voxel: Vec;
  readonly views: Readonly<Partial<Record<PlaneName, PlaneView>>>;
}

interface Home {
  readonly engine: RenderingEngine;
  readonly group: string;
  /** What a button of the mouse does. */
  handOf: (button: number) => ToolName;
}

export class Reconstruction {
  readonly source: VolumeSource;
  #crossing: Crossing;
  #slab: Slab = thin;
  #invert = false;
  #range: { lower: number; upper: number } | undefined;
  #shown: string | undefined;
  #fresh = 0;
  #state: ReconstructionState;
  #frame: number | undefined;
  #over = false;
  readonly #panes = new Map<PlaneName, PlaneDrawer>();
  readonly #listeners = new Set<() => void>();

  constructor(
    private readonly home: Home,
    series: Series,
    readonly shape: VolumeShape,
    ids: readonly string[],
    window: { center: number; width: number } | undefined,
    /** Who draws it, for as long as it is open. */
    readonly draw: Able['draw'],
  ) {
    this.source = new VolumeSource(series, shape, ids, draw === 'gpu' ? onCard : new InMemory());
    this.#crossing = crossingAt(middle(shape));
    if (window) this.#range = rangeOf(window.center, window.width);
    this.#state = this.#look();
    this.source.subscribe(() => void this.#fill());
    void this.source.load();
  }

  get state(): ReconstructionState {
    return this.#state;
  }

  subscribe = (fn: () => void): (() => void) => {
    this.#listeners.add(fn);
    return () => this.#listeners.delete(fn);
  };

  snapshot = (): ReconstructionState => this.#state;

  /** Draws one plane into an element; answers its end. */
  attach(name: PlaneName, element: HTMLDivElement): () => void {
    const pane = this.#drawer(name, element);
    this.#panes.set(name, pane);
    if (this.source.volumeId) void this.#put(pane, this.source.volumeId);
    return () => {
      this.#panes.delete(name);
      pane.destroy();
    };
  }

  #drawer(name: PlaneName, element: HTMLDivElement): PlaneDrawer {
    const { engine, group, handOf } = this.home;
    const told = {
      drawn: () => this.#later(),
      scrolled: (n: PlaneName, steps: number) => this.scroll(n, steps),
      pushed: (n: PlaneName, mm: number) => this.#go(advance(this.#crossing, n, mm)),
      windowed: (n: PlaneName, range: { lower: number; upper: number }) => this.#spread(n, range),
    };
    if (this.draw === 'gpu') return new PlanePane({ engine, group, ...told }, name, element);
    return new ProcessorPlane({ voxels: () => this.source.voxels, handOf, ...told }, name, element);
  }

  scroll(name: PlaneName, steps: number): void {
    const { shape } = this;
    const stride = strideAlong(
      this.#crossing.planes[name].normal,
      [shape.row, shape.column, shape.normal],
      shape.spacing,
    );
    const next = advance(this.#crossing, name, steps * stride);
    this.#go({ ...next, at: within(shape, next.at) });
  }

  /** Moves the crossing to a place of one plane's picture. */
  moveTo(name: PlaneName, p: Place): void {
    const place = this.#panes.get(name)?.toWorld(p);
    if (!place) return;
    const next = moveTo(this.#crossing, name, place);
    this.#go({ ...next, at: within(this.shape, next.at) });
  }

  /** Moves the crossing to a place of the patient. */
  goTo(place: Vec): void {
    this.#go({ ...this.#crossing, at: within(this.shape, place) });
  }

  /** Shows a plane through a place, turned there if none is; answers which of the three it is. */
  lookOn(plane: Plane, place: Vec): PlaneName {
    const { crossing, plane: name } = crossingOn(this.#crossing, plane, within(this.shape, place));
    this.#go(crossing);
    return name;
  }

  /** A handle was dragged from one place to another. */
  turnBy(name: PlaneName, from: Place, to: Place): void {
    const view = this.#state.views[name];
    if (view) this.#go(turn(this.#crossing, name, angleOf(view.centre, from, to)));
  }

  rotate(name: PlaneName): void {
    this.#go(roll(this.#crossing, name, -Math.PI / 2));
  }

  /** Changes the thickness or how it blends; what a page shows of the rest may be older than the change before. */
  setSlab(change: Partial<Slab>): void {
    this.#slab = { ...this.#slab, ...change };
    for (const p of this.#panes.values()) p.setSlab(this.#slab);
    this.#later();
  }

  nextSlab(): void {
    this.setSlab({ mm: nextThickness(this.#slab.mm) });
  }

  setWindow(center: number, width: number): void {
    this.#range = rangeOf(center, width);
    for (const p of this.#panes.values()) p.setRange(this.#range);
    this.#later();
  }

  invert(): void {
    this.#invert = !this.#invert;
    for (const p of this.#panes.values()) p.invert(this.#invert);
    this.#later();
  }

  zoomBy(name: PlaneName, factor: number): void {
    this.#panes.get(name)?.zoomBy(factor);
  }

  /** Upright, in the middle, thin; the window stays. */
  reset(): void {
    if (this.#invert) this.invert();
    this.setSlab({ mm: 0 });
    this.#crossing = crossingAt(middle(this.shape));
    for (const p of this.#panes.values()) p.fit();
    this.#go(this.#crossing);
  }

  destroy(): void {
    this.#over = true;
    if (this.#frame !== undefined) cancelAnimationFrame(this.#frame);
    for (const p of this.#panes.values()) p.destroy();
    this.#panes.clear();
    this.#listeners.clear();
    this.source.free();
  }

  async #fill(): Promise<void> {
    const id = this.source.volumeId;
    if (id && id !== this.#shown) {
      this.#shown = id;
      await Promise.all([...this.#panes.values()].map((p) => this.#put(p, id)));
    } else if (this.source.state.fresh !== this.#fresh) {
      for (const p of this.#panes.values()) p.render();
    }
    this.#fresh = this.source.state.fresh;
    this.#later();
  }

  async #put(pane: PlaneDrawer, id: string): Promise<void> {
    await pane.show(id, this.#slab);
    if (this.#over || !this.#panes.has(pane.name)) return;
    if (this.#range) pane.setRange(this.#range);
    else this.#range = pane.range();
    if (this.#invert) pane.invert(true);
    pane.place(this.#crossing.planes[pane.name], this.#crossing.at);
    this.#later();
  }

  #go(next: Crossing): void {
    this.#crossing = next;
    for (const [name, pane] of this.#panes) pane.place(next.planes[name], next.at);
    this.#later();
  }

  #spread(from: PlaneName, range: { lower: number; upper: number }): void {
    if (this.#range?.lower === range.lower && this.#range.upper === range.upper) return;
    this.#range = range;
    for (const [name, pane] of this.#panes) if (name !== from) pane.setRange(range);
    this.#later();
  }

  /** One look a frame, however much happens in it. */
  #later(): void {
    if (this.#frame !== undefined || this.#over) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = undefined;
      this.#state = this.#look();
      for (const fn of this.#listeners) fn();
    });
  }

  #look(): ReconstructionState {
    const views: Partial<Record<PlaneName, PlaneView>> = {};
    for (const [name, pane] of this.#panes) if (pane.filled) views[name] = viewOf(pane, this.#crossing);
    return {
      source: this.source.state,
      slab: this.#slab,
      window: this.#range && windowOf(this.#range),
      invert: this.#invert,
      oblique: isOblique(this.#crossing),
      at: this.#crossing.at,
      voxel: voxelAt(this.shape, this.#crossing.at),
      views,
    };
  }
}
