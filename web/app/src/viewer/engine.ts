/**
 * The only module that touches Cornerstone3D. A plain library: it owns the rendering engine, the viewports and the tools; React
 * subscribes to its snapshots and gives it elements to draw in.
 */
import {
  Enums as CoreEnums,
  cache,
  eventTarget as coreEventTarget,
  imageLoader,
  init as initCore,
  metaData,
  RenderingEngine,
  type Types,
} from '@cornerstonejs/core';
import loader from '@cornerstonejs/dicom-image-loader';
import {
  AngleTool,
  ArrowAnnotateTool,
  addTool,
  annotation,
  CobbAngleTool,
  EllipticalROITool,
  init as initTools,
  LengthTool,
  MagnifyTool,
  PanTool,
  ProbeTool,
  RectangleROITool,
  StackScrollTool,
  Enums as ToolEnums,
  ToolGroupManager,
  type Types as ToolTypes,
  WindowLevelTool,
  ZoomTool,
} from '@cornerstonejs/tools';
import { frameUrl } from './dicomweb';
import { type AnnotationLike, type Measurement, toAnnotation, toMeasurement } from './measurements.model';
import type { Frame, Series } from './study.model';

const annotationTools = [
  LengthTool,
  AngleTool,
  CobbAngleTool,
  EllipticalROITool,
  RectangleROITool,
  ProbeTool,
  ArrowAnnotateTool,
];
const handTools = [WindowLevelTool, PanTool, ZoomTool, StackScrollTool, MagnifyTool];

/** What the primary button does. */
export const tools = {
  window: WindowLevelTool.toolName,
  pan: PanTool.toolName,
  zoom: ZoomTool.toolName,
  scroll: StackScrollTool.toolName,
  magnify: MagnifyTool.toolName,
  length: LengthTool.toolName,
  angle: AngleTool.toolName,
  cobb: CobbAngleTool.toolName,
  ellipse: EllipticalROITool.toolName,
  rectangle: RectangleROITool.toolName,
  probe: ProbeTool.toolName,
  arrow: ArrowAnnotateTool.toolName,
} as const;

export type ToolName = keyof typeof tools;

let started: Promise<void> | undefined;

/** Starts Cornerstone once for the page. */
export function start(): Promise<void> {
  started ??= (async () => {
    initCore();
    loader.init({ maxWebWorkers: Math.max(1, Math.min(4, (navigator.hardwareConcurrency || 2) - 1)) });
    initTools();
    for (const tool of [...annotationTools, ...handTools]) addTool(tool);
    // A 2,000-slice study must not take an 8 GB machine down.
    cache.setMaxCacheSize(1024 * 1024 * 1024);
  })();
  return started;
}

export function imageId(study: string, series: string, frame: Frame): string {
  return `wadors:${window.location.origin}${frameUrl(study, series, frame)}`;
}

/** Image identifiers of a series, with the metadata registered that Cornerstone asks for. */
export function registerSeries(study: string, series: Series): string[] {
  return series.frames.map((f) => {
    const id = imageId(study, series.uid, f);
    // The loader's type asks for its own shape of the same DICOM JSON.
    loader.wadors.metaDataManager.add(id, f.metadata as never);
    return id;
  });
}

/** What a page shows around one viewport. */
export interface ViewportState {
  readonly index: number;
  readonly count: number;
  readonly center?: number;
  readonly width?: number;
  readonly zoom: number;
  readonly invert: boolean;
  readonly loading: boolean;
  readonly failed?: string;
}

const idle: ViewportState = { index: 0, count: 0, zoom: 1, invert: false, loading: false };

let nextId = 1;

/** A set of viewports that share their tools: one reading page, or the picture side of one call. */
export class Viewer {
  readonly #id = `viewer-${nextId++}`;
  readonly #engine: RenderingEngine;
  readonly #panes = new Map<string, Pane>();
  readonly #listeners = new Set<() => void>();
  #tool: ToolName = 'window';
  readonly #onAnnotation = () => this.#changed();

  constructor() {
    this.#engine = new RenderingEngine(this.#id);
    const group = ToolGroupManager.createToolGroup(this.#id);
    if (!group) throw new Error('tool group exists');
    for (const tool of [...annotationTools, ...handTools]) group.addTool(tool.toolName);
    this.#bind(group);
    for (const e of annotationEvents) eventTarget().addEventListener(e, this.#onAnnotation);
  }

  get tool(): ToolName {
    return this.#tool;
  }

  /** Calls back after any measurement was made, changed or removed. */
  subscribe = (fn: () => void): (() => void) => {
    this.#listeners.add(fn);
    return () => this.#listeners.delete(fn);
  };

  selectTool(name: ToolName): void {
    const group = ToolGroupManager.getToolGroup(this.#id);
    if (!group) return;
    group.setToolPassive(tools[this.#tool]);
    this.#tool = name;
    this.#bind(group);
    this.#changed();
  }

  /** Right drag windows, middle drag pans, wheel scrolls, whatever the left button does: as on desktop workstations. */
  #bind(group: ToolTypes.IToolGroup): void {
    const { Primary, Secondary, Auxiliary, Wheel } = ToolEnums.MouseBindings;
    const bindings = new Map<string, ToolTypes.IToolBinding[]>([
      [tools.window, [{ mouseButton: Secondary }]],
      [tools.pan, [{ mouseButton: Auxiliary }]],
      [tools.scroll, [{ mouseButton: Wheel }]],
      [tools.zoom, [{ numTouchPoints: 2 }]],
    ]);
    const primary = bindings.get(tools[this.#tool]) ?? [];
    bindings.set(tools[this.#tool], [{ mouseButton: Primary }, ...primary]);
    for (const tool of annotationTools) group.setToolPassive(tool.toolName);
    for (const tool of handTools) if (!bindings.has(tool.toolName)) group.setToolDisabled(tool.toolName);
    for (const [tool, b] of bindings) group.setToolActive(tool, { bindings: b });
  }

  pane(key: string, element: HTMLDivElement): Pane {
    const pane = new Pane(this.#engine, this.#id, `${this.#id}-${key}`, element, () => this.#panes.delete(key));
    this.#panes.set(key, pane);
    return pane;
  }

  resize(): void {
    this.#engine.resize(true, true);
  }

  /** The measurements of one study that are on its images now. */
  measurements(study: string): Measurement[] {
    return annotation.state
      .getAllAnnotations()
      .filter((a) => a.metadata?.referencedImageId?.includes(`/studies/${study}/`))
      .map((a) => toMeasurement(a as AnnotationLike))
      .filter((m) => m !== undefined);
  }

  /** Puts kept measurements back on the images of a study. */
  restore(study: string, kept: readonly Measurement[]): void {
    const there = new Set(this.measurements(study).map((m) => m.id));
    for (const m of kept) {
      if (there.has(m.id)) continue;
      const a = toAnnotation(m, (x) =>
        imageId(study, x.series, { instanceUid: x.instance, frame: x.frame, metadata: {} }),
      );
      annotation.state.addAnnotation(a as unknown as ToolTypes.Annotation, m.frameOfReference ?? '');
    }
    this.#engine.render();
  }

  remove(id: string): void {
    annotation.state.removeAnnotation(id);
    this.#engine.render();
    this.#changed();
  }

  /** Removes what is selected, or else the newest measurement of the study. */
  removeLast(study: string): void {
    const selected = annotation.selection.getAnnotationsSelected()[0];
    const id = selected ?? this.measurements(study).at(-1)?.id;
    if (id) this.remove(id);
  }

  destroy(): void {
    for (const e of annotationEvents) eventTarget().removeEventListener(e, this.#onAnnotation);
    for (const pane of [...this.#panes.values()]) pane.destroy();
    annotation.state.removeAllAnnotations();
    ToolGroupManager.destroyToolGroup(this.#id);
    this.#engine.destroy();
    this.#listeners.clear();
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

/** One viewport with a stack in it. */
export class Pane {
  #state: ViewportState = idle;
  #cine: ReturnType<typeof setInterval> | undefined;
  #series: Series | undefined;
  readonly #listeners = new Set<() => void>();
  readonly #viewport: Types.IStackViewport;

  constructor(
    private readonly engine: RenderingEngine,
    private readonly group: string,
    private readonly id: string,
    private readonly element: HTMLDivElement,
    private readonly onDestroy: () => void,
  ) {
    engine.enableElement({ viewportId: id, type: CoreEnums.ViewportType.STACK, element });
    ToolGroupManager.getToolGroup(group)?.addViewport(id, engine.id);
    this.#viewport = engine.getViewport(id) as Types.IStackViewport;
    for (const e of viewportEvents) element.addEventListener(e, this.#refresh);
    element.addEventListener('contextmenu', noMenu); // the right button windows
  }

  get state(): ViewportState {
    return this.#state;
  }

  subscribe = (fn: () => void): (() => void) => {
    this.#listeners.add(fn);
    return () => this.#listeners.delete(fn);
  };

  snapshot = (): ViewportState => this.#state;

  async show(study: string, series: Series, index?: number): Promise<void> {
    this.stop();
    this.#series = series;
    const ids = registerSeries(study, series);
    // A stack opens in its middle, where the body is; a cine at its start.
    const at = index ?? (series.cineRate > 0 ? 0 : Math.floor(ids.length / 2));
    this.#set({ ...idle, loading: true, index: at, count: ids.length });
    try {
      await this.#viewport.setStack(ids, at);
      if (this.#series !== series) return;
      this.#viewport.render();
      this.#set({ ...this.#read(), loading: false, failed: undefined });
      void this.#prefetch(ids, at, series);
    } catch (err) {
      if (this.#series === series)
        this.#set({ ...this.#state, loading: false, failed: String((err as Error)?.message ?? err) });
    }
  }

  /** Fetches the rest of the stack outward from where the reader looks, two at a time, until another series is shown. */
  async #prefetch(ids: string[], from: number, series: Series): Promise<void> {
    const order = ids.map((id, i) => ({ id, d: Math.abs(i - from) })).sort((a, b) => a.d - b.d);
    const next = async () => {
      for (let job = order.shift(); job && this.#series === series; job = order.shift()) {
        await imageLoader.loadAndCacheImage(job.id).catch(() => undefined);
      }
    };
    await Promise.all([next(), next()]);
  }

  setWindow(center: number, width: number): void {
    this.#viewport.setProperties({ voiRange: { lower: center - width / 2, upper: center + width / 2 } });
    this.#viewport.render();
    this.#refresh();
  }

  invert(): void {
    this.#viewport.setProperties({ invert: !this.#state.invert });
    this.#viewport.render();
    this.#refresh();
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

  reset(): void {
    this.#viewport.resetProperties();
    this.#viewport.resetCamera();
    this.#viewport.setViewPresentation({ rotation: 0 });
    this.#viewport.render();
    this.#refresh();
  }

  scroll(delta: number): void {
    this.#viewport.scroll(delta);
  }

  goTo(index: number): void {
    void this.#viewport.setImageIdIndex(Math.max(0, Math.min(this.#state.count - 1, index)));
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
    this.#cine = setInterval(() => {
      const { count } = this.#state;
      if (count > 1) void this.#viewport.setImageIdIndex((this.#viewport.getCurrentImageIdIndex() + 1) % count);
    }, 1000 / rate);
    this.#emit();
  }

  stop(): void {
    clearInterval(this.#cine);
    this.#cine = undefined;
    this.#emit();
  }

  destroy(): void {
    this.stop();
    this.#series = undefined;
    for (const e of viewportEvents) this.element.removeEventListener(e, this.#refresh);
    this.element.removeEventListener('contextmenu', noMenu);
    ToolGroupManager.getToolGroup(this.group)?.removeViewports(this.engine.id, this.id);
    this.engine.disableElement(this.id);
    this.#listeners.clear();
    this.onDestroy();
  }

  readonly #refresh = () => this.#set({ ...this.#read(), loading: this.#state.loading, failed: this.#state.failed });

  #read(): ViewportState {
    const { voiRange, invert } = this.#viewport.getProperties();
    return {
      index: this.#viewport.getCurrentImageIdIndex(),
      count: this.#viewport.getImageIds().length,
      center: voiRange && (voiRange.lower + voiRange.upper) / 2,
      width: voiRange && voiRange.upper - voiRange.lower,
      zoom: this.#viewport.getZoom(),
      invert: invert ?? false,
      loading: false,
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

const viewportEvents = [
  CoreEnums.Events.STACK_NEW_IMAGE,
  CoreEnums.Events.VOI_MODIFIED,
  CoreEnums.Events.CAMERA_MODIFIED,
  CoreEnums.Events.IMAGE_RENDERED,
];

function eventTarget(): EventTarget {
  return coreEventTarget as unknown as EventTarget;
}

/** The orientation letters at the edges of the image on show: left, right, top, bottom. */
export function orientationOf(id: string): { left: string; right: string; top: string; bottom: string } | undefined {
  const plane = metaData.get('imagePlaneModule', id) as { rowCosines?: number[]; columnCosines?: number[] } | undefined;
  if (!plane?.rowCosines || !plane.columnCosines) return undefined;
  return {
    right: letters(plane.rowCosines),
    left: letters(plane.rowCosines.map((v) => -v)),
    bottom: letters(plane.columnCosines),
    top: letters(plane.columnCosines.map((v) => -v)),
  };
}

/** PS3.3 C.7.6.1.1.1: L, P and H (F) for the positive directions, strongest component first. */
export function letters(v: readonly number[]): string {
  const [x = 0, y = 0, z = 0] = v;
  return [
    { size: Math.abs(x), letter: x > 0 ? 'L' : 'R' },
    { size: Math.abs(y), letter: y > 0 ? 'P' : 'A' },
    { size: Math.abs(z), letter: z > 0 ? 'H' : 'F' },
  ]
    .filter((c) => c.size > 0.25)
    .sort((a, b) => b.size - a.size)
    .slice(0, 2)
    .map((c) => c.letter)
    .join('');
}
