import { csrfHeader } from '@/api/client';
import { onBack } from '@/api/steady';
import { instanceUrl, seriesUrl } from './dicomweb';
import type { Series } from './study.model';

/** The small picture that stands for a series. */
export function thumbnailUrl(series: Series): string {
  return `${seriesUrl(series.study, series.uid)}/thumbnail?viewport=128,128`;
}

/**
 * Fetches the small pictures of series, one at a time. Until they are let go by the function that is answered, an element with such an address
 * needs no line (HTML, list of available images).
 */
export function thumbnailsAhead(all: readonly Series[]): () => void {
  const waiting = all.filter((s) => s.kind === 'stack').map(thumbnailUrl);
  const held: HTMLImageElement[] = [];
  let coming: HTMLImageElement | undefined;
  const next = () => {
    coming = undefined;
    const url = waiting.shift();
    if (!url) return;
    const image = new Image();
    coming = image;
    held.push(image);
    image.fetchPriority = 'low';
    // One that does not come is asked for by the strip, which tells.
    image.onload = image.onerror = next;
    image.src = url;
  };
  // One that hangs would make the strip's own wait with it.
  const drop = () => {
    if (coming) coming.onload = coming.onerror = null;
    coming?.removeAttribute('src');
    coming = undefined;
  };
  const leave = onBack(() => {
    drop();
    next();
  });
  next();
  return () => {
    leave();
    drop();
    waiting.length = held.length = 0;
  };
}

/**
 * The server decodes no JPEG 2000 and no video; the first browser that shows such a series gives it the small picture that
 * everybody sees in the lists.
 */
const wanted = new Set<string>();

/** The server has no picture of this series. */
export function wantThumbnail(series: string): void {
  wanted.add(series);
}

const longest = 128;

/** Gives the picture on show if it is the one that stands for its series, the middle one. */
export function giveThumbnail(series: Series, index: number, canvas: HTMLCanvasElement): void {
  const frame = series.frames[index];
  if (!frame || index !== Math.floor(series.frames.length / 2) || !wanted.delete(series.uid)) return;
  const scale = Math.min(1, longest / Math.max(canvas.width, canvas.height));
  const small = document.createElement('canvas');
  small.width = Math.max(1, Math.round(canvas.width * scale));
  small.height = Math.max(1, Math.round(canvas.height * scale));
  small.getContext('2d')?.drawImage(canvas, 0, 0, small.width, small.height);
  small.toBlob(
    (blob) => {
      if (!blob) return;
      const address = `${instanceUrl(series.study, series.uid, frame.instanceUid)}/frames/${frame.frame}/thumbnail`;
      // A thumbnail that could not be given is missed by nobody: the next viewer gives one.
      void fetch(address, { method: 'PUT', body: blob, headers: { ...csrfHeader(), 'Content-Type': blob.type } }).catch(
        () => {},
      );
    },
    'image/jpeg',
    0.8,
  );
}
