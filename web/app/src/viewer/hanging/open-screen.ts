/** Opens the second window, on the other monitor where the browser knows of one. */
import { type Bounds, featuresOf, placeFor } from './screens.model';

const stored = 'yilian.screen';

interface ScreenDetails {
  readonly currentScreen: object;
  readonly screens: readonly { availLeft: number; availTop: number; availWidth: number; availHeight: number }[];
}

export async function openScreen(url: string, screen: number): Promise<void> {
  const own: Bounds = {
    left: window.screenX,
    top: window.screenY,
    width: window.outerWidth,
    height: window.outerHeight,
  };
  const place = localStorage.getItem(`${stored}.${screen}`);
  // A popup must follow the press at once: the other monitor is asked for only where it is known without a question.
  const at = placeFor(place, place === null ? await otherMonitor() : undefined, own);
  window.open(url, `yilian-screen-${screen}`, featuresOf(at));
}

/** Remembers where this window stands, for the next time. */
export function rememberPlace(screen: number): void {
  if (document.visibilityState === 'hidden') return; // a minimised window stands nowhere
  // A window is opened by the size of what it shows: with that of its frame it would grow each time.
  const { screenX: left, screenY: top, innerWidth: width, innerHeight: height } = window;
  localStorage.setItem(`${stored}.${screen}`, JSON.stringify({ left, top, width, height }));
}

/** Window Management API, by feature test; undefined without it, without leave, or with one monitor. */
async function otherMonitor(): Promise<Bounds | undefined> {
  if (!('getScreenDetails' in window) || !('isExtended' in window.screen) || !window.screen.isExtended)
    return undefined;
  try {
    const details = await (window.getScreenDetails as () => Promise<ScreenDetails>)();
    const other = details.screens.find((s) => s !== details.currentScreen);
    return other && { left: other.availLeft, top: other.availTop, width: other.availWidth, height: other.availHeight };
  } catch {
    return undefined; // the person said no
  }
}
