import { newKey } from '@/api/client';

const stored = 'yilian.guest';

/** The key of this browser for guest links: a link works with the first key that used it, so that a reload keeps the seat. */
export function guestKey(): string {
  const known = localStorage.getItem(stored);
  if (known) return known;
  const made = newKey();
  localStorage.setItem(stored, made);
  return made;
}
