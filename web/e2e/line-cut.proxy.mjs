/** A line of TCP on loopback that can be cut: at once, or in the middle of an answer. */
import { connect, createServer } from 'node:net';

/** Leads to a port. cut() breaks what is open and refuses what comes; mend() lets it through again. */
export async function openLine(port) {
  const open = new Set();
  let whole = true;
  let left = Number.POSITIVE_INFINITY; // bytes of answers until it breaks by itself
  let cuts = 0;
  const server = createServer((near) => {
    if (!whole) return near.resetAndDestroy();
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
    near.pipe(far);
    far.on('data', (bytes) => {
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
  const line = {
    http: `http://127.0.0.1:${server.address().port}`,
    cut() {
      whole = false;
      left = Number.POSITIVE_INFINITY;
      cuts++;
      for (const s of [...open]) s.resetAndDestroy();
    },
    /** Breaks after so many bytes more have come from the server. */
    cutAfter(bytes) {
      left = bytes;
    },
    mend() {
      whole = true;
    },
    get isCut() {
      return !whole;
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
