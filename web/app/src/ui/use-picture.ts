import { useEffect, useRef, useState } from 'react';
import { ApiError } from '@/api/problem';
import { steady } from '@/api/steady';
import { useLineBack } from './line-back';

/** failed: the server does not give it; offline: it did not come over the line. */
export type PictureState = 'loading' | 'done' | 'offline' | 'failed';

const lettingGo = 100; // ms

/** A picture that is fetched again when the line is back: an element of the page alone would stay broken, or wait for ever. */
export function usePicture(url: string, told?: (state: PictureState) => void) {
  const [at, setAt] = useState({ url, attempt: 0, state: 'loading' as PictureState });
  const now = at.url === url ? at : { url, attempt: at.attempt, state: 'loading' as const };
  const latest = useRef(now);
  latest.current = now;
  const tell = useRef(told);
  tell.current = told;
  const put = (state: PictureState) => {
    setAt({ ...latest.current, state });
    tell.current?.(state);
  };
  const image = useRef<HTMLImageElement>(null);
  const again = () => {
    // One that hangs would hold its connection, and the next of the same address would wait with it, until all elements have let go of it.
    image.current?.removeAttribute('src');
    tell.current?.('loading');
    setTimeout(() => setAt({ ...latest.current, attempt: latest.current.attempt + 1, state: 'loading' }), lettingGo);
  };
  const back = useLineBack();
  const seen = useRef(back);
  // biome-ignore lint/correctness/useExhaustiveDependencies: only the line asks again by itself
  useEffect(() => {
    if (seen.current === back) return;
    seen.current = back;
    if (latest.current.state === 'loading' || latest.current.state === 'offline') again();
  }, [back]);
  const probe = async () => {
    const { attempt } = latest.current;
    const why = await steady(url).then(
      () => 'failed' as const,
      (e: unknown) => (ApiError.isOffline(e) ? ('offline' as const) : ('failed' as const)),
    );
    if (latest.current.url !== url || latest.current.attempt !== attempt) return;
    // It can be had after all: the line is back already.
    if (why === 'failed' && attempt < 2 && latest.current.state === 'loading') again();
    else put(why);
  };
  return {
    state: now.state,
    again,
    img: { ref: image, src: url, onLoad: () => put('done'), onError: () => void probe() },
    key: `${url}#${now.attempt}`,
  };
}
