import { useTranslation } from 'react-i18next';
import type { Opinion } from '@/api/types';
import { useFormat } from '@/i18n/format';

/** A signed opinion, as it is printed. */
export function OpinionView({ opinion }: { opinion: Opinion }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <div className="opinion-read">
      {opinion.findings && (
        <section>
          <h3>{t('opinion.findings')}</h3>
          <p>{opinion.findings}</p>
        </section>
      )}
      <section>
        <h3>{t('opinion.diagnosis')}</h3>
        <p className="opinion-diagnosis">{opinion.diagnosis}</p>
      </section>
      <section>
        <h3>{t('opinion.advice')}</h3>
        <p>{opinion.advice}</p>
        {opinion.referral && <p className="opinion-diagnosis">{t('opinion.referral')}</p>}
      </section>
      <p className="opinion-sign">
        <span>
          {t('opinion.by')} <b>{opinion.author?.name}</b> {opinion.author?.title}
        </span>
        <span className="num">{format.dateTime(opinion.signedAt)}</span>
        {opinion.version > 1 && <span>{t('opinion.version', { version: opinion.version })}</span>}
      </p>
      {(opinion.history ?? []).length > 1 && (
        <details>
          <summary>{t('opinion.earlier')}</summary>
          <ul className="opinion-read">
            {(opinion.history ?? []).slice(0, -1).map((version) => (
              <li key={version.version} className="soft">
                <p className="num">
                  {t('opinion.version', { version: version.version })} · {format.dateTime(version.signedAt)}{' '}
                  {version.reason}
                </p>
                <p>{version.diagnosis}</p>
                <p>{version.advice}</p>
              </li>
            ))}
          </ul>
        </details>
      )}
    </div>
  );
}
