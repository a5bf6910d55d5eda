import { useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import type { DicomJson } from '../dicom.model';
import { bulk } from '../dicomweb';
import type { Series } from '../study.model';
import { instancesOf, objectsOf, type StudyObject } from './objects.model';

/** What of the objects is shown over the pictures. */
export interface Layers {
  readonly objects: readonly StudyObject[];
  readonly reports: boolean;
  readonly presentation: string | undefined; // instance
  readonly hidden: ReadonlySet<string>; // segments: instance/number
  readonly opacity: number;
}

export interface LayersControl extends Layers {
  showReports: (on: boolean) => void;
  present: (instance: string | undefined) => void;
  toggleSegment: (key: string) => void;
  setOpacity: (v: number) => void;
}

/** The objects among the series of a study, and which of them are on show. */
export function useLayers(all: readonly Series[]): LayersControl {
  const objects = useObjects(all);
  const [reports, showReports] = useState(true);
  const [presentation, present] = useState<string>();
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const [opacity, setOpacity] = useState(0.4);
  const toggleSegment = (key: string) =>
    setHidden((h) => {
      const next = new Set(h);
      if (!next.delete(key)) next.add(key);
      return next;
    });
  return { objects, reports, presentation, hidden, opacity, showReports, present, toggleSegment, setOpacity };
}

const nothing: readonly StudyObject[] = [];

function useObjects(all: readonly Series[]): readonly StudyObject[] {
  const series = useMemo(() => all.filter((s) => s.kind === 'object'), [all]);
  const long = useMemo(() => series.filter((s) => instancesOf(s).some(hasLong)), [series]);
  const filled = useQuery({
    queryKey: ['viewer', 'objects', long.map((s) => `${s.uid}/${s.frames.length}`)],
    queryFn: ({ signal }) => Promise.all(long.map((s) => fill(s, signal))),
    enabled: long.length > 0,
    staleTime: Number.POSITIVE_INFINITY,
  });
  return useMemo(() => {
    if (series.length === 0) return nothing;
    const byUid = new Map(filled.data?.map((s) => [s.uid, s]));
    return objectsOf(series.map((s) => byUid.get(s.uid) ?? s));
  }, [series, filled.data]);
}

const graphicData = '00700022';

/** Long outlines come as bulk data, all else stands in the metadata. */
function hasLong(d: DicomJson): boolean {
  return walk(d).some((item) => item[graphicData]?.BulkDataURI);
}

function walk(d: DicomJson): DicomJson[] {
  const inside = Object.values(d).flatMap((a) => (a?.vr === 'SQ' ? ((a.Value ?? []) as DicomJson[]) : []));
  return [d, ...inside.flatMap(walk)];
}

async function fill(s: Series, signal: AbortSignal): Promise<Series> {
  const copies = new Map<string, DicomJson>();
  for (const d of instancesOf(s)) {
    const copy = structuredClone(d);
    for (const item of walk(copy)) {
      const a = item[graphicData];
      const data = a?.BulkDataURI ? await bulk(item, graphicData, signal) : undefined;
      if (a && data) item[graphicData] = { vr: a.vr, Value: Array.from(new Float32Array(data)) };
    }
    copies.set(JSON.stringify(d['00080018']), copy);
  }
  return {
    ...s,
    frames: s.frames.map((f) => ({ ...f, metadata: copies.get(JSON.stringify(f.metadata['00080018'])) ?? f.metadata })),
  };
}
