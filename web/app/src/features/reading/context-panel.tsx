import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { Prior, Reading } from '@/api/readings';
import { useFormat } from '@/i18n/format';
import { Facts } from '@/ui/panel';

interface ContextProps {
  reading: Reading;
  /** The earlier study that is open beside. */
  beside: string | undefined;
  onBeside: (prior: Prior) => void;
  /** The earlier report that stands beside this one. */
  report: string | undefined;
  onReport: (prior: Prior) => void;
}

/** How an earlier study is called. */
export function priorName(p: Prior, date: string): string {
  return [date, p.modality, p.description].filter(Boolean).join(' ');
}

const ofPerson = ['name', 'sex', 'birthDate'] as const; // another house has other numbers

function Contradicted({ fields }: { fields: readonly string[] }) {
  const { t } = useTranslation();
  const told = ofPerson.filter((f) => fields.includes(f));
  if (told.length === 0) return null;
  return (
    <p className="report-returned">
      {t('reading.priorDiffers', { fields: told.map((f) => t(`unmatched.field.${f}`)).join(' ') })}
    </p>
  );
}

/** Why the study was made, what was found before, why a report came back. */
export function ContextPanel({ reading, beside, onBeside, report, onReport }: ContextProps) {
  const { t } = useTranslation();
  const { date } = useFormat();
  const { order, priors, returnedReason } = reading;
  return (
    <div className="report-context">
      {returnedReason && (
        <p className="report-returned" role="status">
          <b>{t('reading.returned')}</b> {returnedReason}
        </p>
      )}
      {reading.late && <p className="report-returned">{t('reading.late')}</p>}
      {reading.corrected && <p className="report-returned">{t('reading.corrected')}</p>}
      <Facts
        items={[
          [t('reading.exam'), order?.exam ?? reading.description],
          [t('reading.clinical'), order?.clinical],
          [t('reading.orderedBy'), order?.orderedBy?.name],
          [t('reading.accession'), reading.accession],
        ]}
      />
      {priors && priors.length > 0 && (
        <details className="report-fold" open data-testid="priors">
          <summary>{t('reading.priors', { count: priors.length })}</summary>
          <ul>
            {priors.map((p) => (
              <li key={p.study} className="report-prior">
                <button type="button" aria-pressed={beside === p.study} onClick={() => onBeside(p)}>
                  {priorName(p, date(p.date))}
                </button>
                {!p.reading && <span className="muted">{t('reading.priorElsewhere')}</span>}
                <Link to={`/studies/${p.study}`} target="_blank" className="muted">
                  {t('reading.priorAlone')}
                </Link>
                <Contradicted fields={p.differs ?? []} />
                {p.impression && (
                  <p className="soft">
                    {p.impression}{' '}
                    <button
                      type="button"
                      className="y-link"
                      aria-pressed={report === p.study}
                      onClick={() => onReport(p)}
                    >
                      {t('reading.prior.open')}
                    </button>
                  </p>
                )}
              </li>
            ))}
          </ul>
        </details>
      )}
    </div>
  );
}
