import { useTranslation } from 'react-i18next';
import type { SharedStudy } from '@/api/sharing';
import { useFormat } from '@/i18n/format';

/** The released report, where the link shows it. */
export function Report({ report }: { report: SharedStudy['report'] }) {
  const { t } = useTranslation();
  const format = useFormat();
  if (!report) return <aside className="share-report muted">{t('shared.notReleased')}</aside>;
  return (
    <aside className="share-report">
      {report.preliminary && <p className="share-preliminary">{t('shared.preliminary')}</p>}
      <h3>{t('shared.findings')}</h3>
      <p className="share-text">{report.findings}</p>
      <h3>{t('shared.impression')}</h3>
      <p className="share-text">{report.impression}</p>
      <p className="muted num">
        {[report.writer, report.reviewer].filter(Boolean).join(' / ')} · {format.dateTime(report.at)}
      </p>
    </aside>
  );
}
