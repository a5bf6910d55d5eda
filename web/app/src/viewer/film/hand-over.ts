/** From the viewer to the page for film: what is on show, key images and measurements, by the session of the browser. */
import { shared } from '../dicomweb';
import type { Viewer } from '../engine';
import { isKey } from '../measurements.model';
import type { Viewing } from '../useViewing';
import type { Handed, Shown } from './film.model';

const place = (study: string) => `yilian.film.${study}`;

export function openFilm(viewer: Viewer, viewing: Viewing, study: string, reading: string | undefined) {
  // Who looks by a link prints the page as it is, with its watermark.
  if (shared) return window.print();
  const all = viewer.measurements(study);
  const handed: Handed = {
    shown: [...viewing.panes.values()].flatMap((pane): Shown[] => {
      const { series, state } = pane;
      const frame = series?.frames[state.index];
      if (!series || !frame || series.study !== study) return [];
      const { center, width, invert } = state;
      const window = center !== undefined && width !== undefined ? { center, width } : undefined;
      return [{ series: series.uid, instance: frame.instanceUid, frame: frame.frame, window, invert }];
    }),
    keys: all.filter(isKey).map((k) => ({ series: k.series, instance: k.instance, frame: k.frame })),
    marks: all.filter((m) => !isKey(m)),
  };
  sessionStorage.setItem(place(study), JSON.stringify(handed));
  // Not without an opener: the new page has this one's session then.
  window.open(`/studies/${study}/film${reading ? `?reading=${reading}` : ''}`, '_blank');
}

export function handedOver(study: string): Handed {
  const kept = sessionStorage.getItem(place(study));
  try {
    if (kept) return JSON.parse(kept) as Handed;
  } catch {
    // written by another version
  }
  return { shown: [], keys: [], marks: [] };
}
