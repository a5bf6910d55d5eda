import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { Reading } from '@/api/readings';
import { Facts } from '@/ui/panel';

/** Why the study was made, what was found before, why a report came back. */
export function ContextPanel({ reading }: { reading: Reading }) {
  const { t } = useTranslation();
  const { order, priors, returnedReason } = reading;
  return (
    <div className="report-context">
      {returnedReason && (
        <p className="report-returned" role="status">
          <b>{t('reading.returned')}</b> {returnedReason}
        </p>
      )}
      {reading.late && <p className="report-returned">{t('reading.late')}</p>}
      <Facts
        items={[
          [t('reading.exam'), order?.exam ?? reading.description],
          [t('reading.clinical'), order?.clinical],
          [t('reading.orderedBy'), order?.orderedBy?.name],
          [t('reading.accession'), reading.accession],
        ]}
      />
      {priors && priors.length > 0 && (
        <details className="report-priors">
          <summary>{t('reading.priors', { count: priors.length })}</summary>
          <ul>
            {priors.map((p) => (
              <li key={p.study}>
                <Link to={`/studies/${p.study}`} target="_blank">
                  {p.date} {p.modality} {p.description}
                </Link>
                {p.impression && <p className="muted">{p.impression}</p>}
              </li>
            ))}
          </ul>
        </details>
      )}
    </div>
  );
}
