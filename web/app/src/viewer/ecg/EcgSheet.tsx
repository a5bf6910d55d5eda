import { type ReactNode, type Ref, useMemo } from 'react';
import { boxOf, curveOf, gridOf, type Page, type PaperScale, pulseOf, type Sheet } from './layout.model';

interface Props {
  sheet: Sheet;
  page: Page;
  scale: PaperScale;
  rate: number; // samples a second
  /** CSS length of the whole width: pixels on a screen, millimetres on paper. */
  width: string;
  label: string;
  children?: ReactNode;
  svgRef?: Ref<SVGSVGElement>;
}

/** The paper as vectors in millimetres: the same on the screen and printed. */
export function EcgSheet({ sheet, page, scale, rate, width, label, children, svgRef }: Props) {
  const grids = useMemo(() => [gridOf(page, 1), gridOf(page, 5)], [page]);
  const strips = useMemo(
    () =>
      sheet.strips.map((strip) => {
        const box = boxOf(strip, sheet, page, scale);
        return { box, name: strip.lead.name, curve: curveOf(strip, box, rate, scale) };
      }),
    [sheet, page, scale, rate],
  );
  return (
    <svg
      ref={svgRef}
      className="ecg-sheet"
      viewBox={`0 0 ${page.width} ${page.height}`}
      style={{ width }}
      role="img"
      aria-label={label}
    >
      <path className="ecg-fine" d={grids[0]} />
      <path className="ecg-bold" d={grids[1]} />
      {strips
        .filter((s) => s.box.left < 9)
        .map((s) => (
          <path key={s.box.top} className="ecg-pulse" d={pulseOf(s.box.baseline, scale)} />
        ))}
      {strips.map(({ box, name, curve }) => (
        <g key={`${box.top}/${box.left}`}>
          {box.left > 9 && <path className="ecg-pulse" d={`M${box.left} ${box.baseline - 4}v8`} />}
          <path className="ecg-curve" d={curve} data-lead={name} />
          <text className="ecg-lead" x={box.left + 1} y={box.top + Math.min(6, box.height * 0.3)}>
            {name}
          </text>
        </g>
      ))}
      {children}
    </svg>
  );
}
