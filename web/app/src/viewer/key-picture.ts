/** The small picture of a frame that the server does not decode: from the pixels as they come for the pane. Touches Cornerstone3D. */
import { utilities } from '@cornerstonejs/core';
import { imageId } from './holding';
import type { Measurement } from './measurements.model';

/** What cannot be drawn stays empty: the pane says why. The processor draws: a card's contexts are for the panes. */
export async function drawKeyPicture(canvas: HTMLCanvasElement, study: string, key: Measurement): Promise<void> {
  const id = imageId(study, key.series, { instanceUid: key.instance, frame: key.frame });
  await utilities
    .loadImageToCanvas({ canvas, imageId: id, thumbnail: true, useCPURendering: true } as Parameters<
      typeof utilities.loadImageToCanvas
    >[0])
    .catch(() => {});
  canvas.removeAttribute('style'); // its size is the page's
}
