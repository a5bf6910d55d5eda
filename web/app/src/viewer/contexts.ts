/** What Cornerstone's engine does behind its viewports and tells nobody of. Touches its private parts; without them all goes on as it would. */
import type { RenderingEngine } from '@cornerstonejs/core';

interface Behind {
  _animationFrameSet?: boolean;
  _renderFlaggedViewports?: () => void;
  readonly contextPool?: {
    getAllContexts?(): readonly { getOpenGLRenderWindow(): { getViewNodeFactory(): Makers } }[];
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

type Make = (values: object) => object;

/** Who makes what vtk.js draws with, by the name of what is drawn. */
interface Makers {
  get(field: 'overrides'): { readonly overrides?: Record<string, Make | undefined> };
}

const behind = (engine: RenderingEngine) => (engine as unknown as { _implementation?: Behind })._implementation;

/**
 * Keeps an engine drawing. A picture of a stack gets its texture when it is first drawn; one that gives way before that, as in a pane behind planes, made
 * vtk.js fail in the middle of a frame: after a quick look at another series every plane stayed black. And whatever fails in a frame,
 * Cornerstone would wait for the end of that frame for ever.
 */
export function keepDrawing(engine: RenderingEngine, texture: () => object): void {
  const of = behind(engine);
  for (const context of of?.contextPool?.getAllContexts?.() ?? []) {
    const { overrides } = context.getOpenGLRenderWindow().getViewNodeFactory().get('overrides');
    const make = overrides?.vtkImageMapper;
    if (!make || furnished.has(make)) continue; // contexts share their makers
    const withTexture: Make = (values) => make({ ...values, openGLTexture: texture() });
    furnished.add(withTexture);
    overrides.vtkImageMapper = withTexture;
  }
  const draw = of?._renderFlaggedViewports;
  if (!draw) return;
  of._renderFlaggedViewports = () => {
    try {
      draw();
    } catch (err) {
      of._animationFrameSet = false;
      throw err;
    }
  };
}

const furnished = new WeakSet<Make>();

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
