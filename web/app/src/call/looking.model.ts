// Looking together: the picture on show as state, not pixels. Which state counts, and how often it is sent: pure.

/** What one pane shows. Places are in the picture's own coordinates, so that every screen finds its own scale. */
export interface Look {
  study: string;
  series: string;
  instance: string;
  /** From 1, as DICOM counts. */
  frame: number;
  window?: { center: number; width: number };
  /** 1: the whole picture fits. */
  zoom: number;
  /** The point in the middle, in the patient's millimetres. */
  focus?: readonly number[];
  rotation: number;
  flip: readonly [boolean, boolean];
  invert: boolean;
}

/** A mark on a picture, as the viewer keeps it; its shape is the viewer's business. */
export interface Mark {
  id: string;
}

/** Where somebody points: millimetres in a picture; null when the pointer left. */
export interface Pointing {
  series: string;
  instance: string;
  frame: number;
  at: readonly number[];
}

/** A numbered value: larger numbers are later; of two equal ones the larger sender counts, for everybody the same. */
export interface Numbered<T> {
  n: number;
  from: string;
  value: T;
}

export function isLater(next: { n: number; from: string }, than: { n: number; from: string } | undefined): boolean {
  if (!than) return true;
  return next.n > than.n || (next.n === than.n && next.from > than.from);
}

const isNumber = (v: unknown): v is number => typeof v === 'number' && Number.isFinite(v);
const isPoint = (v: unknown): v is number[] => Array.isArray(v) && v.length === 3 && v.every(isNumber);
const isText = (v: unknown): v is string => typeof v === 'string' && v.length <= 64;

/** Reads what another sent; undefined when it is no such thing. Nothing of it is trusted. */
export function readLook(data: unknown): { n: number; look: Look } | undefined {
  if (typeof data !== 'object' || data === null) return undefined;
  const { n, look } = data as { n?: unknown; look?: Partial<Look> | null };
  if (!isNumber(n) || typeof look !== 'object' || look === null) return undefined;
  const { study, series, instance, frame, window, zoom, focus, rotation, flip, invert } = look;
  if (!isText(study) || !isText(series) || !isText(instance) || !isNumber(frame) || frame < 1) return undefined;
  return {
    n,
    look: {
      study,
      series,
      instance,
      frame,
      ...(window && isNumber(window.center) && isNumber(window.width) && window.width > 0
        ? { window: { center: window.center, width: window.width } }
        : {}),
      zoom: isNumber(zoom) ? Math.min(100, Math.max(0.05, zoom)) : 1,
      ...(isPoint(focus) ? { focus } : {}),
      rotation: isNumber(rotation) ? rotation : 0,
      flip: [flip?.[0] === true, flip?.[1] === true],
      invert: invert === true,
    },
  };
}

export function readPointing(data: unknown): { n: number; at: Pointing | null } | undefined {
  if (typeof data !== 'object' || data === null) return undefined;
  const { n, at } = data as { n?: unknown; at?: Partial<Pointing> | null };
  if (!isNumber(n)) return undefined;
  if (at === null || at === undefined) return { n, at: null };
  if (!isText(at.series) || !isText(at.instance) || !isNumber(at.frame) || !isPoint(at.at)) return undefined;
  return { n, at: { series: at.series, instance: at.instance, frame: at.frame, at: at.at } };
}

export function readMarks(data: unknown): { n: number; study: string; marks: Mark[] } | undefined {
  if (typeof data !== 'object' || data === null) return undefined;
  const { n, study, marks } = data as { n?: unknown; study?: unknown; marks?: unknown };
  if (!isNumber(n) || !isText(study) || !Array.isArray(marks)) return undefined;
  const sound = marks.filter((m): m is Mark => typeof m === 'object' && m !== null && isText((m as Mark).id));
  return { n, study, marks: sound };
}

/** Rounded so that a message is small: a hundredth of a millimetre is finer than any screen. */
export function trim(look: Look): Look {
  const fine = (v: number): number => Math.round(v * 100) / 100;
  return {
    ...look,
    zoom: Math.round(look.zoom * 1000) / 1000,
    rotation: fine(look.rotation),
    ...(look.window ? { window: { center: fine(look.window.center), width: fine(look.window.width) } } : {}),
    ...(look.focus ? { focus: look.focus.map(fine) } : {}),
  };
}

// --- how often ---------------------------------------------------------------------------------------------------------

export type Lane = 'look' | 'pointer' | 'marks';

/** Shortest time between two of a kind, ms: 30 pointers, 15 looks, 2 lists of marks a second. */
const everyMs: Readonly<Record<Lane, number>> = { pointer: 1000 / 30, look: 1000 / 15, marks: 500 };

/** 64 kbit/s for everything together; a burst of one large list of marks may borrow four seconds. */
export const budgetBps = 64_000;
const bytesPerMs = budgetBps / 8 / 1000;
const deepestMs = 4000;

/** How far the line may be filled before a kind waits: a look may borrow, a list of marks and a pointer not. */
const slackMs: Readonly<Record<Lane, number>> = { pointer: 60, look: 2000, marks: 150 };

export interface Pace {
  /** When each kind was sent last, ms. */
  last: Readonly<Partial<Record<Lane, number>>>;
  /** Until when what was sent fills the line at the budget, ms. */
  busyUntil: number;
}

export const freshPace: Pace = { last: {}, busyUntil: 0 };

/** Milliseconds until a value of this kind may go; 0: now. Pointers give way to looks when the budget is short. */
export function waitFor(pace: Pace, lane: Lane, at: number): number {
  const last = pace.last[lane];
  const own = last === undefined ? 0 : last + everyMs[lane] - at;
  const slack = slackMs[lane];
  return Math.max(0, Math.ceil(own), Math.ceil(pace.busyUntil - at - slack));
}

export function sent(pace: Pace, lane: Lane, bytes: number, at: number): Pace {
  const from = Math.max(at, pace.busyUntil);
  return {
    last: { ...pace.last, [lane]: at },
    busyUntil: Math.min(at + deepestMs, from + bytes / bytesPerMs),
  };
}
