import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { measurementsQuery, saveMeasurements } from '@/api/readings';
import { useToast } from '@/ui/toast';
import { isKey, type Measurement } from '@/viewer/measurements.model';

const pause = 700; // ms after the last change before it is kept

export interface MarksKept {
  /** What the server keeps; undefined until it has answered. */
  kept: readonly Measurement[] | undefined;
  /** What is drawn on the pictures now; key images stand beside the pictures. */
  marks: readonly Measurement[];
  changed: (all: Measurement[]) => void;
}

/** The measurements of a task: they come back with it, and are kept a moment after they change if the task is ours. */
export function useMarksKept(reading: string, writable: boolean): MarksKept {
  const toast = useToast();
  const queries = useQueryClient();
  const { data } = useQuery(measurementsQuery(reading));
  const [now, setNow] = useState<readonly Measurement[]>();
  const version = useRef(0);
  version.current = Math.max(version.current, data?.version ?? 0);
  const queue = useRef(Promise.resolve());
  const due = useRef<{ timer: ReturnType<typeof setTimeout>; all: Measurement[] } | undefined>(undefined);
  const may = useRef(writable);
  may.current = writable;

  const save = useCallback(() => {
    const all = due.current?.all;
    clearTimeout(due.current?.timer);
    due.current = undefined;
    if (!all) return;
    // One after the other: each save builds on the version of the one before.
    queue.current = queue.current
      .then(async () => {
        const kept = await saveMeasurements(reading, version.current, all);
        version.current = kept.version;
        queries.setQueryData(['measurements', reading], kept);
      })
      .catch(toast.fail);
  }, [reading, queries, toast.fail]);
  const changed = useCallback(
    (all: Measurement[]) => {
      setNow(all);
      if (!may.current) return;
      clearTimeout(due.current?.timer);
      due.current = { all, timer: setTimeout(save, pause) };
    },
    [save],
  );
  useEffect(() => save, [save]); // what is due is kept when the page is left
  const marks = useMemo(() => (now ?? data?.items ?? []).filter((m) => !isKey(m)), [now, data]);
  return { kept: data ? (data.items ?? []) : undefined, marks, changed };
}
