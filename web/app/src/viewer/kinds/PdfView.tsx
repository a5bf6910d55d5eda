import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiError } from '@/api/problem';
import { Button } from '@/ui/button';
import { useLineBack } from '@/ui/line-back';
import { Empty, ErrorNote, Skeleton } from '@/ui/states';
import { Pdf, PdfDeaf } from './pdf';
import './pdf.css';

const zooms = [0.5, 0.75, 1, 1.5, 2, 3] as const; // of the width of the pane

/** A document, page below page; pages are drawn when they come into sight. */
export function PdfView({ bytes, title, file }: { bytes: ArrayBuffer; title: string; file: string }) {
  const { t } = useTranslation();
  const [pdf, setPdf] = useState<Pdf>();
  const [failed, setFailed] = useState<unknown>();
  const [tries, setTries] = useState(0);
  const back = useLineBack();
  const deaf = failed instanceof PdfDeaf;
  const [zoom, setZoom] = useState(2);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another try opens it anew
  useEffect(() => {
    let open: Pdf | undefined;
    let gone = false;
    setFailed(undefined);
    Pdf.open(bytes)
      .then((p) => {
        if (gone) return p.close();
        open = p;
        setPdf(p);
      })
      .catch((e: unknown) => !gone && setFailed(e));
    return () => {
      gone = true;
      open?.close();
    };
  }, [bytes, tries]);
  const seen = useRef(back);
  useEffect(() => {
    if (seen.current === back) return;
    seen.current = back;
    if (!pdf) setTries((n) => n + 1);
  }, [back, pdf]);
  const broken = failed !== undefined || pdf?.pages === 0;
  const turn = (by: number) => setZoom((z) => Math.min(zooms.length - 1, Math.max(0, z + by)));
  return (
    <section className="viewer-pdf" aria-label={title} data-testid="pdf" data-pages={pdf?.pages ?? 0}>
      <header className="viewer-pdf-head">
        <b>{title}</b>
        <span className="viewer-spring" />
        {pdf && <span className="num">{t('viewer.pdf.pages', { count: pdf.pages })}</span>}
        <Button size="small" onClick={() => turn(-1)} aria-label={t('viewer.pdf.smaller')} disabled={zoom === 0}>
          −
        </Button>
        <Button
          size="small"
          onClick={() => turn(1)}
          aria-label={t('viewer.pdf.larger')}
          disabled={zoom === zooms.length - 1}
        >
          +
        </Button>
        <a className="y-btn y-btn-plain y-btn-small" href={file} download>
          {t('viewer.download')}
        </a>
      </header>
      <div className="viewer-pdf-pages">
        {deaf && <ErrorNote error={ApiError.unreachable(failed)} retry={() => setTries((n) => n + 1)} />}
        {broken && !deaf && (
          <Empty icon="alert" title={t('viewer.pdf.broken')}>
            {t('viewer.pdf.brokenHint')}
          </Empty>
        )}
        {!broken && !pdf && <Skeleton rows={8} />}
        {pdf &&
          Array.from({ length: pdf.pages }, (_, i) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a page is its place
            <Page key={i} pdf={pdf} page={i + 1} width={zooms[zoom] ?? 1} />
          ))}
      </div>
    </section>
  );
}

function Page({ pdf, page, width }: { pdf: Pdf; page: number; width: number }) {
  const { t } = useTranslation();
  const canvas = useRef<HTMLCanvasElement>(null);
  const [ratio, setRatio] = useState(Math.SQRT2); // of A4, until it is known
  const [seen, setSeen] = useState(false);
  const [words, setWords] = useState('');
  useEffect(() => {
    const element = canvas.current;
    if (!element) return;
    const observer = new IntersectionObserver(([e]) => setSeen(e?.isIntersecting ?? false), { rootMargin: '400px' });
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  useEffect(() => {
    if (!seen) return;
    void pdf.ratio(page).then(setRatio, () => undefined);
    void pdf.words(page).then(setWords, () => undefined);
  }, [pdf, page, seen]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another width or ratio needs another drawing
  useEffect(() => {
    const element = canvas.current;
    if (!seen || !element) return;
    return pdf.draw(page, element, () => element.setAttribute('data-drawn', 'true'));
  }, [pdf, page, seen, width, ratio]);
  return (
    <canvas
      ref={canvas}
      className="viewer-pdf-page"
      style={{ width: `${width * 100}%`, aspectRatio: `1 / ${ratio}` }}
      role="img"
      aria-label={`${t('viewer.pdf.page', { page })}: ${words}`}
    />
  );
}
