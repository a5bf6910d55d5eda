import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import {
  type Clock,
  type ClockEvent,
  covers,
  firstClock,
  nextClock,
  type Order,
  orderFor,
  type Piece,
} from './playback.model';

/** How often the elements are brought into step; the picture moves by itself in between. */
const every = 100; // ms

const seen = (element: HTMLVideoElement) => ({
  time: element.currentTime * 1000,
  paused: element.paused,
  ready: element.readyState >= HTMLMediaElement.HAVE_FUTURE_DATA,
});

function obey(element: HTMLVideoElement, order: Order): void {
  if (order.do === 'nothing') return;
  if (order.time !== undefined && !element.seeking) element.currentTime = order.time / 1000;
  if (order.do === 'pause') {
    element.pause();
    return;
  }
  if (element.playbackRate !== order.rate) element.playbackRate = order.rate;
  if (element.paused) element.play().catch(() => undefined); // refused before the first press, or ended by a pause
}

export interface Playback {
  clock: Clock;
  send: (event: ClockEvent) => void;
  /** The ref of the element that plays a file. */
  attach: (piece: Piece) => (element: HTMLVideoElement | null) => void;
}

/** One clock for many media elements. */
export function usePlayback(pieces: readonly Piece[], duration: number): Playback {
  const elements = useRef(new Map<string, HTMLVideoElement>());
  const [clock, setClock] = useState<Clock>(firstClock);
  const state = useRef(clock);
  const refs = useRef(new Map<string, (element: HTMLVideoElement | null) => void>());

  const bring = useCallback(() => {
    const { at, playing, rate, waiting } = state.current;
    for (const piece of pieces) {
      const element = elements.current.get(piece.name);
      if (!element) continue;
      obey(element, orderFor(piece, at, playing && waiting === undefined, rate, seen(element)));
    }
  }, [pieces]);

  const send = useCallback(
    (event: ClockEvent) => {
      const next = nextClock(state.current, event, duration);
      if (next === state.current) return;
      state.current = next;
      setClock(next);
      if (event.type !== 'tick') bring();
    },
    [bring, duration],
  );

  useEffect(() => {
    let last = performance.now();
    const timer = setInterval(() => {
      const now = performance.now();
      const { at } = state.current;
      const hungry = pieces.some((piece) => {
        const element = elements.current.get(piece.name);
        return (
          element !== undefined &&
          covers(piece, at) &&
          at < piece.offsetMs + piece.durationMs - 300 &&
          element.error === null &&
          (element.seeking || element.readyState < HTMLMediaElement.HAVE_FUTURE_DATA)
        );
      });
      send({ type: 'tick', elapsed: now - last, now, hungry });
      last = now;
      bring();
    }, every);
    return () => clearInterval(timer);
  }, [pieces, send, bring]);

  const attach = useCallback((piece: Piece) => {
    let ref = refs.current.get(piece.name);
    if (!ref) {
      ref = (element) => {
        if (element) elements.current.set(piece.name, element);
        else elements.current.delete(piece.name);
      };
      refs.current.set(piece.name, ref);
    }
    return ref;
  }, []);

  return useMemo(() => ({ clock, send, attach }), [clock, send, attach]);
}
