/** What is left of an import that was broken off, so that the page can say so when it is opened again. No names, no paths. */
export interface Unfinished {
  /** Date.now() */
  at: number;
  files: number;
}

const key = (person: string) => `yilian.import.${person}`;

export function unfinished(person: string): Unfinished | undefined {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(key(person)) ?? 'null');
    if (typeof kept !== 'object' || !kept || !('at' in kept) || !('files' in kept)) return;
    const { at, files } = kept;
    return typeof at === 'number' && typeof files === 'number' && files > 0 ? { at, files } : undefined;
  } catch {
    return undefined;
  }
}

/** Keeps it; nothing left to do forgets it. */
export function remember(person: string, left: Unfinished | undefined): void {
  try {
    if (left && left.files > 0) localStorage.setItem(key(person), JSON.stringify(left));
    else localStorage.removeItem(key(person));
  } catch {
    // Storage that is full or forbidden: the service knows what is stored, only the reminder is missing.
  }
}
