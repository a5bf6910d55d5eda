/** What Cornerstone's engine does behind its viewports and tells nobody of. Touches its private parts; without them all goes on as it would. */
import type { RenderingEngine } from '@cornerstonejs/core';

interface Behind {
  readonly _animationFrameSet?: boolean;
  readonly contextPool?: {
    getContextIndexForViewport(viewport: string): number | undefined;
    getContextByIndex(index: number): {
      readonly context: {
        getRenderer(viewport: string): object | undefined;
        removeRenderer(viewport: string): void;
        resize(): void;
      };
      readonly container: { width?: number; height?: number };
    } | null;
    getMaxSizeForContext(index: number): { readonly width: number; readonly height: number } | undefined;
    removeViewport(viewport: string): void;
  };
}

const behind = (engine: RenderingEngine) => (engine as unknown as { _implementation?: Behind })._implementation;

/**
 * Waits until no picture of an engine is about to be drawn. Before that Cornerstone takes new sizes without fitting the pictures
 * to them, says nothing, and never does it again: they would lie stretched and beside their place.
 */
export async function quiet(engine: RenderingEngine): Promise<void> {
  const of = behind(engine);
  while (of?._animationFrameSet) await new Promise((r) => requestAnimationFrame(r));
}

/**
 * Takes a viewport away and gives back what it held of its context. Cornerstone leaves it there: after a day's studies each
 * picture would be drawn past all those before it, and the largest pane there ever was would be the size of all.
 */
export function disable(engine: RenderingEngine, viewport: string): void {
  const pool = behind(engine)?.contextPool;
  const index = pool?.getContextIndexForViewport(viewport);
  engine.disableElement(viewport);
  if (!pool || index === undefined) return;
  const held = pool.getContextByIndex(index);
  if (held?.context.getRenderer(viewport)) held.context.removeRenderer(viewport);
  pool.removeViewport(viewport);
  const left = pool.getMaxSizeForContext(index);
  if (!held || !left || left.width === 0 || left.height === 0) return;
  Object.assign(held.container, { width: left.width, height: left.height });
  held.context.resize();
}
