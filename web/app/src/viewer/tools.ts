/** The tools of the viewer and what the mouse does with them. Touches Cornerstone3D, as engine.ts does. */
import { Enums as CoreEnums, eventTarget, getEnabledElement, getRenderingEngines } from '@cornerstonejs/core';
import {
  AngleTool,
  ArrowAnnotateTool,
  annotation,
  BidirectionalTool,
  CobbAngleTool,
  EllipticalROITool,
  LabelTool,
  LengthTool,
  MagnifyTool,
  PanTool,
  PlanarFreehandROITool,
  ProbeTool,
  RectangleROITool,
  StackScrollTool,
  Enums as ToolEnums,
  type Types as ToolTypes,
  utilities,
  WindowLevelTool,
  ZoomTool,
} from '@cornerstonejs/tools';
import type { AnnotationLike } from './measurements.model';
import { defaultMouse, type Mouse } from './prefs.model';
import { inSlabOf } from './tools/in-slab';
import type { Reading } from './tools/measure.model';
import { CardiothoracicTool } from './tools/ratio-tool';
import { readingIn } from './tools/reading';
import { CalibrationTool, RegionWindowTool, RegionZoomTool } from './tools/region-tools';
import { draggedWindow, rangeOf, windowIn } from './window.model';

/** Windows in proportion to the window itself: as fine in a brain window as in a lung window. */
class ProportionalWindowTool extends WindowLevelTool {
  static override toolName = 'ProportionalWindow';

  override getNewRange(drag: { deltaPointsCanvas: number[]; lower: number; upper: number }) {
    const [dx = 0, dy = 0] = drag.deltaPointsCanvas;
    // As a window of its curve would be: only small ones differ, and those are exact.
    const curve = drag.upper - drag.lower < 20 ? 'LINEAR_EXACT' : undefined;
    return rangeOf(draggedWindow(windowIn(drag, curve), dx, dy), curve);
  }
}

interface PointStats {
  index?: ArrayLike<number>;
  value?: number | number[];
}

/** Reads the value of a point in any picture of a stack; the tool that it extends looks for it in the first one only. */
class PointTool extends ProbeTool {
  static override toolName = ProbeTool.toolName;

  override _calculateCachedStats(...args: Parameters<ProbeTool['_calculateCachedStats']>) {
    const all = super._calculateCachedStats(...args) as Record<string, PointStats>;
    for (const [target, stats] of Object.entries(all)) {
      if (stats.value !== undefined || !stats.index) continue;
      const { dimensions, voxelManager } = this.getTargetImageData(target) ?? {};
      const [i = -1, j = -1] = Array.from(stats.index);
      const inside = dimensions && i >= 0 && j >= 0 && i < dimensions[0] && j < dimensions[1];
      if (inside) stats.value = voxelManager?.getAtIJK(i, j, 0) as number | number[] | undefined;
    }
    return all;
  }
}

/** The glass of Cornerstone works over stacks only, and throws elsewhere. */
class GlassTool extends MagnifyTool {
  static override toolName = MagnifyTool.toolName;

  constructor(...args: ConstructorParameters<typeof MagnifyTool>) {
    super(...args);
    const pressed = this.preMouseDownCallback;
    this.preMouseDownCallback = (evt) => {
      const type = getEnabledElement(evt.detail.element)?.viewport.type;
      return type === CoreEnums.ViewportType.STACK ? pressed(evt) : false;
    };
  }
}

const withWords = [ArrowAnnotateTool, LabelTool];
const measures = [
  LengthTool,
  BidirectionalTool,
  AngleTool,
  CobbAngleTool,
  CardiothoracicTool,
  CalibrationTool,
  EllipticalROITool,
  RectangleROITool,
  PlanarFreehandROITool,
  PointTool,
];
const marks = [...measures, ...withWords];
const hands = [ProportionalWindowTool, PanTool, ZoomTool, StackScrollTool, GlassTool, RegionWindowTool, RegionZoomTool];

export const allTools = [...marks, ...hands];

/** What the primary button does. */
export const tools = {
  window: ProportionalWindowTool.toolName,
  regionWindow: RegionWindowTool.toolName,
  pan: PanTool.toolName,
  zoom: ZoomTool.toolName,
  regionZoom: RegionZoomTool.toolName,
  scroll: StackScrollTool.toolName,
  magnify: GlassTool.toolName,
  length: LengthTool.toolName,
  bidirectional: BidirectionalTool.toolName,
  angle: AngleTool.toolName,
  cobb: CobbAngleTool.toolName,
  ratio: CardiothoracicTool.toolName,
  calibrate: CalibrationTool.toolName,
  ellipse: EllipticalROITool.toolName,
  rectangle: RectangleROITool.toolName,
  freehand: PlanarFreehandROITool.toolName,
  probe: PointTool.toolName,
  arrow: ArrowAnnotateTool.toolName,
  text: LabelTool.toolName,
} as const;

export type ToolName = keyof typeof tools;

/** Whether a tool only looks, and draws nothing. */
export function isHand(name: ToolName): boolean {
  return hands.some((h) => h.toolName === tools[name]);
}

/** What a tool asks a person for: the words beside an arrow, words alone, the true length of a line in millimetres. */
export type Question = 'arrow' | 'text' | 'length';

/** The words of the page for what the tools show and ask. */
export interface Words {
  /** The lines beside a measurement. */
  lines: (reading: Reading) => string[];
  /** An empty answer takes back what was drawn. */
  ask: (what: Question, text: string) => Promise<string>;
  /** Tells that a picture has its own scale and is not calibrated by hand. */
  refuseCalibration: () => void;
}

/** What is drawn on a plane shows in the slab that is looked at: Cornerstone knows the space between two slices only. */
function showInSlab(group: ToolTypes.IToolGroup, toolName: string): void {
  const tool = group.getToolInstance(toolName) as InstanceType<typeof LengthTool>;
  const usual = tool.filterInteractableAnnotationsForElement.bind(tool);
  tool.filterInteractableAnnotationsForElement = (element, all) => inSlabOf(element, all) ?? usual(element, all);
}

/** Adds every tool to a group; words is asked each time, so that it may change with the language. */
export function addTools(group: ToolTypes.IToolGroup, words: () => Words): void {
  for (const tool of hands) group.addTool(tool.toolName);
  for (const { toolName } of measures) {
    // Some tools name all their targets, the others the one on show.
    const getTextLines = (data: AnnotationLike['data'], targets: string | readonly string[]) => {
      const target = typeof targets === 'string' ? targets : targets[0];
      const reading = target === undefined ? undefined : readingIn({ metadata: { toolName }, data }, target);
      const lines = reading ? words().lines(reading) : [];
      return lines.length > 0 ? lines : undefined;
    };
    group.addTool(toolName, { getTextLines });
  }
  for (const tool of withWords) {
    const what = tool === LabelTool ? 'text' : 'arrow';
    group.addTool(tool.toolName, {
      getTextCallback: (done: (text: string) => void) => void words().ask(what, '').then(done),
      changeTextCallback: (data: { text?: string }, _: unknown, done: (text: string) => void) =>
        void words()
          .ask(what, data.text ?? '')
          .then((text) => done(text || (data.text ?? ''))),
    });
  }
  for (const { toolName } of marks) showInSlab(group, toolName);
}

/** The other buttons keep what the person gave them, whatever the left one does. The wheel is the pane's own. */
export function bindTools(group: ToolTypes.IToolGroup, chosen: ToolName, mouse: Mouse = defaultMouse): void {
  const { Primary, Secondary, Auxiliary } = ToolEnums.MouseBindings;
  const bindings = new Map<string, ToolTypes.IToolBinding[]>();
  const bind = (tool: ToolName, binding: ToolTypes.IToolBinding) =>
    bindings.set(tools[tool], [...(bindings.get(tools[tool]) ?? []), binding]);
  bind(chosen, { mouseButton: Primary });
  bind(mouse.right, { mouseButton: Secondary });
  bind(mouse.middle, { mouseButton: Auxiliary });
  bind('zoom', { numTouchPoints: 2 }); // two fingers zoom and pan
  for (const tool of marks) group.setToolPassive(tool.toolName, { removeAllBindings: true });
  for (const tool of hands) group.setToolDisabled(tool.toolName);
  for (const [tool, b] of bindings) group.setToolActive(tool, { bindings: b });
}

/** What is removed is chosen no longer: Cornerstone would keep it, and the next deletion would meet nothing. */
export function letGoOfRemoved(): void {
  eventTarget.addEventListener(ToolEnums.Events.ANNOTATION_REMOVED, ((e: CustomEvent) => {
    const id: string | undefined = e.detail?.annotation?.annotationUID;
    // All at once: letting go of one that is no longer there fails.
    if (id && annotation.selection.isAnnotationSelected(id)) annotation.selection.deselectAnnotation();
  }) as EventListener);
}

/**
 * New numbers are told wherever they stand: Cornerstone draws again where they were computed only, and a second pane with the same picture would
 * go on telling those of a shape that is no more.
 */
export function tellEverywhere(): void {
  eventTarget.addEventListener(ToolEnums.Events.ANNOTATION_MODIFIED, ((e: CustomEvent) => {
    if (e.detail?.changeType !== ToolEnums.ChangeTypes.StatsUpdated) return;
    const all = getRenderingEngines()?.flatMap((engine) => engine.getViewports()) ?? [];
    utilities.triggerAnnotationRenderForViewportIds(all.map((viewport) => viewport.id));
  }) as EventListener);
}

/** Thin lines in one colour that no tissue has; the one in hand is lighter. */
export function styleMarks(): void {
  const styles = annotation.config.style.getDefaultToolStyles();
  const still = 'rgb(255, 214, 92)';
  const held = 'rgb(140, 225, 255)';
  annotation.config.style.setDefaultToolStyles({
    ...styles,
    global: {
      ...styles.global,
      color: still,
      colorSelected: held,
      colorHighlighted: held,
      lineWidth: '1.5',
      textBoxColor: still,
      textBoxColorSelected: held,
      textBoxColorHighlighted: held,
      textBoxFontFamily: 'inherit',
      textBoxFontSize: '13px',
    },
  });
}
