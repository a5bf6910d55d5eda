import { useTranslation } from 'react-i18next';
import { allSeries } from '@/features/transfer/import-plan.model';
import type { Prepared } from '@/features/transfer/import-prepare';
import { useFormat } from '@/i18n/format';
import { Icon } from '@/ui/icon';

/** What the directory of the disc says beside the files, and which files are not among the images. */
export function ImportDisc({ prepared }: { prepared: Prepared }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { disc, patients } = prepared;
  const aside = prepared.results.flatMap((result, at) =>
    ['broken', 'unreadable', 'other', 'twice'].includes(result.outcome)
      ? [{ result, path: prepared.sources[at]?.path ?? '' }]
      : [],
  );
  const missing = disc ? [...disc.missing, ...allSeries(patients).flatMap((series) => series.missing)] : [];
  if (!disc && aside.length === 0) return null;
  return (
    <div className="import-disc">
      {disc && (
        <p>
          <Icon name={missing.length > 0 || disc.failed ? 'alert' : 'check'} size={16} />
          {disc.files > 0 && t('import.discFound', { studies: disc.studies, files: format.number(disc.files) })}
          {disc.failed && t('import.discFailed')}
          {disc.files > 0 && missing.length === 0 && ` · ${t('import.discWhole')}`}
          {disc.extra > 0 && ` · ${t('import.discExtra', { n: disc.extra })}`}
        </p>
      )}
      {missing.length > 0 && (
        <Paths title={t('import.discMissing', { n: missing.length })} rows={missing.map((path) => [path, ''])} />
      )}
      {aside.length > 0 && (
        <Paths
          title={`${t('import.leftOut')} ${format.number(aside.length)}`}
          rows={aside.map(({ result, path }) => [path, t(`import.outcome.${result.outcome}`)])}
        />
      )}
    </div>
  );
}

const most = 200;

function Paths({ title, rows }: { title: string; rows: [path: string, why: string][] }) {
  const { t } = useTranslation();
  return (
    <details>
      <summary>{title}</summary>
      <ul className="import-paths">
        {rows.slice(0, most).map(([path, why]) => (
          <li key={path}>
            <code>{path}</code> <span className="muted">{why}</span>
          </li>
        ))}
        {rows.length > most && <li className="muted">{t('import.shown', { n: most, total: rows.length })}</li>}
      </ul>
    </details>
  );
}
