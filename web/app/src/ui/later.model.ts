/** What to do when a part of the page did not load. Pure. */

/** As Chromium, Firefox and Safari say it, and Vite for a style sheet. */
const notLoaded = /dynamically imported module|importing a module script failed|unable to preload css/i;

const soon = 30_000; // ms after which a page may be loaded anew once more

/**
 * again: the line may have been down. reload: it is up, and the part does not come. tell: an error of the part itself, or the
 * page was loaded anew for it a moment ago. sinceReload in ms.
 */
export function afterMiss(error: unknown, misses: number, sinceReload: number): 'again' | 'reload' | 'tell' {
  if (!(error instanceof Error) || !notLoaded.test(error.message)) return 'tell';
  if (misses === 1) return 'again';
  return sinceReload > soon ? 'reload' : 'tell';
}
