import { useEffect, useRef } from 'react';
import type { Pane } from './pane';
import type { Together } from './together';

const shownMs = 3000;

interface PointersProps {
  pane: Pane | undefined;
  together: Together;
  nameOf: (person: string) => string;
}

/** Where the leader points, with the name; and tells where this side points while it leads. */
export function Pointers({ pane, together, nameOf }: PointersProps) {
  const layer = useRef<HTMLDivElement>(null);
  const name = useRef(nameOf);
  name.current = nameOf;
  useEffect(() => {
    if (!pane) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const off = together.onPointer(({ from, value }) => {
      const dot = layer.current?.firstElementChild as HTMLElement | null | undefined;
      if (!dot) return;
      const at = value ? pane.placeOf(value) : undefined;
      dot.hidden = !at;
      if (!at) return;
      dot.style.transform = `translate(${at.x}px, ${at.y}px)`;
      dot.dataset.name = name.current(from);
      clearTimeout(timer);
      timer = setTimeout(() => {
        dot.hidden = true;
      }, shownMs);
    });
    return () => {
      clearTimeout(timer);
      off();
    };
  }, [pane, together]);
  useEffect(() => {
    const section = layer.current?.parentElement;
    if (!pane || !section) return;
    const move = (event: PointerEvent) => {
      if (!together.snapshot().leading) return;
      const box = section.getBoundingClientRect();
      together.point(pane.pointAt(event.clientX - box.x, event.clientY - box.y) ?? null);
    };
    const leave = () => together.snapshot().leading && together.point(null);
    section.addEventListener('pointermove', move);
    section.addEventListener('pointerleave', leave);
    return () => {
      section.removeEventListener('pointermove', move);
      section.removeEventListener('pointerleave', leave);
    };
  }, [pane, together]);
  return (
    <div ref={layer} className="viewer-pointers" aria-hidden="true">
      <i hidden />
    </div>
  );
}
