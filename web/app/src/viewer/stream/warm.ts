/** Fetches the study that will be read next while another one is being read: after everything that is wanted now. */
import type { QueryClient } from '@tanstack/react-query';
import { Viewer } from '../engine';
import { start } from '../start';
import { studyQuery } from '../useStudy';

let warmed: { readonly study: string; readonly viewer: Viewer } | undefined;

/** One study is held at a time: the one before is let go. What fails is fetched when somebody opens it. */
export async function warm(client: QueryClient, study: string): Promise<void> {
  if (warmed?.study === study) return;
  const series = await client.fetchQuery(studyQuery(study, client)).catch(() => undefined);
  if (!series) return;
  const viewer = new Viewer(await start());
  warmed?.viewer.destroy();
  warmed = { study, viewer };
  viewer.ahead(series);
}
