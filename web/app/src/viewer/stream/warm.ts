/** Fetches the study that will be read next while another one is being read: after everything that is wanted now. */
import { type QueryClient, QueryObserver } from '@tanstack/react-query';
import { Viewer } from '../engine';
import { thinLine } from '../holding';
import { start } from '../start';
import { thumbnailsAhead } from '../thumbnails';
import { studyQuery } from '../useStudy';

interface Warmed {
  readonly study: string;
  readonly viewer: Viewer;
  /** Lets go of what the study consists of, and of its small pictures. */
  readonly forget: () => void;
}

let warmed: Warmed | undefined;

/** One study is held at a time: the one before is let go. What fails is fetched when somebody opens it. */
export async function warm(client: QueryClient, study: string): Promise<void> {
  if (warmed?.study === study) return;
  const series = await client.fetchQuery(studyQuery(study, client)).catch(() => undefined);
  if (!series) return;
  const viewer = new Viewer(await start());
  warmed?.viewer.destroy();
  warmed?.forget();
  const letGo = held(client, study);
  const letSmallGo = thinLine() ? undefined : thumbnailsAhead(series);
  warmed = {
    study,
    viewer,
    forget: () => {
      letGo();
      letSmallGo?.();
    },
  };
  viewer.ahead(series);
}

/** A read takes longer than an answer that nobody observes is kept: without its list of pictures those that are here would be of no use. */
function held(client: QueryClient, study: string): () => void {
  return new QueryObserver(client, { ...studyQuery(study, client), enabled: false }).subscribe(() => undefined);
}
