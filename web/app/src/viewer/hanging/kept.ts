/** Hangings that a reader kept, in this browser under their own name. */
import { useQueryClient } from '@tanstack/react-query';
import { useCallback, useMemo, useState } from 'react';
import { sessionQuery } from '@/api/consults';
import type { Me } from '@/api/types';
import { type All, readKept } from './kept.model';
import type { Kept, ProtocolName } from './protocol.model';

interface KeptHangings {
  of: (protocol: ProtocolName, screen: number) => Kept | undefined;
  keep: (protocol: ProtocolName, screen: number, kept: Kept | undefined) => void;
}

/** The only screen is another hanging than the first of two. */
export function useKept(screens: number): KeptHangings {
  const me = useQueryClient().getQueryData<Me | null>(sessionQuery.queryKey);
  const place = `yilian.hanging.${me?.person.id ?? 'guest'}`;
  const read = useCallback((): All => readKept(localStorage.getItem(place)), [place]);
  const [all, setAll] = useState(read);
  const name = useCallback(
    (protocol: ProtocolName, screen: number) => `${protocol}/${screen + 1}of${screens}`,
    [screens],
  );
  return useMemo(
    () => ({
      of: (protocol, screen) => all[name(protocol, screen)],
      keep: (protocol, screen, kept) => {
        const now = { ...read(), [name(protocol, screen)]: kept };
        localStorage.setItem(place, JSON.stringify(now));
        setAll(now);
      },
    }),
    [all, name, read, place],
  );
}
