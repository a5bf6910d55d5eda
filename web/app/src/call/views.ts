// Watches the tiles on the page and tells the server what is really looked at. The page only says which element shows what.

import type { View } from './protocol';
import { sameViews, type Tile, viewsOf } from './want.model';

const settleMs = 250;

interface Watched {
  tile: Tile;
  element: Element;
}

export interface ShownTile {
  from: string;
  source: string;
  main: boolean;
}

export class Views {
  private readonly tiles = new Map<Element, Watched>();
  private readonly sizes: ResizeObserver | undefined;
  private readonly sights: IntersectionObserver | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private last: View[] = [];
  private floating: { from: string; source: string } | undefined;

  constructor(private readonly send: (views: View[]) => void) {
    if (typeof ResizeObserver !== 'undefined') this.sizes = new ResizeObserver((all) => this.sized(all));
    if (typeof IntersectionObserver !== 'undefined') this.sights = new IntersectionObserver((all) => this.seen(all));
    globalThis.document?.addEventListener('visibilitychange', this.soon);
  }

  /** An element shows a stream from now on; the answer ends that. */
  show(element: Element, shown: ShownTile): () => void {
    const height = element.getBoundingClientRect().height * (globalThis.devicePixelRatio || 1);
    this.tiles.set(element, { element, tile: { ...shown, height, visible: true } });
    this.sizes?.observe(element);
    this.sights?.observe(element);
    this.soon();
    return () => {
      this.sizes?.unobserve(element);
      this.sights?.unobserve(element);
      this.tiles.delete(element);
      this.soon();
    };
  }

  /** This stream stands in a window of its own above everything else. */
  float(stream: { from: string; source: string } | undefined): void {
    this.floating = stream;
    this.soon();
  }

  /** A new conversation knows no wishes yet: they are told again. */
  repeat(): void {
    this.last = [];
    this.soon();
  }

  close(): void {
    clearTimeout(this.timer);
    this.sizes?.disconnect();
    this.sights?.disconnect();
    this.tiles.clear();
    globalThis.document?.removeEventListener('visibilitychange', this.soon);
  }

  private sized(all: ResizeObserverEntry[]): void {
    for (const { target, contentRect } of all) {
      const watched = this.tiles.get(target);
      if (watched) watched.tile = { ...watched.tile, height: contentRect.height * (globalThis.devicePixelRatio || 1) };
    }
    this.soon();
  }

  private seen(all: IntersectionObserverEntry[]): void {
    for (const { target, isIntersecting } of all) {
      const watched = this.tiles.get(target);
      if (watched) watched.tile = { ...watched.tile, visible: isIntersecting };
    }
    this.soon();
  }

  private readonly soon = (): void => {
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      const hidden = globalThis.document?.visibilityState === 'hidden';
      const views = viewsOf(
        [...this.tiles.values()].map((w) => w.tile),
        hidden,
        this.floating,
      );
      if (sameViews(views, this.last)) return;
      this.last = views;
      this.send(views);
    }, settleMs);
  };
}
