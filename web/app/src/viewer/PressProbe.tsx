import { useEffect, useState } from 'react';
import type { Viewer } from './engine';
import { figureText } from './figures.model';
import type { Pane } from './pane';
import { isHand } from './tools';

const pressMs = 500;
const still = 8; // px that a finger may tremble
const shownMs = 4000;

interface Props {
  viewer: Viewer;
  pane: Pane;
}

/** A long press of a finger tells the value under it, unless the finger draws. */
export function PressProbe({ viewer, pane }: Props) {
  const [at, setAt] = useState<{ x: number; y: number; text: string }>();
  useEffect(() => {
    const { element } = pane;
    let pressing: ReturnType<typeof setTimeout> | undefined;
    let showing: ReturnType<typeof setTimeout> | undefined;
    let from = { x: 0, y: 0 };
    const look = () => {
      const box = element.getBoundingClientRect();
      const place = { x: from.x - box.x, y: from.y - box.y };
      const text = pane.valueAt(place.x, place.y).map(figureText)[0];
      if (!text) return;
      setAt({ ...place, text });
      showing = setTimeout(() => setAt(undefined), shownMs);
    };
    const down = (e: PointerEvent) => {
      clearTimeout(pressing);
      clearTimeout(showing);
      setAt(undefined);
      if (e.pointerType !== 'touch' || !e.isPrimary || !isHand(viewer.tool)) return;
      from = { x: e.clientX, y: e.clientY };
      pressing = setTimeout(look, pressMs);
    };
    const move = (e: PointerEvent) => {
      if (Math.hypot(e.clientX - from.x, e.clientY - from.y) > still) clearTimeout(pressing);
    };
    const up = () => clearTimeout(pressing);
    const listeners = [
      ['pointerdown', down],
      ['pointermove', move],
      ['pointerup', up],
      ['pointercancel', up],
    ] as const;
    for (const [name, fn] of listeners) element.addEventListener(name, fn, true);
    return () => {
      clearTimeout(pressing);
      clearTimeout(showing);
      for (const [name, fn] of listeners) element.removeEventListener(name, fn, true);
    };
  }, [viewer, pane]);
  if (!at) return null;
  return (
    <output className="viewer-press num" style={{ left: at.x, top: at.y }} data-testid="press-probe">
      {at.text}
    </output>
  );
}
