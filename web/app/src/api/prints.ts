import { http, take } from './client';
import type { components } from './schema';

export type Printing = components['schemas']['Printing'];

/** Puts it on record that pictures of a study go on paper. Refused for those who may look only: then nothing is printed. */
export const recordPrint = (uid: string, printing: Printing) =>
  take(http.POST('/api/studies/{uid}/prints', { params: { path: { uid } }, body: printing }));
