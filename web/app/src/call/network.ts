// Tells when this device moved to another network, or came back to one.

interface Connection extends EventTarget {
  type?: string;
  effectiveType?: string;
}

/** Calls back on every change; returns the way to stop. What the browser cannot tell is found out by the heartbeat and by ICE. */
export function onNetworkChange(moved: () => void, back: () => void): () => void {
  const connection = (globalThis.navigator as { connection?: Connection } | undefined)?.connection;
  // The estimate of the bandwidth changes all the time; only another kind of network is a move.
  let kind = connection?.type;
  const changed = (): void => {
    if (connection?.type === kind) return;
    kind = connection?.type;
    if (kind !== 'none') moved();
  };
  const online = (): void => {
    back();
    moved();
  };
  connection?.addEventListener('change', changed);
  globalThis.addEventListener?.('online', online);
  return () => {
    connection?.removeEventListener('change', changed);
    globalThis.removeEventListener?.('online', online);
  };
}
