import { useCallback, useSyncExternalStore } from 'react';

/** Where sound comes out: a choice of this device, for all voices at once. */

const stored = 'yilian.speaker';
const changed = 'yilian-speaker';

const possible = 'setSinkId' in HTMLMediaElement.prototype;
const read = () => localStorage.getItem(stored) ?? '';

function subscribe(listener: () => void): () => void {
  window.addEventListener(changed, listener);
  return () => window.removeEventListener(changed, listener);
}

export function useSpeakerDevice() {
  const device = useSyncExternalStore(subscribe, read);
  const choose = useCallback((id: string) => {
    localStorage.setItem(stored, id);
    window.dispatchEvent(new Event(changed));
  }, []);
  return { device, choose, possible };
}

/** Sends an element's sound to a loudspeaker; one that is gone, or a browser that cannot, leaves it where it is. */
export async function speakerOf(audio: HTMLMediaElement, device: string): Promise<void> {
  if (!possible || !device) return;
  await (audio as HTMLMediaElement & { setSinkId(id: string): Promise<void> }).setSinkId(device).catch(() => undefined);
}
