import { useCallback, useEffect, useRef, useState, useSyncExternalStore } from 'react';
import type { Ticket } from '@/api/types';
import { type Call, type CallState, createCall, deviceKind } from '@/call';

export interface Joined {
  call: Call;
  ticket: Ticket;
}

interface Tracks {
  mic: MediaStreamTrack | null;
  camera: MediaStreamTrack | null;
}

/** One seat in a room: a fresh ticket, then the call; `rejoin` asks for another ticket. `room` tells one room from the next. */
export function useSeat(room: string, fetchTicket: () => Promise<Ticket>, tracks: Tracks) {
  const [joined, setJoined] = useState<Joined>();
  const [error, setError] = useState<unknown>();
  const [round, setRound] = useState(0);
  const first = useRef(tracks);
  first.current = tracks;
  const fetch = useRef(fetchTicket);
  fetch.current = fetchTicket;

  // biome-ignore lint/correctness/useExhaustiveDependencies: round is the wish to enter again
  useEffect(() => {
    let over = false;
    let call: Call | undefined;
    setError(undefined);
    const enter = async () => {
      try {
        const ticket = await fetch.current();
        if (over) return;
        const touch = window.matchMedia('(pointer: coarse)').matches;
        const device = deviceKind(touch, Math.min(window.screen.width, window.screen.height));
        call = createCall({ url: ticket.url, ticket: ticket.ticket, ...first.current, device });
        call.join();
        setJoined({ call, ticket });
      } catch (cause) {
        if (!over) setError(cause);
      }
    };
    void enter();
    return () => {
      over = true;
      call?.leave();
      setJoined(undefined);
    };
  }, [room, round]);

  const rejoin = useCallback(() => setRound((n) => n + 1), []);
  return { joined, error, rejoin };
}

export function useCallState(call: Call): CallState {
  return useSyncExternalStore(call.subscribe, call.snapshot);
}
