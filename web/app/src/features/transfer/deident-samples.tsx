import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Review } from '@/api/sharing';
import { Choice } from '@/ui/field';

/** The header of one instance of each series, before and after. */
export function Samples({ samples }: { samples: Review['samples'] }) {
  const { t } = useTranslation();
  const [at, setAt] = useState(samples[0]?.series ?? '');
  const shown = samples.find((sample) => sample.series === at) ?? samples[0];
  if (!shown) return null;
  return (
    <section>
      <h3 className="deident-head">{t('deident.header')}</h3>
      {samples.length > 1 && (
        <Choice
          label={t('deident.series')}
          hidden
          value={shown.series}
          options={samples.map((s) => ({
            value: s.series,
            text: [s.modality, s.description].filter(Boolean).join(' '),
            count: s.instances,
          }))}
          onChange={setAt}
        />
      )}
      <div className="deident-rows">
        <table>
          <thead>
            <tr>
              <th>{t('deident.attribute')}</th>
              <th>{t('deident.before')}</th>
              <th>{t('deident.after')}</th>
            </tr>
          </thead>
          <tbody>
            {shown.rows.map((row) => (
              <tr key={row.path}>
                <td>
                  {row.keyword || t('deident.private')} <span className="muted num">{row.path}</span>
                </td>
                <td>{row.before}</td>
                <td>{row.after ? row.after : <span className="muted">{t(`deident.did.${row.action}`)}</span>}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p className="muted">{t('deident.kept', { n: shown.kept })}</p>
    </section>
  );
}
