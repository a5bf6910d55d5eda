/** What changed between two texts, word by word. Pure. */

export interface Piece {
  readonly op: 'same' | 'insert' | 'delete';
  readonly text: string;
}

const limit = 2_000_000; // cells of the table; beyond it, one whole replacement is as readable

/** The pieces of both texts in order: what stayed, what went, what came. One piece of 'same' where nothing changed. */
export function diffWords(before: string, after: string): Piece[] {
  const a = words(before);
  const b = words(after);
  let head = 0;
  while (head < a.length && head < b.length && a[head] === b[head]) head++;
  let tail = 0;
  while (tail < a.length - head && tail < b.length - head && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail++;
  const middle = changed(a.slice(head, a.length - tail), b.slice(head, b.length - tail));
  const same = (w: string[]): Piece[] => w.map((text) => ({ op: 'same', text }));
  return slid(joined([...same(a.slice(0, head)), ...middle, ...same(a.slice(a.length - tail))]));
}

export function isChanged(pieces: readonly Piece[]): boolean {
  return pieces.some((p) => p.op !== 'same');
}

const segmenter = 'Segmenter' in Intl ? new Intl.Segmenter('zh', { granularity: 'word' }) : undefined;

/**
 * Numbers and words are compared whole: 8 mm to 18 mm is one change, not one digit. Chinese by the browser's dictionary (by
 * character where it has none), but a side always stands alone, so that a turned side is not hidden in a word.
 */
function words(text: string): string[] {
  const runs = text.match(/\p{Script=Han}+|(?:(?!\p{Script=Han})[\p{L}\p{N}.])+|\s+|[^\s]/gu) ?? [];
  return runs.flatMap((run) => (/^\p{Script=Han}/u.test(run) ? run.split(/([左右双两])/).flatMap(dictionary) : [run]));
}

function dictionary(run: string): string[] {
  if (run.length < 2) return run ? [run] : [];
  return segmenter ? Array.from(segmenter.segment(run), (s) => s.segment) : [...run];
}

/** One place where two texts differ: what went, what came. */
interface Hunk {
  readonly gone: string;
  readonly come: string;
}

/** A run of pieces: what stayed, or the number of its hunk. */
export type Run = { readonly same: string } | ({ readonly hunk: number } & Hunk);

/** The pieces with each change as one thing that somebody may accept or turn down. */
export function runsOf(pieces: readonly Piece[]): Run[] {
  const out: Run[] = [];
  let hunk = 0;
  for (let i = 0; i < pieces.length; i++) {
    const p = pieces[i];
    if (!p) continue;
    if (p.op === 'same') {
      out.push({ same: p.text });
      continue;
    }
    const next = pieces[i + 1];
    const pair = p.op === 'delete' && next?.op === 'insert';
    out.push({
      hunk: hunk++,
      gone: p.op === 'delete' ? p.text : '',
      come: pair ? next.text : p.op === 'insert' ? p.text : '',
    });
    if (pair) i++;
  }
  return out;
}

/** The text in which the chosen changes are made, and the others not. */
export function textOf(runs: readonly Run[], made: (hunk: number) => boolean): string {
  return runs.map((r) => ('same' in r ? r.same : made(r.hunk) ? r.come : r.gone)).join('');
}

function changed(a: string[], b: string[]): Piece[] {
  if (a.length * b.length > limit) {
    return [
      { op: 'delete', text: a.join('') },
      { op: 'insert', text: b.join('') },
    ];
  }
  const table = common(a, b);
  const width = b.length + 1;
  const out: Piece[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    const down = table[(i + 1) * width + j] ?? 0;
    const right = table[i * width + j + 1] ?? 0;
    if (i < a.length && j < b.length && a[i] === b[j]) {
      out.push({ op: 'same', text: a[i] ?? '' });
      i++;
      j++;
    } else if (i < a.length && (j === b.length || down >= right)) {
      out.push({ op: 'delete', text: a[i++] ?? '' });
    } else {
      out.push({ op: 'insert', text: b[j++] ?? '' });
    }
  }
  return out;
}

/** The length of the longest common subsequence of a from i and b from j, at i × (b.length + 1) + j. */
function common(a: string[], b: string[]): Uint16Array {
  const width = b.length + 1;
  const table = new Uint16Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      const at = i * width + j;
      table[at] =
        a[i] === b[j] ? (table[at + width + 1] ?? 0) + 1 : Math.max(table[at + width] ?? 0, table[at + 1] ?? 0);
    }
  }
  return table;
}

/** A sentence that came or went is told with its own stop, not with the one before it. */
function slid(pieces: Piece[]): Piece[] {
  const out = [...pieces];
  for (let i = 0; i < out.length; i++) {
    const [before, p, after] = [out[i - 1], out[i], out[i + 1]];
    const stop = p && p.op !== 'same' ? /^[。；，、.;,\n]/.exec(p.text)?.[0] : undefined;
    if (!p || !stop || before?.op !== 'same' || after?.op !== 'same' || !after.text.startsWith(stop)) continue;
    out[i - 1] = { op: 'same', text: before.text + stop };
    out[i] = { op: p.op, text: p.text.slice(1) + stop };
    out[i + 1] = { op: 'same', text: after.text.slice(1) };
  }
  return out.filter((p) => p.text !== '');
}

/** Neighbours of one kind become one piece; within a change, what went stands before what came. */
function joined(pieces: readonly Piece[]): Piece[] {
  const out: Piece[] = [];
  let gone = '';
  let come = '';
  const flush = () => {
    if (gone) out.push({ op: 'delete', text: gone });
    if (come) out.push({ op: 'insert', text: come });
    gone = '';
    come = '';
  };
  for (const p of pieces) {
    if (p.op === 'delete') gone += p.text;
    else if (p.op === 'insert') come += p.text;
    else {
      flush();
      const last = out.at(-1);
      if (last?.op === 'same') out[out.length - 1] = { op: 'same', text: last.text + p.text };
      else out.push(p);
    }
  }
  flush();
  return out;
}
