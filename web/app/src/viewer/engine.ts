/**
 * The viewer as a plain library over Cornerstone3D: it owns the rendering engine, the viewports and the tools; React
 * subscribes to its snapshots and gives it elements to draw in. Beside it, tools.ts, pane.ts, pictures.ts and prefetch.ts touch Cornerstone.
 */
import { cache, eventTarget as coreEventTarget, init as initCore, RenderingEngine } from '@cornerstonejs/core';
import loader from '@cornerstonejs/dicom-image-loader';
import {
  addTool,
  annotation,
  init as initTools,
  Enums as ToolEnums,
  ToolGroupManager,
  type Types as ToolTypes,
} from '@cornerstonejs/tools';
import { frameUrl } from './dicomweb';
import { type Figure, figuresOf, type Stats } from './figures.model';
import { type Anchor, linkedIndex } from './link.model';
import { type AnnotationLike, type Measurement, toAnnotation, toMeasurement } from './measurements.model';
import { Pane, type PaneHome } from './pane';
import { Pictures } from './pictures';
import { Prefetch } from './prefetch';
import { type Frame, outward, type Series } from './study.model';
import { addTools, allTools, bindTools, styleMarks, type ToolName, tools, type Words } from './tools';

const contexts = 4; // WebGL contexts: one a pane at most; browsers give 16 to a page
const megabyte = 1024 * 1024;

const pictures = new Pictures();
let started: Promise<RenderingEngine> | undefined;

/**
 * Starts Cornerstone and its one engine for the life of the page. Engines are not made and destroyed with viewers: a destroyed
 * one keeps its WebGL contexts, and after a few studies the browser would take those of the pictures on show.
 */
export function start(): Promise<RenderingEngine> {
  started ??= (async () => {
    initCore({ rendering: { webGlContextCount: contexts } } as Parameters<typeof initCore>[0]);
    loader.init({ maxWebWorkers: Math.max(1, Math.min(4, (navigator.hardwareConcurrency || 2) - 1)) });
    initTools();
    for (const tool of allTools) addTool(tool);
    styleMarks();
    cache.setMaxCacheSize(cacheSize() * megabyte);
    return new RenderingEngine('yilian');
  })();
  return started;
}

/** An eighth of the machine's memory, 1 GB at most: a study of 2,000 slices must not take a small desktop down. In MB. */
function cacheSize(): number {
  const gigabytes = 'deviceMemory' in navigator ? Number(navigator.deviceMemory) : 4;
  return Math.max(192, Math.min(1024, gigabytes * 128));
}

export function imageId(study: string, series: string, frame: Pick<Frame, 'instanceUid' | 'frame'>): string {
  return `wadors:${window.location.origin}${frameUrl(study, series, frame)}`;
}

/** The person, or the line, asks to be sparing. */
function thinLine(): boolean {
  if (!('connection' in navigator)) return false;
  const { saveData, effectiveType } = navigator.connection as { saveData?: boolean; effectiveType?: string };
  return saveData === true || /2g|3g/.test(effectiveType ?? '');
}

let nextId = 1;

/** A set of viewports that share their tools: one reading page, or the picture side of one call. */
export class Viewer {
  readonly #id = `viewer-${nextId++}`;
  readonly #panes = new Map<string, Pane>();
  readonly #listeners = new Set<() => void>();
  readonly #prefetch = new Prefetch();
  readonly #registered = new Set<string>();
  /** The figures of measurements whose picture is not on show; Cornerstone computes only what it draws. */
  readonly #figures = new Map<string, readonly Figure[]>();
  readonly #home: PaneHome;
  #anchors: ReadonlyMap<Pane, number> | undefined;
  #tool: ToolName = 'window';
  #words: Words = { lines: () => [], ask: async () => '' };
  readonly #onAnnotation = () => this.#changed();

  constructor(readonly engine: RenderingEngine) {
    const group = ToolGroupManager.createToolGroup(this.#id);
    if (!group) throw new Error('tool group exists');
    addTools(group, () => this.#words);
    bindTools(group, this.#tool);
    for (const e of annotationEvents) coreEventTarget.addEventListener(e, this.#onAnnotation);
    this.#home = {
      engine,
      group: this.#id,
      images: (pane, series, at) => {
        const ids = this.#register(series);
        if (this.#anchors) this.#anchors = new Map([...this.#standing(), [pane, at]]);
        this.#prefetch.first(outward(ids, at));
        return ids;
      },
      turned: (pane) => this.#follow(pane),
      gone: (pane) => {
        for (const [key, p] of this.#panes) if (p === pane) this.#panes.delete(key);
      },
    };
  }

  /** The name of the tool group, which viewports of other kinds join. */
  get group(): string {
    return this.#id;
  }

  get tool(): ToolName {
    return this.#tool;
  }

  get linked(): boolean {
    return this.#anchors !== undefined;
  }

  /** The words of the page: how figures read, and how the text of an arrow is asked for. */
  speak(words: Words): void {
    this.#words = words;
  }

  /** Calls back after any measurement was made, changed or removed, and after the tool or the link changed. */
  subscribe = (fn: () => void): (() => void) => {
    this.#listeners.add(fn);
    return () => this.#listeners.delete(fn);
  };

  selectTool(name: ToolName): void {
    const group = ToolGroupManager.getToolGroup(this.#id);
    if (!group) return;
    group.setToolPassive(tools[this.#tool]);
    this.#tool = name;
    bindTools(group, name);
    this.#changed();
  }

  pane(key: string, element: HTMLDivElement): Pane {
    const pane = new Pane(this.#home, `${this.#id}-${key}`, element);
    this.#panes.set(key, pane);
    return pane;
  }

  /** The addresses of a series' pictures, in their order, for whoever loads them by itself. */
  images(series: Series): string[] {
    return this.#register(series);
  }

  /** Panes turn together from where they stand now, or each by itself again. */
  link(on: boolean): void {
    this.#anchors = on ? this.#standing() : undefined;
    this.#changed();
  }

  /** Fetches whole series when nothing nearer is wanted. */
  ahead(series: readonly Series[]): void {
    if (thinLine()) return;
    for (const s of series) if (s.kind === 'stack') this.#prefetch.last(this.#register(s));
  }

  resize(): void {
    this.engine.resize(true, true);
  }

  /** The measurements of one study, as they are now. */
  measurements(study: string): Measurement[] {
    return this.#annotations()
      .filter((a) => a.metadata?.referencedImageId?.includes(`/studies/${study}/`))
      .map((a) => toMeasurement(a as AnnotationLike, this.#figuresOf(a)))
      .filter((m) => m !== undefined);
  }

  /** Puts kept measurements back on the images of a study. */
  restore(study: string, kept: readonly Measurement[]): void {
    const there = new Set(this.measurements(study).map((m) => m.id));
    for (const m of kept) {
      if (there.has(m.id)) continue;
      this.#figures.set(m.id, m.figures ?? []);
      const a = toAnnotation(m, imageId(study, m.series, { instanceUid: m.instance, frame: m.frame }));
      annotation.state.addAnnotation(a as unknown as ToolTypes.Annotation, m.frameOfReference ?? '');
    }
    this.#render();
    this.#changed();
  }

  /** Takes over another's measurements: what they changed is changed, what they removed goes, this side's own stay. */
  adopt(study: string, theirs: readonly Measurement[], before: ReadonlySet<string>): void {
    const have = new Map(this.measurements(study).map((m) => [m.id, m]));
    const places = (m: Measurement | undefined) => JSON.stringify([m?.points, m?.label]);
    const gone = [...before].filter((id) => !theirs.some((m) => m.id === id));
    const moved = theirs.filter((m) => have.has(m.id) && places(have.get(m.id)) !== places(m));
    for (const id of [...gone, ...moved.map((m) => m.id)]) annotation.state.removeAnnotation(id);
    this.restore(study, theirs);
  }

  remove(id: string): void {
    annotation.state.removeAnnotation(id);
    this.#render();
    this.#changed();
  }

  /** Removes what is selected, or else the newest measurement of the study. */
  removeLast(study: string): void {
    const selected = annotation.selection.getAnnotationsSelected()[0];
    const id = selected ?? this.measurements(study).at(-1)?.id;
    if (id) this.remove(id);
  }

  /** Gives everything back: panes, measurements, and the memory of the pictures. */
  destroy(): void {
    this.#prefetch.stop();
    for (const e of annotationEvents) coreEventTarget.removeEventListener(e, this.#onAnnotation);
    for (const pane of [...this.#panes.values()]) pane.destroy();
    for (const a of this.#annotations()) {
      if (a.annotationUID && this.#registered.has(a.metadata?.referencedImageId ?? ''))
        annotation.state.removeAnnotation(a.annotationUID);
    }
    for (const id of this.#registered) pictures.release(id);
    ToolGroupManager.destroyToolGroup(this.#id);
    this.#listeners.clear();
  }

  /** Image identifiers of a series, with the metadata registered that Cornerstone asks for. */
  #register(series: Series): string[] {
    return series.frames.map((f) => {
      const id = imageId(series.study, series.uid, f);
      if (!this.#registered.has(id)) {
        this.#registered.add(id);
        pictures.hold(id, f.metadata);
      }
      return id;
    });
  }

  #standing(): Map<Pane, number> {
    return new Map([...this.#panes.values()].map((p) => [p, p.state.index]));
  }

  #follow(turned: Pane): void {
    const from = this.#anchors?.get(turned);
    if (from === undefined || !turned.series) return;
    for (const pane of this.#panes.values()) {
      if (pane === turned || !pane.series) continue;
      const anchor: Anchor = { from, to: this.#anchors?.get(pane) ?? pane.state.index };
      pane.follow(linkedIndex(turned.series, pane.series, turned.state.index, anchor));
    }
  }

  #annotations(): ToolTypes.Annotation[] {
    return annotation.state.getAllAnnotations();
  }

  #figuresOf(a: ToolTypes.Annotation): readonly Figure[] {
    const id = a.annotationUID ?? '';
    const stats = Object.values((a.data?.cachedStats ?? {}) as Record<string, Stats>);
    const now = figuresOf(stats[0]);
    if (now.length > 0) this.#figures.set(id, now);
    return this.#figures.get(id) ?? [];
  }

  #render(): void {
    for (const pane of this.#panes.keys()) this.engine.renderViewport(`${this.#id}-${pane}`);
  }

  #changed(): void {
    for (const fn of this.#listeners) fn();
  }
}

const annotationEvents = [
  ToolEnums.Events.ANNOTATION_COMPLETED,
  ToolEnums.Events.ANNOTATION_MODIFIED,
  ToolEnums.Events.ANNOTATION_REMOVED,
];
