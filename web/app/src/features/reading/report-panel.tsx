import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Reading } from '@/api/readings';
import type { PlacedPicture } from '@/viewer/objects/links.model';
import { PictureText } from '@/viewer/objects/PictureText';

interface Props {
  reading: Reading;
  /** Shows a picture that the text names. */
  onGo?: (p: PlacedPicture) => void;
}

/** A report to read. */
export function ReportText({ reading, onGo }: Props) {
  const { t } = useTranslation();
  const r = reading.report;
  if (!r || (!r.findings && !r.impression)) return <p className="muted report-none">{t('reading.noReport')}</p>;
  const linked = (text: string) => (onGo ? <PictureText study={reading.study} text={text} onGo={onGo} /> : text);
  return (
    <article className="report-text">
      {r.preliminary && <p className="report-returned">{t('reading.preliminary')}</p>}
      {r.recalled && (
        <p className="report-returned">
          {t('reading.recalled')} {r.recalled}
        </p>
      )}
      {r.technique && <Section title={t('reading.technique')} text={linked(r.technique)} />}
      <Section title={t('reading.findings')} text={linked(r.findings)} />
      <Section title={t('reading.impression')} text={linked(r.impression)} strong />
    </article>
  );
}

function Section({ title, text, strong }: { title: string; text: ReactNode; strong?: boolean }) {
  return (
    <section>
      <h3>{title}</h3>
      <p className={strong ? 'report-body report-strong' : 'report-body'}>{text}</p>
    </section>
  );
}
