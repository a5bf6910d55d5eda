import { useMemo, useSyncExternalStore } from 'react';
import type { Pane } from '../pane';
import { cutOf, sheetOf } from './reference.model';

const none = () => () => undefined;

/** Where the picture of the active pane cuts the one of this pane. */
export function ReferenceLines({ pane, active }: { pane: Pane | undefined; active: Pane | undefined }) {
  const here = useSyncExternalStore(pane?.subscribe ?? none, () => pane?.state);
  const there = useSyncExternalStore(active?.subscribe ?? none, () => active?.state);
  const cut = useMemo(() => {
    const mine = pane?.series?.frames[here?.index ?? 0];
    const other = active?.series?.frames[there?.index ?? 0];
    const [a, b] = [mine && sheetOf(mine.metadata), other && sheetOf(other.metadata)];
    return a && b && cutOf(a, b);
  }, [pane, active, here, there]);
  if (!pane || !cut || pane === active || !here || here.count === 0) return null;
  const [from, to] = cut.map((p) => pane.canvasOf(p));
  if (!from || !to) return null;
  return (
    <svg className="hanging-lines" aria-hidden="true" data-testid="reference-line">
      <line x1={from.x} y1={from.y} x2={to.x} y2={to.y} />
    </svg>
  );
}
