import { useQuery } from '@tanstack/react-query';
import { createContext, use } from 'react';
import { sessionQuery } from '@/api/consults';
import type { Me, Role } from '@/api/types';

export const MeContext = createContext<Me | undefined>(undefined);

/** Who is signed in; only below the shell, where somebody is. */
export function useMe(): Me {
  const me = use(MeContext);
  if (!me) throw new Error('useMe outside of a signed-in page');
  return me;
}

export function useIs(...roles: Role[]): boolean {
  const me = useMe();
  return roles.some((role) => me.point.roles.includes(role));
}

export const useSession = () => useQuery(sessionQuery);
