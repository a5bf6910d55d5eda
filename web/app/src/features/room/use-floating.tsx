import { useCallback, useEffect, useState } from 'react';
import type { Call } from '@/call';

/** The picture in a window above all others: a document of its own where the browser has that, else the video alone. */

interface DocumentPip {
  requestWindow(size: { width: number; height: number }): Promise<Window>;
}

const documentPip = (): DocumentPip | undefined =>
  (window as unknown as { documentPictureInPicture?: DocumentPip }).documentPictureInPicture;

export const canFloat = (): boolean => documentPip() !== undefined || document.pictureInPictureEnabled === true;

export interface Floating {
  /** Body of the small window, to draw into; undefined while there is none, or where the browser shows the video alone. */
  body: HTMLElement | undefined;
  on: boolean;
  toggle: () => void;
}

export function useFloating(call: Call): Floating {
  const [body, setBody] = useState<HTMLElement>();
  const [on, setOn] = useState(false);
  const end = useCallback(() => {
    setBody(undefined);
    setOn(false);
    call.floating(undefined);
  }, [call]);
  useEffect(() => {
    if (!body) return;
    const { defaultView } = body.ownerDocument;
    return () => defaultView?.close();
  }, [body]);
  const toggle = useCallback(async () => {
    if (on) {
      body?.ownerDocument.defaultView?.close();
      if (document.pictureInPictureElement) await document.exitPictureInPicture();
      return end();
    }
    const main = document.querySelector<HTMLElement>('.stage-main, .stage-cell[data-source="camera"]');
    const { person, source } = main?.dataset ?? {};
    if (person && source) call.floating({ from: person, source });
    const pip = documentPip();
    if (pip) {
      const small = await pip.requestWindow({ width: 400, height: 300 });
      copyStyles(small.document);
      small.addEventListener('pagehide', end, { once: true });
      setBody(small.document.body);
      return setOn(true);
    }
    const video = main?.querySelector('video');
    if (!video) return;
    video.disablePictureInPicture = false;
    await video.requestPictureInPicture();
    video.addEventListener('leavepictureinpicture', end, { once: true });
    setOn(true);
  }, [body, call, end, on]);
  return { body, on, toggle: () => void toggle().catch(end) };
}

function copyStyles(to: Document): void {
  to.documentElement.dataset.theme = 'dark';
  to.documentElement.lang = document.documentElement.lang;
  for (const node of document.querySelectorAll('style, link[rel="stylesheet"]')) to.head.append(node.cloneNode(true));
}
