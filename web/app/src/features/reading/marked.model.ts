/** A text cut where something is marked, for showing marks behind what is typed. Pure. */

export interface Span {
  readonly from: number;
  readonly to: number;
  readonly look: 'blank' | 'stop' | 'doubt' | 'hint' | 'link';
}

interface Segment {
  readonly text: string;
  readonly look?: Span['look'];
}

/** The text in pieces; where two marks overlap, the first one counts. */
export function segments(text: string, spans: readonly Span[]): Segment[] {
  const out: Segment[] = [];
  let at = 0;
  for (const s of [...spans].sort((a, b) => a.from - b.from)) {
    if (s.from < at || s.to <= s.from || s.to > text.length) continue;
    if (s.from > at) out.push({ text: text.slice(at, s.from) });
    out.push({ text: text.slice(s.from, s.to), look: s.look });
    at = s.to;
  }
  if (at < text.length) out.push({ text: text.slice(at) });
  return out;
}

interface Change {
  readonly from: number;
  readonly to: number;
  readonly words: string;
}

/** The smallest change that makes one text of another, so that the browser's own undo can take it back. */
export function changeOf(before: string, after: string): Change {
  let from = 0;
  while (from < before.length && from < after.length && before[from] === after[from]) from++;
  let end = 0;
  while (
    end < before.length - from &&
    end < after.length - from &&
    before[before.length - 1 - end] === after[after.length - 1 - end]
  )
    end++;
  return { from, to: before.length - end, words: after.slice(from, after.length - end) };
}
