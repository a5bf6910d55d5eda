/** Hangings that a reader kept, under their own name. */
import { useCallback, useMemo } from 'react';
import { useOwn } from '../own/own';
import { readKept } from './kept.model';
import type { ProtocolName } from './protocol.model';
import type { Kept } from './wishes.model';

interface KeptHangings {
  of: (protocol: ProtocolName, screen: number) => Kept | undefined;
  keep: (protocol: ProtocolName, screen: number, kept: Kept | undefined) => void;
}

/** The only screen is another hanging than the first of two. */
export function useKept(screens: number): KeptHangings {
  const [stored, store] = useOwn('hanging');
  const all = useMemo(() => readKept(stored), [stored]);
  const name = useCallback(
    (protocol: ProtocolName, screen: number) => `${protocol}/${screen + 1}of${screens}`,
    [screens],
  );
  return useMemo(
    () => ({
      of: (protocol, screen) => all[name(protocol, screen)],
      keep: (protocol, screen, kept) => store((old) => ({ ...readKept(old), [name(protocol, screen)]: kept })),
    }),
    [all, name, store],
  );
}
