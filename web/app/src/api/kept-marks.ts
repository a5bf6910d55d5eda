import { queryOptions } from '@tanstack/react-query';
import { http, take } from './client';
import type { components } from './schema';

/** What of a read's measurements stands in the archive as DICOM objects. */
export type KeptMarks = components['schemas']['KeptView'];

const soon = 1500; // ms between looks while something is being kept

export const keptMarksQuery = (reading: string) =>
  queryOptions<KeptMarks>({
    queryKey: ['kept-marks', reading],
    refetchInterval: (q) => (q.state.data?.waiting ? soon : false),
    queryFn: ({ signal }) =>
      take<KeptMarks>(http.GET('/api/readings/{id}/measurements/kept', { params: { path: { id: reading } }, signal })),
  });

export const keepMarks = (reading: string) =>
  take<KeptMarks>(http.POST('/api/readings/{id}/measurements/kept', { params: { path: { id: reading } } }));
