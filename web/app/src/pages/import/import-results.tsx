import type { TFunction } from 'i18next';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { allSeries } from '@/features/transfer/import-plan.model';
import type { Prepared } from '@/features/transfer/import-prepare';
import { countsOf, csv, type Group, groups, type Result } from '@/features/transfer/import-run.model';
import { useFormat } from '@/i18n/format';
import { Button } from '@/ui/button';
import { Choice } from '@/ui/field';
import { Panel } from '@/ui/panel';
import { Empty } from '@/ui/states';

interface Props {
  prepared: Prepared;
  results: readonly Result[];
}

const page = 200;
const names = Object.keys(groups) as Group[];

/** What became of each file; filtered, and as a list for a spreadsheet. */
export function ImportResults({ prepared, results }: Props) {
  const { t } = useTranslation();
  const format = useFormat();
  const [group, setGroup] = useState<Group | 'all'>('all');
  const [most, setMost] = useState(page);
  const counts = countsOf(results);
  const sum = (name: Group) => groups[name].reduce((n, outcome) => n + counts[outcome], 0);
  const wanted: readonly string[] | undefined = group === 'all' ? undefined : groups[group];
  const rows = results
    .map((result, number) => ({ result, number, path: prepared.sources[number]?.path ?? '' }))
    .filter(({ result }) => !wanted || wanted.includes(result.outcome));
  return (
    <Panel
      title={t('import.results')}
      actions={
        <Button size="small" icon="download" onClick={() => save(prepared, results, t)}>
          {t('import.csv')}
        </Button>
      }
    >
      <div className="import-filter">
        <Choice
          hidden
          label={t('import.results')}
          value={group}
          onChange={(value) => {
            setGroup(value);
            setMost(page);
          }}
          options={[
            { value: 'all' as const, text: t('import.filter.all'), count: results.length },
            ...names.map((value) => ({ value, text: t(`import.filter.${value}`), count: sum(value) })),
          ]}
        />
      </div>
      {rows.length === 0 ? (
        <Empty icon="check" title={t('import.noneOfThis')} />
      ) : (
        <table className="y-table cards import-results">
          <thead>
            <tr>
              <th>{t('import.csvHead.file')}</th>
              <th>{t('import.csvHead.result')}</th>
              <th>{t('import.csvHead.why')}</th>
            </tr>
          </thead>
          <tbody>
            {rows.slice(0, most).map(({ result, number, path }) => (
              <tr key={number} data-outcome={result.outcome}>
                <td>
                  <code>{path}</code>
                </td>
                <td className="import-outcome">{t(`import.outcome.${result.outcome}`)}</td>
                <td className="muted">{whyOf(result, t)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {rows.length > most && (
        <div className="import-rest">
          <span className="muted">
            {t('import.shown', { n: format.number(most), total: format.number(rows.length) })}
          </span>
          <Button size="small" onClick={() => setMost(most + page)}>
            {t('import.showMore', { n: Math.min(page, rows.length - most) })}
          </Button>
        </div>
      )}
    </Panel>
  );
}

/** The reason in words, and behind it what the archive itself said. */
function whyOf(result: Result, t: TFunction): string {
  switch (result.outcome) {
    case 'refused':
      return t(`import.why.${result.reason ?? 'processing'}`) + (result.comment ? ` (${result.comment})` : '');
    case 'twice':
    case 'unreadable':
    case 'broken':
    case 'other':
    case 'directory':
      return t(`import.why.${result.outcome}`);
  }
  return '';
}

/** Saves the list as a file on this machine. */
function save({ sources, patients }: Prepared, results: readonly Result[], t: TFunction): void {
  const headers = new Map(
    allSeries(patients).flatMap((series) => series.files.map((file) => [file.number, file.header] as const)),
  );
  const head = (['file', 'result', 'why', 'patient', 'study', 'instance'] as const).map((k) =>
    t(`import.csvHead.${k}`),
  );
  const lines = results.map((result, number) => {
    const header = headers.get(number);
    return [
      sources[number]?.path ?? '',
      t(`import.outcome.${result.outcome}`),
      whyOf(result, t),
      header?.patientId ?? '',
      header?.study ?? '',
      header?.instance ?? '',
    ];
  });
  const url = URL.createObjectURL(new Blob([csv([head, ...lines])], { type: 'text/csv;charset=utf-8' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = `${t('import.csvName')}.csv`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
