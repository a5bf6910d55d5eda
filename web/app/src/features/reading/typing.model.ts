/** What a key does in a text with blanks and abbreviations, besides typing itself. Pure. */
import type { Macro } from '@/api/readings';
import { type Blank, beginNumber, blankAt, fill, nextBlank, previousBlank } from './blanks.model';
import { expand } from './macros.model';

export type Typed =
  | { readonly do: 'leave' }
  | { readonly do: 'select'; readonly from: number; readonly to: number }
  | { readonly do: 'write'; readonly text: string; readonly from: number; readonly to: number };

interface Press {
  readonly key: string;
  readonly shiftKey: boolean;
}

/** A text, what is selected in it, and a key: what happens, or undefined where the key is the browser's. */
export function typed(
  key: Press,
  text: string,
  { from, to }: { from: number; to: number },
  macros: readonly Macro[],
): Typed | undefined {
  if (key.key === 'Escape') return { do: 'leave' };
  if (key.key === ' ' || key.key === 'Tab') {
    const expanded = from === to && !key.shiftKey ? written(text, to, macros) : undefined;
    return expanded ?? (key.key === 'Tab' ? moved(text, { from, to }, key.shiftKey) : undefined);
  }
  const blank = blankAt(text, from, to);
  if (!/^\d$/.test(key.key) || blank?.from !== from || blank.to !== to) return undefined;
  return blank.kind === 'number' ? counted(text, blank, key.key) : chosen(text, blank, Number(key.key));
}

/** An abbreviation written out; the writer stands in its first blank, or behind it. */
function written(text: string, caret: number, macros: readonly Macro[]): Typed | undefined {
  const e = expand(text, caret, macros);
  if (!e) return undefined;
  const inside = nextBlank(e.text.slice(0, e.to), e.from);
  const at = inside && inside.from >= e.from ? inside : { from: e.to, to: e.to };
  return { do: 'write', text: e.text, from: at.from, to: at.to };
}

function moved(text: string, at: { from: number; to: number }, back: boolean): Typed | undefined {
  const b = back ? previousBlank(text, at.from) : nextBlank(text, at.to);
  if (!b || (b.from === at.from && b.to === at.to)) return undefined; // the only one: the key leaves the field
  return { do: 'select', from: b.from, to: b.to };
}

function counted(text: string, b: Blank, digit: string): Typed {
  const begun = beginNumber(text, b, digit);
  return { do: 'write', text: begun.text, from: begun.caret, to: begun.caret };
}

function chosen(text: string, b: Blank, n: number): Typed | undefined {
  const option = b.kind === 'choice' ? b.options[n - 1] : undefined;
  return option === undefined ? undefined : filled(text, b, option);
}

/** A blank filled by choice; the writer goes on to the next one. */
export function filled(text: string, b: Blank, words: string): Typed & { do: 'write' } {
  const f = fill(text, b, words);
  const next = nextBlank(f.text, f.caret);
  return { do: 'write', text: f.text, from: next?.from ?? f.caret, to: next?.to ?? f.caret };
}
