/** What happens when the graphics card takes its context away. Touches Cornerstone3D, as engine.ts does. */
import { Enums, eventTarget, type RenderingEngine, setUseCPURendering, utilities } from '@cornerstonejs/core';

const patience = 4000; // ms in which browsers give a lost context back

/** Told on the event target when pictures are drawn by the processor from now on: every stack is to be opened again. */
export const fellBack = 'YILIAN_FELL_BACK';

/**
 * A context that comes back is drawn into again; one that does not leaves the pictures to the processor, for the rest of the
 * page's life. Without WebGL from the start, Cornerstone takes the processor by itself.
 */
export function recover(engine: RenderingEngine): void {
  let waiting: ReturnType<typeof setTimeout> | undefined;
  eventTarget.addEventListener(Enums.Events.WEBGL_CONTEXT_LOST, () => {
    waiting ??= setTimeout(() => {
      setUseCPURendering(true);
      utilities.triggerEvent(eventTarget, fellBack, {});
    }, patience);
  });
  eventTarget.addEventListener(Enums.Events.WEBGL_CONTEXT_RESTORED, () => {
    clearTimeout(waiting);
    waiting = undefined;
    engine.render();
  });
}
