/** The second window stays with the study that the first one has open. Windows know each other by the tab that opened them. */

import { useEffect, useRef } from 'react';
import { newKey } from '@/api/client';

type Message = { readonly kind: 'open'; readonly url: string } | { readonly kind: 'where' };

const stored = 'yilian.tab';

/** A window that is opened from this one has the same: browsers copy it with the session. */
function tab(): string {
  const known = sessionStorage.getItem(stored) ?? newKey();
  sessionStorage.setItem(stored, known);
  return known;
}

function channel(): BroadcastChannel | undefined {
  return 'BroadcastChannel' in window ? new BroadcastChannel(`yilian-screens-${tab()}`) : undefined;
}

/** Tells the other screens where their page of the study is that is open here, now and when they ask. */
export function useLedScreens(url: string | undefined): void {
  useEffect(() => {
    const c = url === undefined ? undefined : channel();
    if (!c || url === undefined) return;
    const tell = () => c.postMessage({ kind: 'open', url } satisfies Message);
    c.onmessage = ({ data }: MessageEvent<Message>) => {
      if (data.kind === 'where') tell();
    };
    tell();
    return () => c.close();
  }, [url]);
}

/** On another screen: goes where the first window says. */
export function useFollowing(go: (url: string) => void): void {
  const latest = useRef(go);
  latest.current = go;
  useEffect(() => {
    const c = channel();
    if (!c) return;
    c.onmessage = ({ data }: MessageEvent<Message>) => {
      if (data.kind === 'open' && data.url !== window.location.pathname) latest.current(data.url);
    };
    c.postMessage({ kind: 'where' } satisfies Message);
    return () => c.close();
  }, []);
}
