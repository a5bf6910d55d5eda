/** Measurements that have not reached the server: what becomes of them when it can be asked again. Pure. */
import { type Measurement, sameMeasurements } from '@/viewer/measurements.model';

/** What was drawn, beside what the server held when it was seen last. */
export interface KeptMarks {
  readonly all: readonly Measurement[];
  readonly base: readonly Measurement[];
  readonly at: number; // ms
}

/**
 * Ours over what the server holds now: what we drew or changed stays, what we rubbed out goes, and what others have added or
 * changed since is theirs still. Nothing that anybody drew is lost; of one measurement that both changed ours counts.
 */
export function merged(server: readonly Measurement[], { all, base }: Omit<KeptMarks, 'at'>): Measurement[] {
  const ours = byId(all);
  const before = byId(base);
  const there = byId(server);
  const changed = (m: Measurement) => {
    const old = before.get(m.id);
    return !old || !sameMeasurements([old], [m]);
  };
  const kept = server.flatMap((m) => {
    const own = ours.get(m.id);
    if (own) return [changed(own) ? own : m];
    return before.has(m.id) ? [] : [m];
  });
  return [...kept, ...all.filter((m) => !there.has(m.id) && changed(m))];
}

function byId(all: readonly Measurement[]): ReadonlyMap<string, Measurement> {
  return new Map(all.map((m) => [m.id, m]));
}
