import { useEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { CaliperLayer } from './CaliperLayer';
import type { CaliperKind } from './calipers.model';
import { EcgSheet } from './EcgSheet';
import type { Ecg } from './ecg.model';
import { type EcgLayout, layOut, type PaperScale, pageOf, type Span } from './layout.model';
import { type Calipers, useCaliperDrag } from './use-calipers';

interface Props {
  ecg: Ecg;
  layout: EcgLayout;
  span: Span;
  scale: PaperScale;
  zoom: number;
  tool: CaliperKind | 'hand';
  calipers: Calipers;
  /** Words of its foot: speed, gain, filter. */
  foot: string;
  title?: string;
  testId: string;
}

const least = 3; // px to a millimetre, so that the fine grid can be counted; wider sheets scroll

/** One recording on its paper on the screen, with calipers. */
export function EcgPaper({ ecg, layout, span, scale, zoom, tool, calipers, foot, title, testId }: Props) {
  const { t } = useTranslation();
  const box = useRef<HTMLDivElement>(null);
  const svg = useRef<SVGSVGElement>(null);
  const [room, setRoom] = useState(0);
  useEffect(() => {
    const frame = box.current;
    if (!frame) return;
    const observer = new ResizeObserver(() => setRoom(frame.clientWidth));
    observer.observe(frame);
    return () => observer.disconnect();
  }, []);
  const sheet = useMemo(() => layOut(ecg, layout, span), [ecg, layout, span]);
  const page = useMemo(() => pageOf(sheet, scale), [sheet, scale]);
  const mm = Math.max(least, (room - 1) / page.width) * zoom;
  const drag = useCaliperDrag({ svg, tool, calipers, sheet, page, scale, seconds: ecg.seconds });
  return (
    <div className="ecg-paper" data-testid={testId} data-mm={mm.toFixed(4)} data-tool={tool}>
      {title && <p className="ecg-title">{title}</p>}
      <div className="ecg-scroll" ref={box}>
        <div {...drag} role="presentation" style={{ width: page.width * mm }} className="ecg-touch">
          <EcgSheet
            svgRef={svg}
            sheet={sheet}
            page={page}
            scale={scale}
            rate={ecg.rate}
            width="100%"
            label={t('ecg.curves', { leads: ecg.leads.map((l) => l.name).join(' ') })}
          >
            <CaliperLayer calipers={calipers} sheet={sheet} page={page} scale={scale} />
          </EcgSheet>
        </div>
      </div>
      <p className="ecg-foot">{foot}</p>
    </div>
  );
}
