import { queryOptions } from '@tanstack/react-query';
import { http, take, takeItems } from './client';
import type { components } from './schema';
import type { PatientBrief } from './types';

/** What reviewers found in the caller's reports, until the caller has taken note of it. */

type Schemas = components['schemas'];

type FeedbackRead = Omit<Schemas['FeedbackRead'], 'patient'> & { patient: PatientBrief };
export type Feedback = Omit<Schemas['FeedbackView'], 'reading'> & { reading?: FeedbackRead };

export const feedbackQuery = queryOptions({
  queryKey: ['feedback'],
  refetchInterval: 60_000,
  queryFn: ({ signal }) => takeItems<Feedback>(http.GET('/api/feedback', { signal })),
});

export const acknowledgeFeedback = (id: string) =>
  take(http.POST('/api/feedback/{id}/acknowledge', { params: { path: { id } } }));
