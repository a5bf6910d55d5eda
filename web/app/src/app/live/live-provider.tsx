import { useQueryClient } from '@tanstack/react-query';
import { createContext, type ReactNode, use, useEffect, useState, useSyncExternalStore } from 'react';
import { lineBack, lineDead } from '@/api/steady';
import { inviteStore } from '@/features/ring/invite-store';
import { ringStore } from '@/features/ring/ring-store';
import { ClockContext } from '@/ui/server-clock';
import { Hints } from './hints';
import { doubtful, firstState, type LiveMessage, type LiveState } from './live.model';
import { LiveSocket } from './live-socket';

const LiveContext = createContext<LiveSocket | undefined>(undefined);

/** Opens the live connection for a signed-in person and lets its hints make cached answers stale. */
export function LiveProvider({ children }: { children: ReactNode }) {
  const queries = useQueryClient();
  const clock = use(ClockContext);
  const [socket, setSocket] = useState<LiveSocket>();
  useEffect(() => {
    const url = new URL('/api/live', window.location.href);
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
    const hints = new Hints((queryKey) => void queries.invalidateQueries({ queryKey }));
    const message = (message: LiveMessage, sentAt: number) => {
      switch (message.type) {
        case 'hello':
          inviteStore.dispatch({ type: 'greeted' });
          clock.learn(message.serverTime, sentAt);
          break;
        case 'pong':
          clock.learn(message.serverTime, sentAt);
          break;
        case 'changed':
          hints.add(doubtful(message.topic, message.id));
          break;
        case 'ring':
          ringStore.dispatch({ type: 'ring', ring: message });
          break;
        case 'unring':
          ringStore.dispatch({ type: 'unring', request: message.request, ring: message.ring, by: message.by });
          break;
        case 'invite':
          inviteStore.dispatch({ type: 'invite', invite: message });
          break;
        case 'uninvite':
          inviteStore.dispatch(message);
          break;
        case 'signedOut':
          void queries.invalidateQueries({ queryKey: ['session'] });
          break;
      }
    };
    const restored = () => {
      lineBack();
      // What was given up by that has failed by then, and is asked for as well.
      setTimeout(() => void queries.invalidateQueries());
    };
    const live = new LiveSocket(url.href, { message, lost: lineDead, restored });
    setSocket(live);
    live.start();
    return () => {
      hints.stop();
      live.stop();
    };
  }, [queries, clock]);
  return <LiveContext value={socket}>{children}</LiveContext>;
}

const nothing = () => () => undefined;
const atStart = () => firstState;

export function useLive(): LiveState {
  const socket = use(LiveContext);
  return useSyncExternalStore(socket?.subscribe ?? nothing, socket?.state ?? atStart);
}
