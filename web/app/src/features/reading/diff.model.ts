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
  return joined([...same(a.slice(0, head)), ...middle, ...same(a.slice(a.length - tail))]);
}

export function isChanged(pieces: readonly Piece[]): boolean {
  return pieces.some((p) => p.op !== 'same');
}

/** Chinese is compared by character, everything else by number or word: 8 mm to 18 mm is one change, not one digit. */
function words(text: string): string[] {
  return text.match(/\p{Script=Han}|[\p{L}\p{N}.]+|\s+|[^\s]/gu) ?? [];
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
