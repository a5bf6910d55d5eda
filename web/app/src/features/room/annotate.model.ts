/** Marks on a frozen picture: pure. Places are shares of the picture's width and height, so that they hold at any size. */

export interface Point {
  x: number;
  y: number;
}

export type Stroke =
  | { is: 'pen'; points: readonly Point[] }
  | { is: 'arrow'; from: Point; to: Point }
  | { is: 'text'; at: Point; text: string };

export type Tool = Stroke['is'];

export interface Drawing {
  done: readonly Stroke[];
  /** The one under the finger. */
  now: Stroke | undefined;
}

export const blank: Drawing = { done: [], now: undefined };

export type Move =
  | { is: 'down'; tool: Tool; at: Point }
  | { is: 'move'; at: Point }
  | { is: 'up' }
  | { is: 'write'; text: string }
  | { is: 'undo' };

const nearest = 0.004; // closer points of a pen are one

/** What a move of the finger, a word, or "undo" makes of a drawing. */
export function draw(d: Drawing, move: Move): Drawing {
  switch (move.is) {
    case 'down':
      return { ...d, now: begun(move.tool, move.at) };
    case 'move':
      return d.now ? { ...d, now: moved(d.now, move.at) } : d;
    case 'up':
      // A text waits for its words.
      if (!d.now || d.now.is === 'text') return d;
      return { done: isSomething(d.now) ? [...d.done, d.now] : d.done, now: undefined };
    case 'write': {
      if (d.now?.is !== 'text') return d;
      const text = move.text.trim();
      return { done: text ? [...d.done, { ...d.now, text }] : d.done, now: undefined };
    }
    case 'undo':
      return d.now ? { ...d, now: undefined } : { done: d.done.slice(0, -1), now: undefined };
  }
}

function begun(tool: Tool, at: Point): Stroke {
  switch (tool) {
    case 'pen':
      return { is: 'pen', points: [at] };
    case 'arrow':
      return { is: 'arrow', from: at, to: at };
    case 'text':
      return { is: 'text', at, text: '' };
  }
}

function moved(s: Stroke, at: Point): Stroke {
  switch (s.is) {
    case 'pen': {
      const last = s.points.at(-1);
      return last && distance(last, at) < nearest ? s : { ...s, points: [...s.points, at] };
    }
    case 'arrow':
      return { ...s, to: at };
    case 'text':
      return { ...s, at };
  }
}

function isSomething(s: Stroke): boolean {
  return s.is === 'arrow' ? distance(s.from, s.to) > 0.02 : s.is !== 'pen' || s.points.length > 1;
}

const distance = (a: Point, b: Point): number => Math.hypot(a.x - b.x, a.y - b.y);

/** The two ends of an arrow's head, in the pixels in which its shaft is given. */
export function arrowHead(from: Point, to: Point, size: number): [Point, Point] {
  const angle = Math.atan2(to.y - from.y, to.x - from.x);
  const end = (turn: number): Point => ({
    x: to.x - size * Math.cos(angle + turn),
    y: to.y - size * Math.sin(angle + turn),
  });
  return [end(0.45), end(-0.45)];
}
