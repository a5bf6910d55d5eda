/** This browser's copy of what a person chose: it works without a line, and stands at once when a page opens. */
import { useQueryClient } from '@tanstack/react-query';
import { useCallback, useSyncExternalStore } from 'react';
import { sessionQuery } from '@/api/consults';
import type { KeptPreferences } from '@/api/preferences';
import type { Me } from '@/api/types';

export type Section = 'viewer' | 'hanging';

const sections: readonly Section[] = ['viewer', 'hanging'];
const changed = 'yilian-own';
const place = (section: string, person: string) => `yilian.${section}.${person}`;

/** Who is signed in; a guest has what this browser keeps. */
export function usePerson(): string {
  const me = useQueryClient().getQueryData<Me | null>(sessionQuery.queryKey);
  return me?.person.id ?? guest;
}

export const guest = 'guest';

/** One section as it was stored, and how to store another. */
export function useOwn(section: Section): [string | null, (make: (stored: string | null) => unknown) => void] {
  const at = place(section, usePerson());
  const stored = useSyncExternalStore(onOwn, () => localStorage.getItem(at));
  const change = useCallback(
    (make: (stored: string | null) => unknown) => {
      localStorage.setItem(at, JSON.stringify(make(localStorage.getItem(at))));
      tell();
    },
    [at],
  );
  return [stored, change];
}

/** Calls back when something was chosen, here or in another window of this browser. */
export function onOwn(fn: () => void): () => void {
  window.addEventListener(changed, fn);
  window.addEventListener('storage', fn);
  return () => {
    window.removeEventListener(changed, fn);
    window.removeEventListener('storage', fn);
  };
}

const tell = () => window.dispatchEvent(new Event(changed));

export function readOwn(person: string): Record<string, unknown> {
  return Object.fromEntries(
    sections.flatMap((section) => {
      const found = parsed(localStorage.getItem(place(section, person)));
      return found === undefined ? [] : [[section, found]];
    }),
  );
}

export function writeOwn(person: string, all: Readonly<Record<string, unknown>>): void {
  for (const section of sections) {
    if (all[section] === undefined) continue;
    localStorage.setItem(place(section, person), JSON.stringify(all[section]));
  }
  tell();
}

/** What this browser and the server last agreed on. Earlier versions of the page noted the sections alone. */
export function readAgreed(person: string): KeptPreferences | undefined {
  const found = parsed(localStorage.getItem(place('agreed', person))) as KeptPreferences | Sections | undefined;
  return found && (isKept(found) ? found : { version: 0, sections: found });
}

type Sections = KeptPreferences['sections'];

const isKept = (found: KeptPreferences | Sections): found is KeptPreferences =>
  typeof found.version === 'number' && typeof found.sections === 'object';

export function writeAgreed(person: string, { version, sections }: KeptPreferences): void {
  localStorage.setItem(place('agreed', person), JSON.stringify({ version, sections }));
}

function parsed(stored: string | null): unknown {
  try {
    return stored === null ? undefined : JSON.parse(stored);
  } catch {
    return undefined;
  }
}
