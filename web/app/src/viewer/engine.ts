/**
 * The viewer as a plain library over Cornerstone3D: a set of viewports that share their tools and their marks. React subscribes
 * to its snapshots and gives it elements to draw in. Beside it, pane.ts, surface.ts, tools.ts and stream touch Cornerstone.
 */
import { eventTarget as coreEventTarget, type RenderingEngine } from '@cornerstonejs/core';
import { annotation, Enums as ToolEnums, ToolGroupManager } from '@cornerstonejs/tools';
import { Holding, imageId, thinLine } from './holding';
import { Linked } from './linked';
import { isCaliper, isKey, keyImage, type Measurement } from './measurements.model';
import { Looks } from './objects/looks';
import { Pane, type PaneHome } from './pane';
import { defaultMouse, type Mouse } from './prefs.model';
import { stream } from './stream/stream';
import type { Frame, Series } from './study.model';
import { addTools, bindTools, type ToolName, type Words } from './tools';
import { Calibrations } from './tools/calibrations';
import { Marks } from './tools/marks';
import { anchor } from './tools/on-plane';
import { Steps } from './tools/steps';

let nextId = 1;

/** A set of viewports that share their tools: one reading page, or the picture side of one call. */
export class Viewer {
  readonly #id = `viewer-${nextId++}`;
  readonly #panes = new Map<string, Pane>();
  readonly #listeners = new Set<() => void>();
  readonly #holding = new Holding();
  readonly #linked = new Linked(() => this.#panes.values());
  readonly #marks = new Marks({
    addressOf: (study, m) => imageId(study, m.series, { instanceUid: m.instance, frame: m.frame }),
    nearest: (series, place) => this.#holding.nearest(series, place),
  });
  readonly #looks = new Looks();
  readonly #steps = new Steps(this.#marks, {
    pane: (key) => this.#panes.get(key),
    changed: () => this.#changed(),
  });
  readonly #calibrations: Calibrations;
  readonly #home: PaneHome;
  #tool: ToolName = 'window';
  #mouse: Mouse = defaultMouse;
  #words: Words = { lines: () => [], ask: async () => '', refuseCalibration: () => {} };
  readonly #onAnnotation = () => this.#changed();

  constructor(readonly engine: RenderingEngine) {
    const group = ToolGroupManager.createToolGroup(this.#id);
    if (!group) throw new Error('tool group exists');
    addTools(group, () => this.#words);
    bindTools(group, this.#tool);
    this.#calibrations = new Calibrations(
      () => (this.#panes.size > 0 ? this.#words : undefined),
      () => this.#redraw(),
    );
    coreEventTarget.addEventListener(ToolEnums.Events.ANNOTATION_ADDED, onAdded);
    for (const e of annotationEvents) coreEventTarget.addEventListener(e, this.#onAnnotation);
    this.#home = {
      engine,
      group: this.#id,
      images: (pane, series, at) => {
        this.#linked.opened(pane, at);
        return this.#holding.images(series);
      },
      wheel: () => this.#mouse.wheel,
      turned: (pane) => this.#linked.follow(pane),
      gone: (pane) => {
        for (const [key, p] of this.#panes) if (p === pane) this.#panes.delete(key);
        stream.leave(pane);
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
    return this.#linked.on;
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
    this.#tool = name;
    bindTools(group, name, this.#mouse);
    this.#changed();
  }

  /** What the other buttons and the wheel do. */
  setMouse(mouse: Mouse): void {
    if (JSON.stringify(mouse) === JSON.stringify(this.#mouse)) return; // binding draws every pane anew
    this.#mouse = mouse;
    const group = ToolGroupManager.getToolGroup(this.#id);
    if (group) bindTools(group, this.#tool, mouse);
  }

  /** What a button of the mouse does; for what is drawn without Cornerstone. */
  readonly handOf = (button: number): ToolName =>
    ([this.#tool, this.#mouse.middle, this.#mouse.right] as const)[button] ?? this.#tool;

  pane(key: string, element: HTMLDivElement): Pane {
    const pane = new Pane(this.#home, `${this.#id}-${key}`, element);
    this.#panes.set(key, pane);
    pane.subscribe(() => stream.look(pane, pane.series?.uid, pane.state.index));
    this.#steps.watch(key, pane, element);
    return pane;
  }

  /** The addresses of a series' pictures, in their order, for whoever loads them by itself. */
  images(series: Series): string[] {
    return this.#holding.images(series);
  }

  /** Panes turn together from where they stand now, or each by itself again. */
  link(on: boolean): void {
    this.#linked.link(on);
    this.#changed();
  }

  /** Fetches whole series when nothing nearer is wanted. */
  ahead(series: readonly Series[]): void {
    if (thinLine()) return;
    for (const s of series) if (s.kind === 'stack') this.#holding.images(s);
  }

  /** The measurements and key images of one study, as they are now. */
  measurements(study: string): Measurement[] {
    return this.#looks.with(this.#marks.of(study), this.#panes.values());
  }

  /** Puts kept measurements back on the images of a study. */
  restore(study: string, kept: readonly Measurement[]): void {
    this.#looks.restore(kept);
    this.#marks.restore(study, kept);
    this.#redraw();
  }

  /** Takes over another's measurements: what they changed is changed, what they removed goes, this side's own stay. */
  adopt(study: string, theirs: readonly Measurement[], before: ReadonlySet<string>): void {
    this.#marks.adopt(study, theirs, before);
    this.#redraw();
  }

  /** Removes measurements and key images; it can be taken back. */
  remove(ids: readonly string[]): void {
    this.#marks.remove(ids);
    this.#redraw();
  }

  /** Removes what is in hand, or else the newest measurement of the study; on a paper, the newest caliper of its series. */
  removeLast(study: string, paper?: string): void {
    const { chosen } = this.#marks;
    const selected = chosen ? [chosen] : annotation.selection.getAnnotationsSelected();
    const isShown = (m: Measurement) => (paper ? isCaliper(m) && m.series === paper : !isCaliper(m) && !isKey(m));
    const newest = this.measurements(study).findLast(isShown)?.id;
    this.remove(selected.length > 0 ? selected : newest ? [newest] : []);
  }

  /** Marks the picture on show in a pane as a key image, or takes the mark away. */
  toggleKey(pane: Pane): void {
    const frame = pane.series?.frames[pane.state.index];
    if (!pane.series || !frame) return;
    const at = { series: pane.series.uid, instance: frame.instanceUid, frame: frame.frame };
    const mark = keyImage(at);
    if (this.measurements(pane.series.study).some((m) => m.id === mark.id)) this.remove([mark.id]);
    else this.#setKey(pane.series.study, mark);
  }

  keyImages(study: string): Measurement[] {
    return this.#marks.besideOf(study).filter(isKey);
  }

  /** Writes a note to a key image. */
  noteKey(study: string, key: Measurement, note: string): void {
    this.#setKey(study, keyImage({ series: key.series, instance: key.instance, frame: key.frame }, note));
  }

  #setKey(study: string, mark: Measurement): void {
    this.#marks.put(study, mark);
    this.#redraw();
  }

  /** Calipers on the ECGs of a study. */
  calipers(study: string): Measurement[] {
    return this.#marks.besideOf(study).filter(isCaliper);
  }

  /** Draws a caliper, or draws it anew. */
  putCaliper(study: string, caliper: Measurement): void {
    this.#marks.put(study, caliper);
    this.#changed();
  }

  /** The caliper or key image in hand. */
  get chosen(): string | undefined {
    return this.#marks.chosen;
  }

  choose(mark: string | undefined): void {
    this.#marks.chosen = mark;
    if (mark !== undefined) annotation.selection.deselectAnnotation();
    this.#changed();
  }

  get marksHidden(): boolean {
    return this.#marks.hidden;
  }

  hideMarks(on: boolean): void {
    this.#marks.hide(on);
    this.#redraw();
  }

  /** Whether a picture is a key image. */
  isKey(study: string, frame: Pick<Frame, 'instanceUid' | 'frame'>): boolean {
    return this.#marks.hasKey(study, frame.instanceUid, frame.frame);
  }

  /** Shows a measurement as the one in hand. */
  select(id: string): void {
    const isBeside = this.#marks.isBeside(id);
    this.choose(isBeside ? id : undefined);
    if (!isBeside) annotation.selection.setAnnotationSelected(id, true);
    this.#render();
  }

  /** Changes whenever what can be taken back, or is hidden, does. */
  get undoable(): string {
    return [this.#steps.canUndo, this.#steps.canRedo, this.#marks.hidden].join();
  }

  /** What was done last and can be taken back, and what can be done again. */
  get steps(): Steps {
    return this.#steps;
  }

  /** Gives everything back: panes, measurements, and the memory of the pictures. */
  destroy(): void {
    for (const e of annotationEvents) coreEventTarget.removeEventListener(e, this.#onAnnotation);
    for (const pane of [...this.#panes.values()]) pane.destroy();
    this.#steps.stop();
    this.#calibrations.stop();
    this.#marks.clear((series) => this.#holding.holds(series));
    this.#holding.release();
    ToolGroupManager.destroyToolGroup(this.#id);
    this.#listeners.clear();
  }

  #redraw(): void {
    this.#render();
    this.#changed();
  }

  #render(): void {
    for (const pane of this.#panes.keys()) this.engine.renderViewport(`${this.#id}-${pane}`);
  }

  #changed(): void {
    this.#steps.look();
    for (const fn of this.#listeners) fn();
  }
}

/** One for all viewers: adding it again is adding it once. */
const onAdded = ((e: CustomEvent) => anchor(e.detail ?? {})) as EventListener;

const annotationEvents = [
  ToolEnums.Events.ANNOTATION_COMPLETED,
  ToolEnums.Events.ANNOTATION_MODIFIED,
  ToolEnums.Events.ANNOTATION_REMOVED,
];
