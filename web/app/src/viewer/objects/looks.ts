import { num, tag } from '../dicom.model';
import type { Measurement } from '../measurements.model';
import type { Pane } from '../pane';
import { type KeptLook, keptLook } from './look.model';

interface Held {
  readonly place: string;
  readonly look: KeptLook;
}

/** How each picture was shown when something was drawn on it: it is kept beside the mark. */
export class Looks {
  readonly #held = new Map<string, Held>();

  /** The same marks with their looks. One that was made or moved now gets that of the pane in which its picture is on show. */
  with(all: readonly Measurement[], panes: Iterable<Pane>): Measurement[] {
    const open = [...panes];
    return all.map((m) => {
      const place = placeOf(m);
      const held = this.#held.get(m.id);
      const look = held?.place === place ? held.look : (lookIn(open, m) ?? held?.look);
      if (!look) return m;
      this.#held.set(m.id, { place, look });
      return { ...m, look };
    });
  }

  /** Takes over what was kept. */
  restore(kept: readonly Measurement[]): void {
    for (const m of kept) if (m.look) this.#held.set(m.id, { place: placeOf(m), look: m.look });
  }
}

function placeOf(m: Measurement): string {
  return JSON.stringify([m.points, m.label]);
}

function lookIn(panes: readonly Pane[], m: Measurement): KeptLook | undefined {
  for (const pane of panes) {
    const frame = pane.series?.frames[pane.state.index];
    const look = pane.look();
    if (!frame || !look || frame.instanceUid !== m.instance || frame.frame !== m.frame) continue;
    const picture = { width: num(frame.metadata, tag.columns) ?? 0, height: num(frame.metadata, tag.rows) ?? 0 };
    return keptLook(look, pane.placement(), pane.size, picture);
  }
  return undefined;
}
