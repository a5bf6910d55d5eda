import { type QueryClient, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { preferencesQuery, savePreferences } from '@/api/preferences';
import { ApiError } from '@/api/problem';
import { useToast } from '@/ui/toast';
import { Keeping, type Ports } from './keeping';
import { guest, onOwn, readAgreed, readOwn, usePerson, writeAgreed, writeOwn } from './own';

const pause = 700; // ms after the last change before it is kept

/** Keeps what a person chose on the server, and brings what they chose elsewhere: the live connection makes the query stale. What fails
 *  for want of a line goes when it is back. */
export function useOwnKept(): void {
  const person = usePerson();
  const queries = useQueryClient();
  const toast = useToast();
  const { t } = useTranslation();
  const { data } = useQuery({ ...preferencesQuery, enabled: person !== guest });

  const keeping = useMemo(
    () =>
      new Keeping({
        ...atServer(person, queries, (err) => toast.fail(err)),
        local: () => readOwn(person),
        store: (sections) => writeOwn(person, sections),
        agreed: () => readAgreed(person),
        settle: (agreed) => writeAgreed(person, agreed),
        overtaken: () => toast.say(t('viewer.own.overtaken')),
      }),
    [person, queries, toast, t],
  );

  // biome-ignore lint/correctness/useExhaustiveDependencies: whenever the server answered
  useEffect(() => void keeping.look(), [keeping, data]);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const later = () => {
      clearTimeout(timer);
      timer = setTimeout(() => keeping.look(), pause);
    };
    const off = onOwn(later);
    window.addEventListener('online', later);
    return () => {
      off();
      window.removeEventListener('online', later);
      clearTimeout(timer);
      void keeping.look(); // what was chosen in the last moment counts, too
    };
  }, [keeping]);
}

type Line = Pick<Ports, 'heard' | 'ask' | 'save'>;

function atServer(person: string, queries: QueryClient, refused: (err: unknown) => void): Line {
  const { queryKey } = preferencesQuery;
  return {
    heard: () => (person === guest ? undefined : queries.getQueryData(queryKey)),
    ask: async () => {
      await queries.invalidateQueries({ queryKey });
      const state = queries.getQueryState(queryKey);
      return state && !state.isInvalidated ? state.data : undefined;
    },
    save: async (version, sections) => {
      try {
        const kept = await savePreferences(version, sections);
        queries.setQueryData(queryKey, kept);
        return { kept };
      } catch (err) {
        if (!(err instanceof ApiError) || err.status === 0) return 'offline'; // it stands here until there is a line
        if (err.code === 'stale') return 'stale';
        refused(err);
        return 'refused';
      }
    },
  };
}
