import { useCallback, useEffect, useRef } from 'react';
import type { Viewer } from './engine';
import { type Measurement, sameMeasurements } from './measurements.model';

const settle = 150; // ms after the last change: a drag changes a measurement many times a second

/** Puts kept measurements on the images, once, and tells of every change a moment after the last one. */
export function useMarks(
  viewer: Viewer,
  study: string,
  kept: readonly Measurement[] | undefined,
  tell: ((all: Measurement[]) => void) | undefined,
): void {
  const last = useRef<readonly Measurement[]>([]);
  const restored = useRef(false);
  const send = useRef(tell);
  send.current = tell;
  useEffect(() => {
    // Only once: an answer of the server that is older than the last stroke must not bring back what was rubbed out.
    if (!kept || restored.current) return;
    restored.current = true;
    last.current = kept;
    viewer.restore(study, kept);
  }, [viewer, study, kept]);
  const flush = useCallback(() => {
    const now = viewer.measurements(study);
    if (!restored.current || sameMeasurements(now, last.current)) return;
    last.current = now;
    send.current?.(now);
  }, [viewer, study]);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const off = viewer.subscribe(() => {
      clearTimeout(timer);
      timer = setTimeout(flush, settle);
    });
    return () => {
      off();
      clearTimeout(timer);
      flush(); // a measurement of the last moment counts, too
    };
  }, [viewer, flush]);
}
