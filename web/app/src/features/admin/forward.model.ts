import type { ForwardLine } from '@/api/forward';

/** How a line of the queue looks: what is wrong comes first. */
export type LineTone = 'bad' | 'late' | 'busy' | 'idle' | 'off';

/** Since when waiting is too long, in seconds. */
const patience = 15 * 60;

export function toneOf(line: ForwardLine, now: number): LineTone {
  if (line.disabled || line.state === 'closed') return 'off';
  if (line.state === 'down' || line.dead > 0) return 'bad';
  if (line.waiting > 0 && waitedFor(line, now) > patience) return 'late';
  return line.waiting > 0 ? 'busy' : 'idle';
}

/** Seconds that the oldest job has waited. */
export function waitedFor(line: ForwardLine, now: number): number {
  return line.oldest ? Math.max(0, (now - Date.parse(line.oldest)) / 1000) : 0;
}

const order: Record<LineTone, number> = { bad: 0, late: 1, busy: 2, idle: 3, off: 4 };

/** What needs somebody first, then by name. */
export function sortLines(lines: readonly ForwardLine[], now: number): ForwardLine[] {
  return [...lines].sort(
    (a, b) =>
      order[toneOf(a, now)] - order[toneOf(b, now)] || a.name.localeCompare(b.name) || a.lane.localeCompare(b.lane),
  );
}

/** Lists of a form: one value a line, or divided by commas. */
export const words = (text: unknown): string[] =>
  String(text ?? '')
    .split(/[\s,，、]+/)
    .filter(Boolean);
