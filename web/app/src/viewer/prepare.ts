import type { QueryClient } from '@tanstack/react-query';
import { fetchPixels } from './stream/fetch';
import { firstSeries } from './study.model';
import { studyQuery } from './useStudy';

const pictures = 2;

/** Gets a study ready that will be opened next: its metadata, and its first pictures into the browser's cache. */
export async function prepareStudy(queries: QueryClient, study: string, signal: AbortSignal): Promise<void> {
  const all = await queries.fetchQuery(studyQuery(study, queries));
  const first = firstSeries(all);
  if (first?.kind !== 'stack') return;
  for (const frame of first.frames.slice(0, pictures)) {
    if (signal.aborted) return;
    await fetchPixels({ study, series: first.uid }, frame, true, signal);
  }
}
