/** Sending files in batches: what goes next, what an answer means, when to try again, how long it will take. Pure. */

/** What became of a file. */
export type Outcome =
  | 'waiting'
  | 'sending'
  | 'stored'
  | 'here' // before anything was sent
  | 'twice' // the same instance is among the files once more
  | 'left' // not chosen
  | 'refused'
  | 'cancelled'
  | 'unreadable'
  | 'broken' // a DICOM file whose header cannot be read, or does not say where it belongs
  | 'other' // no DICOM file
  | 'directory';

export interface Result {
  outcome: Outcome;
  /** Of a refusal: a key of the texts. */
  reason?: Reason;
  /** The archive's own sentence, in English. */
  comment?: string;
}

export type Reason =
  | 'conflict'
  | 'mismatch'
  | 'understood'
  | 'syntax'
  | 'room'
  | 'forbidden'
  | 'large'
  | 'processing'
  | 'unanswered';

/** Failure reasons of the Store transaction (PS3.18 I.2.2). */
const reasons: Record<number, Reason> = {
  273: 'conflict',
  43264: 'mismatch',
  49152: 'understood',
  49442: 'syntax',
  42752: 'room',
  292: 'forbidden',
  272: 'processing',
};

export interface Sendable {
  number: number;
  size: number;
  instance: string;
}

/** Bytes of a batch: what the line carries in some seconds, so that little is lost with it; never more than a page should hold open. */
export function batchBytes(rate: number | undefined): number {
  return Math.min(32e6, Math.max(1e6, (rate ?? 250e3) * 6));
}

const batchFiles = 64;

/**
 * Takes the next batch off the queue. A batch has each instance once, since the answer names instances and not files; what is larger
 * than a batch goes alone.
 */
export function nextBatch<F extends Sendable>(queue: F[], limit: number): F[] {
  const batch: F[] = [];
  const names = new Set<string>();
  let bytes = 0;
  for (let at = 0; at < queue.length && batch.length < batchFiles; ) {
    const file = queue[at] as F;
    if (names.has(file.instance)) {
      at++;
      continue;
    }
    if (batch.length > 0 && bytes + file.size > limit) break;
    names.add(file.instance);
    bytes += file.size;
    batch.push(file);
    queue.splice(at, 1);
  }
  return batch;
}

interface Item {
  [tag: string]: { Value?: unknown[] } | undefined;
}

const itemsOf = (answer: Item, tag: string) => (answer[tag]?.Value ?? []) as Item[];
const firstOf = (item: Item, tag: string) => item[tag]?.Value?.[0];

/** What the answer of a Store transaction (PS3.18 10.5.3) says of the files of a batch, in their order. */
export function resultsOf(batch: Sendable[], answer: unknown): Result[] {
  const module = (typeof answer === 'object' && answer ? answer : {}) as Item;
  const stored = new Set(itemsOf(module, '00081199').map((item) => firstOf(item, '00081155')));
  const failed = new Map(itemsOf(module, '00081198').map((item) => [firstOf(item, '00081155'), item]));
  const others = itemsOf(module, '0008119A');
  return batch.map(({ instance }) => {
    if (stored.has(instance)) return { outcome: 'stored' };
    const item = failed.get(instance) ?? others.shift();
    return item ? refusal(item) : { outcome: 'refused', reason: 'unanswered' };
  });
}

function refusal(item: Item): Result {
  const reason = reasons[Number(firstOf(item, '00081197'))] ?? 'processing';
  return { outcome: 'refused', reason, comment: String(firstOf(item, '00000902') ?? '') };
}

/** What an answer's status asks for. 0 is no answer at all. */
export type Verdict = 'results' | 'again' | 'smaller' | 'sign-in' | 'forbidden' | 'refused';

export function verdictOf(status: number): Verdict {
  if (status === 200 || status === 202 || status === 409) return 'results';
  if (status === 401) return 'sign-in';
  if (status === 403) return 'forbidden';
  if (status === 413) return 'smaller';
  if (status === 0 || status === 408 || status === 425 || status === 429 || status >= 500) return 'again';
  return 'refused';
}

/** Milliseconds before the nth repetition: 1, 2, 4 … 30 s, spread so that many pages do not come back at once. */
export function backoff(attempt: number, chance: number): number {
  return Math.min(30_000, 1000 * 2 ** Math.min(attempt, 5)) * (0.75 + chance / 2);
}

/** Bytes that had gone out at a time. */
export interface Sample {
  at: number;
  bytes: number;
}

const span = 15_000;

/** Keeps what is needed to tell the rate of the last seconds. */
export function sample(samples: Sample[], now: Sample): Sample[] {
  return [...samples.filter((one) => now.at - one.at <= span), now];
}

/** Bytes a second over the samples, once there is enough of them. */
export function rateOf(samples: Sample[]): number | undefined {
  const first = samples[0];
  const last = samples.at(-1);
  if (!first || !last || last.at - first.at < 1000) return;
  const rate = ((last.bytes - first.bytes) / (last.at - first.at)) * 1000;
  return rate > 0 ? rate : undefined;
}

/** Whether sending a file again could end better. */
export function isRetryable(result: Result | undefined): boolean {
  if (result?.outcome === 'refused') return ['room', 'processing', 'unanswered'].includes(result.reason ?? '');
  return result?.outcome === 'unreadable' || result?.outcome === 'cancelled';
}

/** The groups that a list of results can be filtered by. */
export const groups = {
  open: ['waiting', 'sending'],
  stored: ['stored'],
  here: ['here', 'twice'],
  problem: ['refused', 'unreadable', 'broken', 'cancelled'],
  other: ['left', 'other', 'directory'],
} as const satisfies Record<string, readonly Outcome[]>;

export type Group = keyof typeof groups;

export type Counts = Record<Outcome, number>;

export function countsOf(results: readonly Result[]): Counts {
  const counts: Counts = {
    waiting: 0,
    sending: 0,
    stored: 0,
    here: 0,
    twice: 0,
    left: 0,
    refused: 0,
    cancelled: 0,
    unreadable: 0,
    broken: 0,
    other: 0,
    directory: 0,
  };
  for (const { outcome } of results) counts[outcome]++;
  return counts;
}

/** A field of a CSV file: quoted, and harmless in a spreadsheet that would take it for a formula. */
function field(value: string): string {
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return `"${safe.replaceAll('"', '""')}"`;
}

/** Lines of fields as CSV (RFC 4180), with the mark that lets spreadsheets know it is UTF-8. */
export const csv = (lines: string[][]) => `\ufeff${lines.map((line) => line.map(field).join(',')).join('\r\n')}\r\n`;
