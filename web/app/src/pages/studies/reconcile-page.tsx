import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { unmatchedQuery } from '@/api/records';
import { correctionsQuery, keptSidesQuery } from '@/api/truth';
import { CorrectionRow } from '@/features/truth/correction-row';
import { SidesTable } from '@/features/truth/sides-table';
import { useFormat } from '@/i18n/format';
import { Page, Panel } from '@/ui/panel';
import { Empty, Loaded } from '@/ui/states';
import './studies.css';

/** What waits for a second person, what was kept aside, and the way to what has no order. */
export function ReconcilePage() {
  const { t } = useTranslation();
  const format = useFormat();
  const open = useQuery(correctionsQuery({ state: 'open' }));
  const kept = useQuery(keptSidesQuery);
  const unmatched = useQuery(unmatchedQuery);
  return (
    <Page title={t('truth.title')} note={t('truth.note')}>
      <Panel title={t('truth.waiting')} count={open.data?.length}>
        <Loaded query={open}>
          {(list) =>
            list.length === 0 ? (
              <Empty icon="check" title={t('truth.waitingNone')}>
                {t('truth.waitingHint')}
              </Empty>
            ) : (
              <ul className="corrections">
                {list.map((one) => (
                  <CorrectionRow key={one.id} correction={one} linked />
                ))}
              </ul>
            )
          }
        </Loaded>
      </Panel>
      <Panel title={t('truth.kept')} count={kept.data?.length}>
        <Loaded query={kept}>
          {(list) =>
            list.length === 0 ? (
              <Empty icon="check" title={t('admin.conflictsNone')} />
            ) : (
              list.map((one) => (
                <article key={one.id} className="kept">
                  <p className="muted">
                    {t(`admin.conflictReason.${one.reason}` as 'admin.conflictReason.content')} · {one.device} ·{' '}
                    <span className="num">{format.moment(one.at)}</span>
                  </p>
                  <SidesTable sides={one.sides ?? []} />
                  <p className="muted">{t('truth.keptWho')}</p>
                </article>
              ))
            )
          }
        </Loaded>
      </Panel>
      {(unmatched.data?.length ?? 0) > 0 && (
        <p>
          <Link to="/unmatched">{t('truth.unmatched', { n: unmatched.data?.length ?? 0 })}</Link>
        </p>
      )}
    </Page>
  );
}
