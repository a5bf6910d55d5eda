/** Parts of the page that are loaded when they are needed. */
import { afterMiss } from './later.model';

const pause = 1500; // ms between looks whether the service can be reached
const mark = 'yilian.loaded-anew'; // when this tab was loaded anew for a part that did not come, in ms

/**
 * Loads a part. While the line is down it waits: whoever waits for it is told by the strip at the top. A part that does not
 * come although the service answers is another one after an upgrade, or the browser remembers that it failed: then the page is
 * loaded anew, once; what was typed is kept.
 */
export async function later<M>(load: () => Promise<M>): Promise<M> {
  for (let misses = 1; ; misses++) {
    try {
      return await load();
    } catch (error) {
      const act = afterMiss(error, misses, Date.now() - Number(sessionStorage.getItem(mark) ?? 0));
      if (act === 'tell') throw error;
      await reachable();
      if (act === 'again') continue;
      sessionStorage.setItem(mark, String(Date.now()));
      window.location.reload();
      await new Promise(() => undefined);
    }
  }
}

async function reachable(): Promise<void> {
  for (;;) {
    const res = await fetch('/readyz', { cache: 'no-store' }).catch(() => undefined); // some proxies keep it to themselves
    if (res && res.status < 500) return;
    await new Promise((done) => setTimeout(done, pause));
  }
}
