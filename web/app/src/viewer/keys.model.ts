/** The viewer's keys. Pure: the same table is read by the handler and by the help. */

import type { WindowPreset } from './study.model';
import type { ToolName } from './tools';

export type Command =
  | { do: 'tool'; tool: ToolName }
  | { do: 'scroll'; by: number }
  | { do: 'edge'; to: 'first' | 'last' }
  | { do: 'preset'; index: number }
  | { do: 'series'; by: number }
  | {
      do:
        | 'invert'
        | 'reset'
        | 'rotate'
        | 'flip'
        | 'cine'
        | 'delete'
        | 'overlay'
        | 'layout'
        | 'link'
        | 'volume'
        | 'solid'
        | 'slab';
    };

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
  b: { do: 'tool', tool: 'rectangle' },
  h: { do: 'tool', tool: 'probe' },
  n: { do: 'tool', tool: 'arrow' },
  i: { do: 'invert' },
  r: { do: 'rotate' },
  f: { do: 'flip' },
  c: { do: 'cine' },
  t: { do: 'overlay' },
  x: { do: 'layout' },
  k: { do: 'link' },
  q: { do: 'volume' },
  y: { do: 'solid' },
  e: { do: 'slab' },
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

/** The key of a tool, for its tip. */
export function keyOf(tool: ToolName): string {
  const found = Object.entries(table).find(([, c]) => c.do === 'tool' && c.tool === tool);
  return found ? found[0].toUpperCase() : '';
}

export interface KeyLine {
  readonly keys: readonly string[];
  /** Below viewer.tool for a tool, below viewer.key for everything else. */
  readonly tool?: ToolName;
  readonly key?: Exclude<Command['do'], 'tool' | 'edge' | 'preset'> | 'first' | 'last' | 'ten';
}

/** The keys for the help, those that do the same in one line. */
export function keyHelp(): KeyLine[] {
  const lines = new Map<string, { keys: string[]; tool?: ToolName; key?: KeyLine['key'] }>();
  for (const [key, c] of Object.entries(table)) {
    const line =
      c.do === 'tool'
        ? { tool: c.tool }
        : c.do === 'edge'
          ? { key: c.to }
          : c.do === 'scroll' && Math.abs(c.by) > 1
            ? { key: 'ten' as const }
            : c.do === 'preset'
              ? undefined
              : { key: c.do };
    if (!line) continue;
    const id = JSON.stringify(line);
    const have = lines.get(id) ?? { ...line, keys: [] };
    have.keys.push(shownKey(key));
    lines.set(id, have);
  }
  return [...lines.values()];
}

const arrows: Readonly<Record<string, string>> = {
  ArrowUp: '↑',
  ArrowDown: '↓',
  ArrowLeft: '←',
  ArrowRight: '→',
  PageUp: 'PgUp',
  PageDown: 'PgDn',
  Delete: 'Del',
  ' ': 'Space',
};

function shownKey(key: string): string {
  return arrows[key] ?? (key.length === 1 ? key.toUpperCase() : key);
}
