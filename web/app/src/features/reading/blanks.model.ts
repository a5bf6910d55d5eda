/** Blanks of a text that are still to be filled: [左|右] a choice, [# mm] a number with its unit, [ ] and [?hint] words. Pure. */

interface Place {
  readonly from: number;
  readonly to: number;
  /** As it stands in the text, with its brackets. */
  readonly text: string;
}

export type Blank =
  | (Place & { readonly kind: 'choice'; readonly options: readonly string[] })
  | (Place & { readonly kind: 'number' })
  | (Place & { readonly kind: 'words'; readonly hint: string });

const pattern = /\[(\s*|\?[^[\]]*|[^[\]|#]*(?:\|[^[\]|#]*)+|[^[\]|#]*(?:#[^[\]|#]*)+)\]/g;

export function blanksIn(text: string): Blank[] {
  return [...text.matchAll(pattern)].map((m) => blankOf(m[0], m[1] ?? '', m.index));
}

function blankOf(text: string, inside: string, from: number): Blank {
  const place = { from, to: from + text.length, text };
  if (inside.includes('|')) return { ...place, kind: 'choice', options: inside.split('|') };
  if (inside.includes('#')) return { ...place, kind: 'number' };
  return { ...place, kind: 'words', hint: inside.replace(/^\?/, '').trim() };
}

/** The blank in which somebody stands, its ends included where the whole of it is selected. */
export function blankAt(text: string, start: number, end = start): Blank | undefined {
  return blanksIn(text).find((b) => (start > b.from && end < b.to) || (start === b.from && end === b.to));
}

/** The next blank from a place on, round the end. */
export function nextBlank(text: string, from: number): Blank | undefined {
  const all = blanksIn(text);
  return all.find((b) => b.from >= from) ?? all[0];
}

/** The blank before a place, round the beginning. */
export function previousBlank(text: string, from: number): Blank | undefined {
  const all = blanksIn(text);
  return all.findLast((b) => b.to <= from) ?? all.at(-1);
}

interface Filled {
  readonly text: string;
  readonly caret: number;
}

/** Puts words in the place of a blank. */
export function fill(text: string, b: Blank, words: string): Filled {
  return { text: text.slice(0, b.from) + words + text.slice(b.to), caret: b.from + words.length };
}

/**
 * The first digit typed into a number: the unit stays behind the caret, and what is still to be counted stays a blank.
 * [# mm] becomes 8| mm; [# × # mm] becomes 8| × [# mm].
 */
export function beginNumber(text: string, b: Blank, digit: string): Filled {
  const [head = '', ...rest] = b.text.slice(1, -1).split('#');
  const tail = rest.join('#');
  const at = tail.indexOf('#');
  const glue = at < 0 ? tail : (/^\s*\D\s*/.exec(tail)?.[0] ?? '');
  const open = at < 0 ? '' : `[${tail.slice(glue.length)}]`;
  const put = head + digit;
  return { text: text.slice(0, b.from) + put + glue + open + text.slice(b.to), caret: b.from + put.length };
}

/** A text with its blanks as an expression that tells what they were filled with; a blank still open counts as its own notation. */
export function expressionOf(text: string): RegExp {
  let out = '';
  let at = 0;
  for (const b of blanksIn(text)) {
    out += escaped(text.slice(at, b.from)) + filledExpression(b);
    at = b.to;
  }
  return new RegExp(`^${out}${escaped(text.slice(at))}$`);
}

function filledExpression(b: Blank): string {
  const open = escaped(b.text);
  if (b.kind === 'choice') return `(${[...b.options.map(escaped), open].join('|')})`;
  if (b.kind === 'words') return `(.*?|${open})`;
  const number = b.text.slice(1, -1).split('#').map(escaped).join('\\d+(?:\\.\\d+)?');
  return `(${number}|${open})`;
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
