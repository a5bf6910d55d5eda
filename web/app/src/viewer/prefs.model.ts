/** What a person chose for the viewer: keys, mouse, windows of their own. Pure. */

/** What the other buttons of a mouse may do. */
export type Hand = 'window' | 'pan' | 'zoom' | 'scroll';

export const hands: readonly Hand[] = ['window', 'pan', 'zoom', 'scroll'];

export interface Mouse {
  readonly left: Hand; // when a study is opened
  readonly middle: Hand;
  readonly right: Hand;
  readonly wheel: 'scroll' | 'zoom';
}

/** A window that a person added, for the modality at which it was made. */
export interface OwnWindow {
  readonly name: string;
  readonly modality: string;
  readonly center: number;
  readonly width: number;
}

/** What is written over pictures: all, only what belongs to the picture, or nothing. */
export type Overlay = 'all' | 'picture' | 'none';

const overlays: readonly Overlay[] = ['all', 'picture', 'none'];

export function nextOverlay(o: Overlay): Overlay {
  return overlays[(overlays.indexOf(o) + 1) % overlays.length] ?? 'all';
}

export interface Prefs {
  /** The keys of those commands that a person changed: by the command's name; none at all is a choice, too. */
  readonly keys: Readonly<Record<string, readonly string[]>>;
  readonly mouse: Mouse;
  readonly windows: readonly OwnWindow[];
  readonly overlay: Overlay;
  /** Whether the active picture is drawn into the others as a line. */
  readonly lines: boolean;
}

/** Right drag windows, middle drag pans: as on desktop workstations. */
export const defaultMouse: Mouse = { left: 'window', middle: 'pan', right: 'window', wheel: 'scroll' };

export const noPrefs: Prefs = { keys: {}, mouse: defaultMouse, windows: [], overlay: 'all', lines: true };

/** Reads what was stored, whatever it is: what is not understood is as if it had never been chosen. */
export function readPrefs(stored: string | null): Prefs {
  const found = parsed(stored);
  const keys = Object.entries(object(found.keys)).filter((e): e is [string, string[]] => isStrings(e[1]));
  const mouse = object(found.mouse);
  const hand = (v: unknown, otherwise: Hand) => hands.find((h) => h === v) ?? otherwise;
  const windows = Array.isArray(found.windows) ? found.windows.filter(isWindow) : [];
  return {
    keys: Object.fromEntries(keys),
    mouse: {
      left: hand(mouse.left, defaultMouse.left),
      middle: hand(mouse.middle, defaultMouse.middle),
      right: hand(mouse.right, defaultMouse.right),
      wheel: mouse.wheel === 'zoom' ? 'zoom' : 'scroll',
    },
    windows,
    overlay: overlays.find((o) => o === found.overlay) ?? 'all',
    lines: found.lines !== false,
  };
}

function parsed(stored: string | null): Record<string, unknown> {
  try {
    return object(JSON.parse(stored ?? '{}'));
  } catch {
    return {};
  }
}

function object(v: unknown): Record<string, unknown> {
  return typeof v === 'object' && v !== null && !Array.isArray(v) ? (v as Record<string, unknown>) : {};
}

function isStrings(v: unknown): v is string[] {
  return Array.isArray(v) && v.every((s) => typeof s === 'string');
}

function isWindow(v: unknown): v is OwnWindow {
  const { name, modality, center, width } = object(v);
  const named = typeof name === 'string' && name !== '' && typeof modality === 'string';
  return named && Number.isFinite(center) && typeof width === 'number' && width > 0;
}
