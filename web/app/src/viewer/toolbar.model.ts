/** How the tools are grouped above the images. Pure. */
import type { ToolName } from './tools';

export interface Group {
  readonly name: 'place' | 'measure' | 'region' | 'note'; // below viewer.group
  readonly tools: readonly ToolName[];
}

/** Each group shows the tool of it that was used last; the others stand in its menu. */
export const groups: readonly Group[] = [
  { name: 'place', tools: ['zoom', 'pan', 'regionZoom', 'magnify'] },
  { name: 'measure', tools: ['length', 'bidirectional', 'angle', 'cobb', 'ratio', 'calibrate'] },
  { name: 'region', tools: ['ellipse', 'rectangle', 'freehand', 'probe'] },
  { name: 'note', tools: ['arrow', 'text'] },
];

/** The tool that stands for a group. */
export function faceOf(group: Group, chosen: ToolName, last: ReadonlyMap<string, ToolName>): ToolName {
  if (group.tools.includes(chosen)) return chosen;
  return last.get(group.name) ?? group.tools[0] ?? chosen;
}
