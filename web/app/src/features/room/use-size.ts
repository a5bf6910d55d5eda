import { type RefObject, useEffect, useState } from 'react';

const rowHeight = 62; // px: of the strip below the pictures when it has one row

/** How much of the stage the strip at its foot covers. What is opened in it for a while lies over the pictures. */
export function useFoot(ref: RefObject<Element | null>): number {
  const [foot, setFoot] = useState(rowHeight);
  useEffect(() => {
    const strip = ref.current;
    if (!strip) return;
    const observer = new ResizeObserver(([entry]) => {
      if (entry && !strip.querySelector('details[open]')) setFoot(Math.max(rowHeight, entry.contentRect.height + 28));
    });
    observer.observe(strip);
    return () => observer.disconnect();
  }, [ref]);
  return foot;
}

/** The size of an element, as it changes. */
export function useSize(ref: RefObject<Element | null>): { width: number; height: number } {
  const [size, setSize] = useState({ width: 0, height: 0 });
  useEffect(() => {
    if (!ref.current) return;
    const observer = new ResizeObserver(([entry]) => {
      if (entry) setSize({ width: entry.contentRect.width, height: entry.contentRect.height });
    });
    observer.observe(ref.current);
    return () => observer.disconnect();
  }, [ref]);
  return size;
}
