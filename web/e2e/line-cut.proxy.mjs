/** A line of TCP on loopback that can be cut, at once or in the middle of an answer, or that swallows all without a word. */
import { connect, createServer } from 'node:net';

/**
 * Leads to a port. cut() breaks what is open and refuses what comes; swallow() leaves all open and lets nothing through, as a line does whose
 * way back is gone; mend() lets new connections through again: those that were swallowed stay dead.
 */
export async function openLine(port) {
  const open = new Set();
  let state = 'whole'; // or cut, or swallowing
  let left = Number.POSITIVE_INFINITY; // bytes of answers until it breaks by itself
  let trap; // a request at which it breaks
  let cuts = 0;
  /** Whether what is sent is to go on its way; marks the connection whose answer is to be lost. */
  const passes = (near, bytes) => {
    if (!trap?.pattern.test(bytes.toString('latin1'))) return true;
    const { at, how } = trap;
    if (at === 'answer') {
      near.doomed = how;
      trap = undefined;
      return true;
    }
    trap = undefined;
    line[how]();
    return false;
  };
  const server = createServer((near) => {
    if (state === 'cut') return near.resetAndDestroy();
    const far = connect(port, '127.0.0.1');
    for (const s of [near, far]) {
      open.add(s);
      s.on('error', () => undefined);
      s.on('close', () => {
        open.delete(s);
        near.destroy();
        far.destroy();
      });
    }
    near.dead = state === 'swallowing';
    near.on('data', (bytes) => {
      if (!near.dead && passes(near, bytes) && !far.write(bytes)) near.pause();
    });
    far.on('drain', () => near.resume());
    far.on('data', (bytes) => {
      if (near.doomed) line[near.doomed]();
      if (near.dead || near.destroyed) return;
      if (bytes.length > left) {
        near.write(bytes.subarray(0, left));
        return line.cut();
      }
      left -= bytes.length;
      if (!near.write(bytes)) far.pause();
    });
    near.on('drain', () => far.resume());
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const broken = (how) => {
    state = how;
    left = Number.POSITIVE_INFINITY;
    cuts++;
  };
  const line = {
    http: `http://127.0.0.1:${server.address().port}`,
    cut() {
      broken('cut');
      for (const s of [...open]) s.resetAndDestroy();
    },
    swallow() {
      broken('swallowing');
      for (const s of open) s.dead = true;
    },
    /** Breaks after so many bytes more have come from the server. */
    cutAfter(bytes) {
      left = bytes;
    },
    /** Breaks at a request: before it has reached the server (`request`), or when it was done and its answer is on the way (`answer`). */
    breakAt(pattern, at, how = 'cut') {
      trap = { pattern, at, how };
    },
    mend() {
      state = 'whole';
    },
    get isCut() {
      return state !== 'whole';
    },
    get cuts() {
      return cuts;
    },
    close() {
      line.cut();
      return new Promise((resolve) => server.close(resolve));
    },
  };
  return line;
}
