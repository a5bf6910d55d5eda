import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { preferencesQuery, savePreferences } from '@/api/preferences';
import { ApiError } from '@/api/problem';
import { useToast } from '@/ui/toast';
import { agree } from './agree.model';
import { guest, onOwn, readBase, readOwn, usePerson, writeBase, writeOwn } from './own';

const pause = 700; // ms after the last change before it is kept

/** Keeps what a person chose on the server, and brings what they chose elsewhere. What fails for want of a line goes when it is back. */
export function useOwnKept(): void {
  const person = usePerson();
  const queries = useQueryClient();
  const toast = useToast();
  const { t } = useTranslation();
  const { data } = useQuery({ ...preferencesQuery, enabled: person !== guest });
  const saving = useRef(false);

  const look = useCallback(async () => {
    const server = queries.getQueryData(preferencesQuery.queryKey);
    if (person === guest || !server || saving.current) return;
    const local = readOwn(person);
    const now = agree(readBase(person), server.sections, local);
    if (JSON.stringify(now.local) !== JSON.stringify(local)) writeOwn(person, now.local);
    writeBase(person, server.sections);
    if (now.overtaken.length > 0) toast.say(t('viewer.own.overtaken'));
    if (!now.push) return;
    saving.current = true;
    try {
      const kept = await savePreferences(server.version, now.push);
      writeBase(person, kept.sections);
      saving.current = false;
      queries.setQueryData(preferencesQuery.queryKey, kept);
    } catch (err) {
      saving.current = false;
      if (!(err instanceof ApiError)) return; // no line: it stands here until there is one
      if (err.code === 'stale') await queries.invalidateQueries({ queryKey: preferencesQuery.queryKey });
      else toast.fail(err);
    }
  }, [person, queries, toast, t]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: whenever the server answered
  useEffect(() => void look(), [look, data]);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const later = () => {
      clearTimeout(timer);
      timer = setTimeout(look, pause);
    };
    const off = onOwn(later);
    window.addEventListener('online', later);
    return () => {
      off();
      window.removeEventListener('online', later);
      clearTimeout(timer);
      void look(); // what was chosen in the last moment counts, too
    };
  }, [look]);
}
