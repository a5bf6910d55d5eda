/** What happens when the graphics card takes its contexts away. Touches Cornerstone3D, as engine.ts does. */
import { cache, Enums, eventTarget, type RenderingEngine, setUseCPURendering, utilities } from '@cornerstonejs/core';
import { machine } from './able/able';
import { type Losses, lostAgain } from './able/able.model';

const patience = 4000; // ms in which browsers give a lost context back

/** Told on the event target right before pictures are drawn by the processor: every stack is to be opened again, as it lies. */
export const fellBack = 'YILIAN_FELL_BACK';

/** Told on the event target when a context has come back and what was made in it is forgotten. */
export const cameBack = 'YILIAN_CAME_BACK';

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
    utilities.triggerEvent(eventTarget, cameBack, {});
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
    getContext(): object | null;
    get(field: '_graphicsResources'): {
      readonly _graphicsResources: Map<object, { readonly oglObject: object | null }>;
    };
    buildPass(prepass: boolean): void;
    set(values: { initialized: boolean }, noWarning: boolean, noSetter: boolean): void;
    getChildren(): readonly DrawnNode[];
  };
}

/** What vtk.js keeps for something that it draws. */
interface DrawnNode {
  getChildren(): readonly DrawnNode[];
  get(field: 'openGLTexture'): { readonly openGLTexture?: object | null };
  set(values: { openGLTexture: object }, noWarning: boolean, noSetter: boolean): void;
}

/** The picture of a pane that is hidden has no texture, and vtk.js lets go of it all the same: it would end in the middle. */
function standIn(node: DrawnNode): void {
  for (const child of node.getChildren()) standIn(child);
  if (node.get('openGLTexture').openGLTexture !== null) return;
  node.set({ openGLTexture: { releaseGraphicsResources: () => {} } }, true, true);
}

/** A volume keeps the texture that its planes and its body share, and knows which slices the card has. */
interface VolumeTexture {
  get(field: 'context'): { readonly context?: object | null };
  releaseGraphicsResources(window: object): void;
  modified(): void;
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
  for (const node of gl.getChildren()) standIn(node);
  // Nor can what is asked for and not made yet be let go.
  const { _graphicsResources: resources } = gl.get('_graphicsResources');
  for (const [what, { oglObject }] of [...resources]) if (!oglObject) resources.delete(what);
  gl.releaseGraphicsResources();
  for (const { vtkOpenGLTexture: texture } of cache.getVolumes() as unknown as { vtkOpenGLTexture?: VolumeTexture }[]) {
    if (!texture || texture.get('context').context !== gl.getContext()) continue;
    texture.releaseGraphicsResources(gl);
    texture.modified(); // all its slices are to be given to the card again
  }
  for (const r of renderers) window.removeRenderer(r);
  gl.buildPass(true);
  gl.set({ initialized: false }, true, true);
  for (const r of renderers) window.addRenderer(r);
}
