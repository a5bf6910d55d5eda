/** Fetches the first picture of a study while the page that will show it is still being made. */
import { Enums, imageLoader } from '@cornerstonejs/core';
import type { QueryClient } from '@tanstack/react-query';
import { Holding } from '../holding';
import { start } from '../start';
import { firstSeries, opensAt } from '../study.model';
import { studyQuery } from '../useStudy';
import { stream } from './stream';

const handover = 5_000; // ms until the viewer of that page holds the series, or nobody does

/** Lets go of what was opened last: who opens something else has left it. */
let letGo = () => {};

/** Ends when the picture is there, small or whole. */
export async function begin(client: QueryClient, study: string): Promise<void> {
  letGo();
  const [all] = await Promise.all([client.fetchQuery(studyQuery(study, client)), start()]);
  const first = firstSeries(all);
  if (first?.kind !== 'stack') return;
  letGo(); // who presses quickly has opened several
  const holding = new Holding();
  const at = opensAt(first);
  const id = holding.images(first)[at];
  stream.expect(first.uid, at);
  const end = () => {
    clearTimeout(timer);
    letGo = () => {};
    holding.release();
  };
  const timer = setTimeout(end, handover);
  letGo = end;
  if (id) await imageLoader.loadAndCacheImage(id, { requestType: Enums.RequestType.Interaction, priority: 0 });
}
