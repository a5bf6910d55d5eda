import { queryOptions } from '@tanstack/react-query';
import { http, take, takeItems } from './client';
import type { components } from './schema';

/** What devices see of the orders, and what they reported that contradicts them. */

type Schemas = components['schemas'];

export type Worklist = Schemas['WorklistView'];
export type WorklistItem = Schemas['WorklistItemView'];
export type StepProblem = Schemas['StepProblemView'];

/** As the device would be answered now. */
export const worklistQuery = (device: string) =>
  queryOptions({
    queryKey: ['worklist', 'device', device],
    refetchInterval: 20_000,
    queryFn: ({ signal }) => take(http.GET('/api/worklist', { params: { query: { device } }, signal })),
  });

export const stepProblemsQuery = queryOptions({
  queryKey: ['worklist', 'problems'],
  refetchInterval: 60_000,
  queryFn: ({ signal }) => takeItems<StepProblem>(http.GET('/api/worklist/problems', { signal })),
});
