/** What the viewer offers on a machine, given what its browser can do. Pure: the one place in which that is decided. */

/** What was found when the page began; undefined where the browser does not tell. */
export interface Features {
  readonly webgl2: boolean;
  readonly wasm: boolean; // the decoders of compressed pictures
  readonly workers: boolean;
  readonly coarse: boolean; // fingers are the main pointer
  readonly gigabytes: number | undefined; // of memory, rounded by the browser, 8 at most
  readonly cores: number | undefined;
}

/** What is told, once, where something is not offered: below viewer.able. */
export type Lack =
  | 'webgl' // there is none
  | 'lost' // the graphics card has let the page down
  | 'codec';

export interface Able {
  /** The processor draws stacks and planes; a volume seen as a body, and marks on planes, want the card. */
  readonly draw: 'gpu' | 'cpu';
  readonly touch: boolean;
  /** For pictures that are held decoded, in bytes. */
  readonly memory: number;
  readonly decoders: number;
  readonly lacks: readonly Lack[];
}

const megabyte = 1024 * 1024;
const share = 1 / 8; // of the machine's memory: the browser, the report and a call beside need theirs
const usual = 4; // gigabytes, where the browser does not tell
const bounds = { least: 96 * megabyte, most: 1024 * megabyte };

/** lost: how often the graphics card took its context away and did not give it back, or too often to be trusted. */
export function ableOf(f: Features, lost = false): Able {
  const draw = f.webgl2 && !lost ? 'gpu' : 'cpu';
  const memory = (f.gigabytes ?? usual) * 1024 * megabyte * share;
  const lacks: Lack[] = [];
  if (!f.webgl2) lacks.push('webgl');
  else if (lost) lacks.push('lost');
  if (!f.wasm || !f.workers) lacks.push('codec');
  return {
    draw,
    touch: f.coarse,
    memory: Math.max(bounds.least, Math.min(bounds.most, memory)),
    decoders: Math.max(1, Math.min(4, (f.cores ?? 2) - 1)),
    lacks,
  };
}

/** Losses of the graphics context as they came, in ms; old ones count no more. */
export interface Losses {
  readonly at: readonly number[];
}

const most = 3; // losses
const within = 60_000; // ms

/** Whether a card that loses its context once more is given up. */
export function lostAgain(before: Losses, now: number): { readonly losses: Losses; readonly giveUp: boolean } {
  const at = [...before.at.filter((t) => t > now - within), now];
  return { losses: { at }, giveUp: at.length >= most };
}
