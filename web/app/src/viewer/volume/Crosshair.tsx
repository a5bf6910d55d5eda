import { useRef } from 'react';
import type { Place } from '../vector.model';
import type { PlaneView } from './plane-view';
import type { PlaneName } from './planes.model';
import type { Reconstruction } from './reconstruction';

const hollow = 14; // px around the crossing where nothing is drawn: the finding stands there

/** Where the other two planes cut this one. The middle is dragged to move, the ends are dragged to turn. */
export function Crosshair({ name, view, volume }: { name: PlaneName; view: PlaneView; volume: Reconstruction }) {
  const last = useRef<Place>(undefined);
  const here = (e: React.PointerEvent): Place => {
    const box = e.currentTarget.closest('svg')?.getBoundingClientRect();
    return { x: e.clientX - (box?.x ?? 0), y: e.clientY - (box?.y ?? 0) };
  };
  const drag = (moved: (from: Place, to: Place) => void) => ({
    onPointerDown: (e: React.PointerEvent) => {
      if (e.button !== 0) return;
      e.currentTarget.setPointerCapture(e.pointerId);
      last.current = here(e);
    },
    onPointerMove: (e: React.PointerEvent) => {
      if (!last.current) return;
      const to = here(e);
      moved(last.current, to);
      last.current = to;
    },
    onPointerUp: () => {
      last.current = undefined;
    },
  });
  const { centre } = view;
  return (
    <svg className="volume-cross" aria-hidden="true">
      {view.lines.map((l) => (
        <g key={l.plane} className={`volume-line volume-line-${l.plane}`}>
          {[l.from, l.to].map((end, i) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: the two ends of one line
            <path key={i} d={`M${away(centre, end).x} ${away(centre, end).y}L${end.x} ${end.y}`} />
          ))}
          {l.handles.map((h, i) => (
            <circle
              // biome-ignore lint/suspicious/noArrayIndexKey: the two ends of one line
              key={i}
              data-testid={`turn-${name}-${l.plane}-${i}`}
              cx={h.x}
              cy={h.y}
              r={6}
              {...drag((from, to) => volume.turnBy(name, from, to))}
            />
          ))}
        </g>
      ))}
      <circle
        className="volume-centre"
        data-testid={`cross-${name}`}
        cx={centre.x}
        cy={centre.y}
        r={hollow}
        {...drag((_, to) => volume.moveTo(name, to))}
      />
    </svg>
  );
}

function away(centre: Place, end: Place): Place {
  const l = Math.hypot(end.x - centre.x, end.y - centre.y);
  const part = l > 0 ? Math.min(1, hollow / l) : 0;
  return { x: centre.x + (end.x - centre.x) * part, y: centre.y + (end.y - centre.y) * part };
}
