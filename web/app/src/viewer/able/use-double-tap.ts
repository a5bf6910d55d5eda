import { useEffect } from 'react';
import type { Viewer } from '../engine';
import type { Pane } from '../pane';
import { isHand } from '../tools';
import { isDoubleTap, type Tap } from './touch.model';

/** Two quick taps of one finger fit the picture into its pane, unless the finger draws. */
export function useDoubleTap(pane: Pane | undefined, viewer: Viewer): void {
  useEffect(() => {
    if (!pane) return;
    const { element } = pane;
    let down: PointerEvent | undefined;
    let before: Tap | undefined;
    const pressed = (e: PointerEvent) => {
      down = e.pointerType === 'touch' && e.isPrimary ? e : undefined;
      if (!e.isPrimary) before = undefined; // a second finger
    };
    const lifted = (e: PointerEvent) => {
      if (!down || e.pointerId !== down.pointerId || !isHand(viewer.tool)) return;
      const tap = { x: e.clientX, y: e.clientY, down: down.timeStamp, up: e.timeStamp };
      const still = Math.hypot(e.clientX - down.clientX, e.clientY - down.clientY) < 10;
      if (still && isDoubleTap(before, tap)) pane.presentation.frame({ zoom: 1, pan: [0, 0] });
      before = still ? tap : undefined;
    };
    element.addEventListener('pointerdown', pressed, true);
    element.addEventListener('pointerup', lifted, true);
    return () => {
      element.removeEventListener('pointerdown', pressed, true);
      element.removeEventListener('pointerup', lifted, true);
    };
  }, [pane, viewer]);
}
