/** What of a pane's window, zoom and place a person changed. Pure. */
import type { Framing } from '../pane.model';

/** Undefined: nothing. Zoom and place go together. */
export function changeOf(before: Framing, now: Framing): Partial<Framing> | undefined {
  const windowed =
    now.window && (now.window.center !== before.window?.center || now.window.width !== before.window.width);
  const moved = now.zoom !== before.zoom || now.pan[0] !== before.pan[0] || now.pan[1] !== before.pan[1];
  if (!windowed && !moved) return undefined;
  return { ...(windowed ? { window: now.window } : {}), ...(moved ? { zoom: now.zoom, pan: now.pan } : {}) };
}
