import { useEffect } from 'react';
import type { Pane } from '../pane';
import { Part } from '../stream/schedule.model';
import { stream } from '../stream/stream';

/** A picture that the line or the server had lost is shown as soon as it is here after all: nobody has to press. */
export function useResume(pane: Pane | undefined): void {
  useEffect(() => {
    if (!pane) return;
    return stream.subscribe(() => {
      const { failure, index } = pane.state;
      if (failure !== 'offline' && failure !== 'server') return;
      const parts = pane.series && stream.parts(pane.series.uid);
      if (parts?.pixels[index] === Part.here || parts?.previews[index] === Part.here) void pane.retry();
    });
  }, [pane]);
}
