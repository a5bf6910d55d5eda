/** What was typed and has not reached the server: whether it comes back, and against what. Pure. */
import type { Draft } from '@/api/readings';
import { sameDraft } from './reading.model';

/** A text as this browser keeps it. */
export interface KeptText {
  readonly draft: Draft;
  /** What the server held when it was typed. */
  readonly base: Draft;
  readonly at: number; // ms
}

export type Return =
  | { readonly kind: 'nothing' }
  /** Goes on where it stopped. */
  | { readonly kind: 'restore'; readonly draft: Draft; readonly at: number }
  /** The server holds something that its writer has not seen. */
  | { readonly kind: 'conflict'; readonly draft: Draft; readonly at: number; readonly base: Draft };

/** What becomes of a kept text when its report is opened again. */
export function afterReturn(kept: KeptText | undefined, server: Draft): Return {
  if (!kept || sameDraft(kept.draft, server)) return { kind: 'nothing' };
  const { draft, base, at } = kept;
  return sameDraft(base, server) ? { kind: 'restore', draft, at } : { kind: 'conflict', draft, at, base };
}

const quiet = 2000; // ms after the last key
const longest = 5000; // ms for which somebody may type without a pause

/** How long to wait before a text is saved that has been unsaved since a moment. */
export function saveIn(now: number, unsavedSince: number): number {
  return Math.max(0, Math.min(quiet, unsavedSince + longest - now));
}
