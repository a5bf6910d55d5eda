/** Fetches the first picture of a study while the page that will show it is still being made. */
import { Enums, imageLoader } from '@cornerstonejs/core';
import type { QueryClient } from '@tanstack/react-query';
import { Holding } from '../holding';
import { start } from '../start';
import { firstSeries, opensAt } from '../study.model';
import { studyQuery } from '../useStudy';
import { stream } from './stream';

const handover = 5_000; // ms until the viewer of that page holds the series, or nobody does

/** Ends when the picture is there, small or whole. */
export async function begin(client: QueryClient, study: string): Promise<void> {
  const [all] = await Promise.all([client.fetchQuery(studyQuery(study, client)), start()]);
  const first = firstSeries(all);
  if (first?.kind !== 'stack') return;
  const holding = new Holding();
  const at = opensAt(first);
  const id = holding.images(first)[at];
  stream.expect(first.uid, at);
  setTimeout(() => holding.release(), handover);
  if (id) await imageLoader.loadAndCacheImage(id, { requestType: Enums.RequestType.Interaction, priority: 0 });
}
