/** How a reader looks at an ECG, and the keys for it. Pure. */
import type { CaliperKind } from './calipers.model';
import { diagnostic, type Filters } from './filter.model';
import { type EcgLayout, layoutsFor } from './layout.model';

export type Compare = 'alone' | 'below' | 'median';

export const speeds = [25, 50] as const; // mm/s
export const gains = [5, 10, 20] as const; // mm/mV
export const zooms = [1, 1.5, 2, 3] as const;
export const compares: readonly Compare[] = ['alone', 'below', 'median'];

export interface Look {
  readonly layout: EcgLayout;
  readonly speed: (typeof speeds)[number];
  readonly gain: (typeof gains)[number];
  readonly zoom: (typeof zooms)[number];
  readonly filters: Filters;
  readonly tool: CaliperKind | 'hand';
  /** Undefined until somebody chooses. */
  readonly compare?: Compare;
  readonly window: number; // of 10 s
}

export function firstLook(leads: number, touch: boolean): Look {
  return {
    layout: layoutsFor(leads)[0] ?? 'rows',
    speed: 25,
    gain: 10,
    zoom: 1,
    filters: diagnostic,
    tool: touch ? 'hand' : 'interval',
    window: 0,
  };
}

export type EcgKey =
  | { do: 'look'; change: Partial<Look> }
  | { do: 'place'; kind: CaliperKind }
  | { do: 'move'; s: number; mv: number }
  | { do: 'end' | 'remove' | 'clear' | 'insert' | 'print' };

interface Press {
  readonly chord: string;
  readonly look: Look;
  readonly chosen: boolean; // a caliper is
  readonly leads: number;
  readonly compared: boolean;
}

function after<T>(all: readonly T[], value: T): T {
  return all[(all.indexOf(value) + 1) % all.length] ?? value;
}

const tools: Record<string, CaliperKind> = { l: 'interval', h: 'height', m: 'march' };
const arrows: Record<string, readonly [number, number]> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, 1],
  ArrowDown: [0, -1],
};

/** What a key means on the paper; undefined where the page around it may have it. */
export function keyOf({ chord, look, chosen, leads, compared }: Press): EcgKey | undefined {
  const plain = chord.replace(/^Shift\+/, '');
  const change = (c: Partial<Look>): EcgKey => ({ do: 'look', change: c });
  const way = arrows[plain];
  if (way && chosen) {
    const far = chord.startsWith('Shift+') ? 10 : 1;
    return { do: 'move', s: way[0] * far * 0.004, mv: way[1] * far * 0.01 };
  }
  const kind = tools[plain];
  if (kind) return chord.startsWith('Shift+') ? { do: 'place', kind } : change({ tool: kind });
  switch (chord) {
    case 'x':
      return change({ layout: after(layoutsFor(leads), look.layout) });
    case 's':
      return change({ speed: after(speeds, look.speed) });
    case 'g':
      return change({ gain: after(gains, look.gain) });
    case 'z':
      return change({ zoom: after(zooms, look.zoom) });
    case 'f':
      return change({ filters: look.filters.low ? diagnostic : { high: 0.5, low: 40, notch: 50 } });
    case 'k':
      return compared ? change({ compare: after(compares, look.compare ?? 'alone') }) : undefined;
    case 'e':
      return chosen ? { do: 'end' } : undefined;
    case 'Delete':
    case 'Backspace':
      return { do: 'remove' };
    case 'Shift+Delete':
      return { do: 'clear' };
    case 'v':
      return { do: 'insert' };
    case 'p':
    case 'Ctrl+p':
      return { do: 'print' };
    default:
      return undefined;
  }
}
