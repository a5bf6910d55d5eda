/** The viewer's commands and their keys. Pure: the same table is read by the handler, the tips and the help. */

import type { Prefs } from './prefs.model';
import type { ToolName } from './tools';

export type Command =
  | { do: 'tool'; tool: ToolName }
  | { do: 'scroll'; by: number }
  | { do: 'edge'; to: 'first' | 'last' }
  | { do: 'preset'; index: number }
  | { do: 'series'; by: number }
  | { do: 'mark'; by: 1 | -1 }
  | { [P in Plain]: { do: P } }[Plain];

type Plain =
  | 'invert'
  | 'colours' // the next map of colours
  | 'reset'
  | 'rotate'
  | 'flip'
  | 'flipUpDown'
  | 'auto'
  | 'cine'
  | 'slower'
  | 'faster'
  | 'delete'
  | 'deleteAll'
  | 'hide'
  | 'keyImage'
  | 'undo'
  | 'redo'
  | 'overlay'
  | 'layout'
  | 'link'
  | 'film'
  | 'volume' // planes through a volume, and back
  | 'solid'
  | 'slab';

const tool = (name: ToolName): Command => ({ do: 'tool', tool: name });

/** Every command that may have keys, with those that it has at first, in the order of the help. */
const table: readonly (readonly [Command, ...string[]])[] = [
  [{ do: 'scroll', by: -1 }, 'ArrowUp'],
  [{ do: 'scroll', by: 1 }, 'ArrowDown'],
  [{ do: 'scroll', by: -10 }, 'PageUp'],
  [{ do: 'scroll', by: 10 }, 'PageDown'],
  [{ do: 'edge', to: 'first' }, 'Home'],
  [{ do: 'edge', to: 'last' }, 'End'],
  [{ do: 'series', by: -1 }, 'ArrowLeft'],
  [{ do: 'series', by: 1 }, 'ArrowRight'],
  [tool('window'), 'w'],
  [tool('regionWindow'), 'Shift+w'],
  [{ do: 'auto' }, '0'],
  [tool('scroll'), 's'],
  [tool('pan'), 'p'],
  [tool('zoom'), 'z'],
  [tool('regionZoom'), 'Shift+z'],
  [tool('magnify'), 'm'],
  [tool('length'), 'l'],
  [tool('bidirectional'), 'd'],
  [tool('angle'), 'g'],
  [tool('cobb'), 'u'],
  [tool('ratio'), 'y'],
  [tool('calibrate')],
  [tool('ellipse'), 'o'],
  [tool('rectangle'), 'b'],
  [tool('freehand'), 'e'],
  [tool('probe'), 'h'],
  [tool('arrow'), 'n'],
  [tool('text'), 'Shift+n'],
  [{ do: 'undo' }, 'Ctrl+z'],
  [{ do: 'redo' }, 'Ctrl+y', 'Ctrl+Shift+z'],
  [{ do: 'delete' }, 'Delete', 'Backspace'],
  [{ do: 'deleteAll' }, 'Shift+Delete'],
  [{ do: 'mark', by: -1 }, '['],
  [{ do: 'mark', by: 1 }, ']'],
  [{ do: 'hide' }, 'Shift+h'],
  [{ do: 'keyImage' }, '.'],
  [{ do: 'invert' }, 'i'],
  [{ do: 'colours' }, 'Shift+i'],
  [{ do: 'rotate' }, 'r'],
  [{ do: 'flip' }, 'f'],
  [{ do: 'flipUpDown' }, 'Shift+f'],
  [{ do: 'reset' }, ' '],
  [{ do: 'cine' }, 'c'],
  [{ do: 'slower' }, '-'],
  [{ do: 'faster' }, '='],
  [{ do: 'overlay' }, 't'],
  [{ do: 'layout' }, 'x'],
  [{ do: 'link' }, 'k'],
  [{ do: 'film' }, 'Ctrl+p'],
  [{ do: 'volume' }, 'q'],
  [{ do: 'solid' }, 'Shift+q'],
  [{ do: 'slab' }, 'j'],
];

/** The name of a command: for storing its keys, and for its words below viewer.command. */
export function commandName(c: Command): string {
  switch (c.do) {
    case 'tool':
      return `tool.${c.tool}`;
    case 'edge':
      return c.to;
    case 'scroll':
    case 'series':
    case 'mark':
      return `${c.do}${c.by < 0 ? 'Back' : 'On'}${Math.abs(c.by) > 1 ? Math.abs(c.by) : ''}`;
    case 'preset':
      return `preset.${c.index + 1}`;
    default:
      return c.do;
  }
}

export interface KeyPress {
  key: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
  shiftKey?: boolean;
  target: EventTarget | null;
}

const modifiers = new Set(['Control', 'Shift', 'Alt', 'Meta', 'CapsLock', 'Process', 'Dead', 'Unidentified']);

/** A press as it is written in the table; undefined for a modifier alone. Shift counts where it makes no other character. */
export function chordOf(e: KeyPress): string | undefined {
  if (modifiers.has(e.key)) return undefined;
  const letter = /^\p{L}$/u.test(e.key);
  const shift = e.shiftKey === true && (letter || e.key.length > 1 || e.key === ' ');
  const key = letter ? e.key.toLowerCase() : e.key;
  return `${e.ctrlKey || e.metaKey ? 'Ctrl+' : ''}${e.altKey ? 'Alt+' : ''}${shift ? 'Shift+' : ''}${key}`;
}

type Keys = Prefs['keys'];

/** The keys of a command as the person has them. */
export function keysOf(c: Command, changed: Keys): readonly string[] {
  const name = commandName(c);
  return (
    changed[name] ??
    table
      .find(([t]) => commandName(t) === name)
      ?.slice(1)
      .map(String) ??
    []
  );
}

/** The command of a key, or undefined while somebody types or the key is the browser's own. `windows` go on the digits. */
export function commandOf(e: KeyPress, windows: number, changed: Keys = {}): Command | undefined {
  if (isTyping(e.target)) return undefined;
  const chord = chordOf(e);
  if (!chord) return undefined;
  const found = table.find(([c]) => keysOf(c, changed).includes(chord));
  if (found) return found[0];
  if (!/^[1-9]$/.test(chord)) return undefined;
  const index = Number(chord) - 1;
  return index < windows ? { do: 'preset', index } : undefined;
}

export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target instanceof HTMLInputElement) return target.type !== 'range';
  return target.isContentEditable || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement;
}

/** The first key of a command, for its tip; empty without one. */
export function keyOf(c: Command, changed: Keys = {}): string {
  const first = keysOf(c, changed)[0];
  return first === undefined ? '' : shownKey(first);
}

export interface KeyLine {
  readonly name: string; // of the command
  readonly keys: readonly string[]; // as in the table
  readonly changed: boolean;
}

/** All commands with their keys, for the help. */
export function keyLines(changed: Keys): KeyLine[] {
  return table.map(([c]) => ({
    name: commandName(c),
    keys: keysOf(c, changed),
    changed: changed[commandName(c)] !== undefined,
  }));
}

/** The command that has a key already. */
export function holderOf(chord: string, changed: Keys): string | undefined {
  const found = table.find(([c]) => keysOf(c, changed).includes(chord));
  return found && commandName(found[0]);
}

/** Gives a key to one command alone: whoever had it loses it. */
export function withKey(changed: Keys, name: string, chord: string): Keys {
  const next: Record<string, readonly string[]> = { ...changed };
  for (const line of keyLines(changed)) {
    if (line.name !== name && line.keys.includes(chord)) next[line.name] = line.keys.filter((k) => k !== chord);
  }
  next[name] = [chord];
  return next;
}

/** Gives a command its first keys back, unless another has them by the person's choice. */
export function withoutChange(changed: Keys, name: string): Keys {
  return Object.fromEntries(Object.entries(changed).filter(([n]) => n !== name));
}

const signs: Readonly<Record<string, string>> = {
  ArrowUp: '↑',
  ArrowDown: '↓',
  ArrowLeft: '←',
  ArrowRight: '→',
  PageUp: 'PgUp',
  PageDown: 'PgDn',
  Delete: 'Del',
  ' ': 'Space',
};

/** A key as it is printed: Ctrl+Z, ↑, Del. */
export function shownKey(chord: string): string {
  const at = chord.endsWith('++') ? chord.length - 1 : chord.lastIndexOf('+') + 1;
  const key = chord.slice(at);
  return chord.slice(0, at) + (signs[key] ?? (key.length === 1 ? key.toUpperCase() : key));
}
