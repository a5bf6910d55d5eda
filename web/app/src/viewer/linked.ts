/** Panes that turn together from where they stood when they were linked. */
import { linkedIndex } from './link.model';
import type { Pane } from './pane';

export class Linked {
  #anchors: ReadonlyMap<Pane, number> | undefined;

  constructor(private readonly panes: () => Iterable<Pane>) {}

  get on(): boolean {
    return this.#anchors !== undefined;
  }

  link(on: boolean): void {
    this.#anchors = on ? this.#standing() : undefined;
  }

  /** A pane opens another series at a picture: the link goes on from there. */
  opened(pane: Pane, at: number): void {
    if (this.#anchors) this.#anchors = new Map([...this.#standing(), [pane, at]]);
  }

  /** The others follow one that a person turned. */
  follow(turned: Pane): void {
    const from = this.#anchors?.get(turned);
    if (from === undefined || !turned.series) return;
    for (const pane of this.panes()) {
      if (pane === turned || !pane.series) continue;
      const anchor = { from, to: this.#anchors?.get(pane) ?? pane.state.index };
      pane.follow(linkedIndex(turned.series, pane.series, turned.state.index, anchor));
    }
  }

  #standing(): Map<Pane, number> {
    return new Map([...this.panes()].map((p) => [p, p.state.index]));
  }
}
