/** What happens when the graphics card takes its contexts away. Touches Cornerstone3D, as engine.ts does. */
import { Enums, eventTarget, type RenderingEngine, setUseCPURendering, utilities } from '@cornerstonejs/core';
import { machine } from './able/able';
import { type Losses, lostAgain } from './able/able.model';

const patience = 4000; // ms in which browsers give a lost context back

/** Told on the event target when pictures are drawn by the processor from now on: every stack is to be opened again. */
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
    machine.giveUp();
    setUseCPURendering(true);
    utilities.triggerEvent(eventTarget, fellBack, {});
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
    engine.render();
  }) as EventListener);
}
