import { useEffect, useState } from 'react';
import type { Pane } from '../pane';
import type { Placement } from './drawing.model';

/** Where the picture lies now; followed only while something is to be drawn. */
export function usePlacement(pane: Pane | undefined, on: boolean): Placement | undefined {
  const [placement, setPlacement] = useState<Placement>();
  useEffect(() => {
    if (!pane || !on) return setPlacement(undefined);
    const look = () => {
      const next = pane.placement();
      setPlacement((old) => (JSON.stringify(old) === JSON.stringify(next) ? old : next));
    };
    look();
    return pane.onDrawn(look);
  }, [pane, on]);
  return placement;
}
