/** The viewer before it is needed: its code, and the first picture of a study that is being opened. */
import type { QueryClient } from '@tanstack/react-query';
import { studyQuery } from './useStudy';

/** Loads and starts the viewer before somebody opens pictures. What does not come now comes when they do. */
export async function prepare(): Promise<void> {
  try {
    await Promise.all([import('./ViewerPane'), import('./stream/begin')]);
    await (await import('./start')).start();
  } catch {
    // the line may be down: who opens pictures is told
  }
}

/** A study is being opened: it is asked for beside the page that shows it, not after. Ends when its first picture is there. */
export async function openStudy(client: QueryClient, study: string): Promise<void> {
  try {
    const series = client.prefetchQuery(studyQuery(study, client));
    const { begin } = await import('./stream/begin');
    await series;
    await begin(client, study);
  } catch {
    // the page that shows it asks again, and tells
  }
}
