/** What two windows of one study tell each other, and which of them is still there. Pure. */
import type { Measurement } from '../measurements.model';
import type { Framing } from '../pane.model';
import type { ToolName } from '../tools';

/** The part of the main window's state that the others share. */
export interface Shared {
  readonly linked: boolean;
  readonly synced: boolean;
  readonly tool: ToolName;
  /** The earlier study that is open beside. */
  readonly beside?: { readonly study: string; readonly label: string };
}

export type Message =
  | { readonly kind: 'hello' | 'bye'; readonly screen: number }
  | { readonly kind: 'main'; readonly shared: Shared }
  | { readonly kind: 'gone' } // the main window is
  | { readonly kind: 'tool'; readonly tool: ToolName }
  | { readonly kind: 'link'; readonly linked: boolean }
  | { readonly kind: 'turned'; readonly series: string; readonly from: number; readonly to: number }
  | { readonly kind: 'framing'; readonly modality: string; readonly change: Partial<Framing> }
  | { readonly kind: 'marks'; readonly marks: readonly Measurement[] };

/** Screens that spoke, and when, in ms of any clock. */
export type Presence = ReadonlyMap<number, number>;

export const beatMs = 2000;
const silentMs = 3 * beatMs + 500;

export function heard(all: Presence, m: Message, now: number): Presence {
  if (m.kind !== 'hello' && m.kind !== 'bye') return all;
  const next = new Map(all);
  if (m.kind === 'hello') next.set(m.screen, now);
  else next.delete(m.screen);
  return next;
}

/** Those that spoke lately: one that crashed says nothing more. */
export function present(all: Presence, now: number): Presence {
  return new Map([...all].filter(([, at]) => now - at < silentMs));
}

export interface Bounds {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** Where the second window opens: where it stood, else on the other monitor, else beside. */
export function placeFor(stored: string | null, other: Bounds | undefined, own: Bounds): Bounds {
  try {
    const b = JSON.parse(stored ?? 'null') as Partial<Bounds> | null;
    const all = [b?.left, b?.top, b?.width, b?.height];
    if (b && all.every((v) => Number.isFinite(v)) && (b.width ?? 0) >= 300 && (b.height ?? 0) >= 200)
      return b as Bounds;
  } catch {
    // As if nothing had been stored.
  }
  return other ?? { ...own, left: own.left + 60, top: own.top + 60 };
}

export function featuresOf(b: Bounds): string {
  return `popup,left=${b.left},top=${b.top},width=${b.width},height=${b.height}`;
}
