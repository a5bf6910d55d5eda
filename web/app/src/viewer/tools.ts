/** The tools of the viewer and what the mouse does with them. Touches Cornerstone3D, as engine.ts does. */
import { utilities } from '@cornerstonejs/core';
import {
  AngleTool,
  ArrowAnnotateTool,
  annotation,
  CobbAngleTool,
  EllipticalROITool,
  LengthTool,
  MagnifyTool,
  PanTool,
  ProbeTool,
  RectangleROITool,
  StackScrollTool,
  Enums as ToolEnums,
  type Types as ToolTypes,
  WindowLevelTool,
  ZoomTool,
} from '@cornerstonejs/tools';
import { type Figure, figuresOf, type Stats } from './figures.model';
import { draggedWindow } from './window.model';

/** Windows in proportion to the window itself: as fine in a brain window as in a lung window. */
class ProportionalWindowTool extends WindowLevelTool {
  static override toolName = 'ProportionalWindow';

  override getNewRange(drag: { deltaPointsCanvas: number[]; lower: number; upper: number }) {
    const { windowWidth, windowCenter } = utilities.windowLevel.toWindowLevel(drag.lower, drag.upper);
    const [dx = 0, dy = 0] = drag.deltaPointsCanvas;
    const next = draggedWindow({ width: windowWidth, center: windowCenter }, dx, dy);
    return utilities.windowLevel.toLowHighRange(next.width, next.center);
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

const marks = [LengthTool, AngleTool, CobbAngleTool, EllipticalROITool, RectangleROITool, PointTool, ArrowAnnotateTool];
const hands = [ProportionalWindowTool, PanTool, ZoomTool, StackScrollTool, MagnifyTool];

export const allTools = [...marks, ...hands];

/** What the primary button does. */
export const tools = {
  window: ProportionalWindowTool.toolName,
  pan: PanTool.toolName,
  zoom: ZoomTool.toolName,
  scroll: StackScrollTool.toolName,
  magnify: MagnifyTool.toolName,
  length: LengthTool.toolName,
  angle: AngleTool.toolName,
  cobb: CobbAngleTool.toolName,
  ellipse: EllipticalROITool.toolName,
  rectangle: RectangleROITool.toolName,
  probe: PointTool.toolName,
  arrow: ArrowAnnotateTool.toolName,
} as const;

export type ToolName = keyof typeof tools;

/** The words of the page for what the tools show and ask. */
export interface Words {
  /** The lines beside a measurement. */
  lines: (figures: readonly Figure[]) => string[];
  /** Asks for the text of an arrow; an empty answer removes the arrow. */
  ask: (text: string) => Promise<string>;
}

/** Adds every tool to a group; words is asked each time, so that it may change with the language. */
export function addTools(group: ToolTypes.IToolGroup, words: () => Words): void {
  const getTextLines = (data: { cachedStats?: Record<string, Stats> }, target: string) => {
    const lines = words().lines(figuresOf(data.cachedStats?.[target]));
    return lines.length > 0 ? lines : undefined;
  };
  const getTextCallback = (done: (text: string) => void) => void words().ask('').then(done);
  const changeTextCallback = (data: { text?: string }, _: unknown, done: (text: string) => void) =>
    void words()
      .ask(data.text ?? '')
      .then((text) => done(text || (data.text ?? '')));
  for (const tool of hands) group.addTool(tool.toolName);
  for (const tool of marks) {
    group.addTool(
      tool.toolName,
      tool === ArrowAnnotateTool ? { getTextCallback, changeTextCallback } : { getTextLines },
    );
  }
}

/** Right drag windows, middle drag pans, whatever the left button does: as on desktop workstations. The wheel is the pane's own. */
export function bindTools(group: ToolTypes.IToolGroup, chosen: ToolName): void {
  const { Primary, Secondary, Auxiliary } = ToolEnums.MouseBindings;
  const bindings = new Map<string, ToolTypes.IToolBinding[]>([
    [tools.window, [{ mouseButton: Secondary }]],
    [tools.pan, [{ mouseButton: Auxiliary }]],
    [tools.zoom, [{ numTouchPoints: 2 }]],
  ]);
  const more = bindings.get(tools[chosen]) ?? [];
  bindings.set(tools[chosen], [{ mouseButton: Primary }, ...more]);
  for (const tool of marks) group.setToolPassive(tool.toolName);
  for (const tool of hands) if (!bindings.has(tool.toolName)) group.setToolDisabled(tool.toolName);
  for (const [tool, b] of bindings) group.setToolActive(tool, { bindings: b });
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
