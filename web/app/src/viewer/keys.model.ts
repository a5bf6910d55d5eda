/** The viewer's keys. Pure: the same table is read by the handler and by the help. */
import type { ToolName } from './engine';
import type { WindowPreset } from './study.model';

export type Command =
  | { do: 'tool'; tool: ToolName }
  | { do: 'scroll'; by: number }
  | { do: 'edge'; to: 'first' | 'last' }
  | { do: 'preset'; index: number }
  | { do: 'series'; by: number }
  | { do: 'invert' | 'reset' | 'rotate' | 'flip' | 'cine' | 'delete' | 'overlay' | 'layout' };

const table: Readonly<Record<string, Command>> = {
  ArrowUp: { do: 'scroll', by: -1 },
  ArrowDown: { do: 'scroll', by: 1 },
  PageUp: { do: 'scroll', by: -10 },
  PageDown: { do: 'scroll', by: 10 },
  Home: { do: 'edge', to: 'first' },
  End: { do: 'edge', to: 'last' },
  ArrowLeft: { do: 'series', by: -1 },
  ArrowRight: { do: 'series', by: 1 },
  w: { do: 'tool', tool: 'window' },
  p: { do: 'tool', tool: 'pan' },
  z: { do: 'tool', tool: 'zoom' },
  s: { do: 'tool', tool: 'scroll' },
  m: { do: 'tool', tool: 'magnify' },
  l: { do: 'tool', tool: 'length' },
  g: { do: 'tool', tool: 'angle' },
  o: { do: 'tool', tool: 'ellipse' },
  h: { do: 'tool', tool: 'probe' },
  i: { do: 'invert' },
  r: { do: 'rotate' },
  f: { do: 'flip' },
  c: { do: 'cine' },
  t: { do: 'overlay' },
  x: { do: 'layout' },
  ' ': { do: 'reset' },
  Delete: { do: 'delete' },
};

interface KeyPress {
  key: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
  target: EventTarget | null;
}

/** The command of a key, or undefined while somebody types or the browser's own combination is meant. */
export function commandOf(e: KeyPress, presets: readonly WindowPreset[]): Command | undefined {
  if (e.ctrlKey || e.metaKey || e.altKey || isTyping(e.target)) return undefined;
  const digit = /^[1-9]$/.test(e.key) ? Number(e.key) - 1 : -1;
  if (digit >= 0) return digit < presets.length ? { do: 'preset', index: digit } : undefined;
  return table[e.key.length === 1 ? e.key.toLowerCase() : e.key];
}

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target instanceof HTMLInputElement) return target.type !== 'range';
  return target.isContentEditable || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement;
}

/** The keys for the help page: [key, translation key]. */
export function keyHelp(): [string, string][] {
  return Object.entries(table).map(([key, c]) => {
    const detail = c.do === 'tool' ? `tool.${c.tool}` : c.do === 'edge' ? c.to : c.do;
    return [key === ' ' ? 'Space' : key, `viewer.key.${detail}`];
  });
}
