/** What happens when the graphics card takes its contexts away. Touches Cornerstone3D, as engine.ts does. */
import { Enums, eventTarget, type RenderingEngine, setUseCPURendering, utilities } from '@cornerstonejs/core';
import { machine } from './able/able';
import { type Losses, lostAgain } from './able/able.model';

const patience = 4000; // ms in which browsers give a lost context back

/** Told on the event target right before pictures are drawn by the processor: every stack is to be opened again, as it lies. */
export const fellBack = 'YILIAN_FELL_BACK';

type ContextEvent = CustomEvent<{ readonly contextIndex: number }>;

/**
 * Contexts that come back are drawn into again. One that does not, or a card that loses them again and again, leaves the
 * pictures to the processor, for the rest of the page's life. Without WebGL from the start the processor draws anyhow.
 */
export function recover(engine: RenderingEngine): void {
  const gone = new Set<number>();
  let losses: Losses = { at: [] };
  let waiting: ReturnType<typeof setTimeout> | undefined;
  const giveUp = () => {
    clearTimeout(waiting);
    waiting = undefined;
    if (machine.able.draw === 'cpu') return;
    utilities.triggerEvent(eventTarget, fellBack, {});
    setUseCPURendering(true);
    machine.giveUp();
  };
  eventTarget.addEventListener(Enums.Events.WEBGL_CONTEXT_LOST, ((e: ContextEvent) => {
    gone.add(e.detail.contextIndex);
    if (waiting !== undefined) return; // all contexts of a card go together: one loss
    const next = lostAgain(losses, performance.now());
    losses = next.losses;
    if (next.giveUp) giveUp();
    else waiting = setTimeout(giveUp, patience);
  }) as EventListener);
  eventTarget.addEventListener(Enums.Events.WEBGL_CONTEXT_RESTORED, ((e: ContextEvent) => {
    gone.delete(e.detail.contextIndex);
    if (gone.size === 0) {
      clearTimeout(waiting);
      waiting = undefined;
    }
    forget(engine, e.detail.contextIndex);
    engine.render();
  }) as EventListener);
}

/** What is used here of a window of vtk.js, in which several panes are drawn one after the other. */
interface DrawnWindow {
  getRenderWindow(): {
    getRenderers(): readonly object[];
    addRenderer(renderer: object): void;
    removeRenderer(renderer: object): void;
  };
  getOpenGLRenderWindow(): {
    releaseGraphicsResources(): void;
    buildPass(prepass: boolean): void;
    set(values: { initialized: boolean }, noWarning: boolean, noSetter: boolean): void;
  };
}

/**
 * Buffers, textures and shaders of a context that was lost are none any more, and vtk.js keeps them: its own listener for a
 * context that returns is added before the function is there. All that it made for drawing goes and is made anew.
 */
function forget(engine: RenderingEngine, index: number): void {
  const { _implementation: of } = engine as unknown as {
    _implementation?: { contextPool?: { getContextByIndex(index: number): { context: DrawnWindow } | null } };
  };
  const drawn = of?.contextPool?.getContextByIndex(index)?.context;
  if (!drawn) return;
  const window = drawn.getRenderWindow();
  const gl = drawn.getOpenGLRenderWindow();
  const renderers = [...window.getRenderers()];
  gl.releaseGraphicsResources();
  for (const r of renderers) window.removeRenderer(r);
  gl.buildPass(true);
  gl.set({ initialized: false }, true, true);
  for (const r of renderers) window.addRenderer(r);
}
