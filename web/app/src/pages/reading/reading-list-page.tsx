import { useQueries, useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'react-router';
import { type ReadingScope, type ReadingSummary, readingListQuery } from '@/api/readings';
import { TopBar } from '@/app/shell';
import { usePageTone } from '@/app/theme';
import { FeedbackStrip } from '@/features/reading/feedback-strip';
import { rowsOf } from '@/features/reading/flow.model';
import { useListView } from '@/features/reading/use-list-view';
import { useOpening } from '@/features/reading/use-opening';
import { brief } from '@/ui/brief';
import { useListCursor } from '@/ui/list-cursor';
import { SexAge } from '@/ui/sex-age';
import { Empty, ErrorNote, Skeleton } from '@/ui/states';
import { PriorityTag } from '@/ui/urgency';
import { Countdown, Waiting } from '@/ui/waiting';
import { prepare } from '@/viewer/prepare';
import { ListFilters } from './list-filters';
import '@/features/reading/reading.css';

const counted: readonly ReadingScope[] = ['pool', 'mine', 'review'];

const settled = 1_000; // ms

const scopes: readonly ReadingScope[] = ['pool', 'mine', 'review', 'released'];

/** What a press on a row will show: its page and the viewer. What does not come now comes then. */
const ready = () => void Promise.all([import('./reading-page'), prepare()]).catch(() => undefined);

/** What is to be read, in the order in which it is to be read. */
export function ReadingListPage() {
  usePageTone('dark');
  const { t } = useTranslation();
  const [params, setParams] = useSearchParams();
  const [kept, keep] = useListView();
  const asked = scopes.find((s) => s === params.get('scope'));
  const view = asked ? { ...kept, scope: asked } : kept;
  useEffect(() => {
    if (asked) keep({ scope: asked }); // an address that names a list is where one is now
  }, [asked, keep]);
  const { scope } = view;
  const query = useQuery(readingListQuery(scope));
  useEffect(() => {
    const soon = setTimeout(ready, settled); // the list itself comes first
    return () => clearTimeout(soon);
  }, []);
  const others = useQueries({ queries: counted.map((s) => readingListQuery(s)) });
  const counts = Object.fromEntries(counted.map((s, i) => [s, others[i]?.data?.length]));
  const all = query.data ?? [];
  const shown = rowsOf(all, view);
  return (
    <div className="rlist">
      <TopBar />
      <FeedbackStrip />
      <ListFilters
        view={view}
        change={(part) => {
          keep(part);
          if (part.scope) setParams({ scope: part.scope });
        }}
        all={all}
        counts={{ ...counts, [scope]: query.data?.length }}
      />
      <div className="rlist-scroll">
        {query.isPending && <Skeleton rows={12} height={28} />}
        {query.error && !query.data && <ErrorNote error={query.error} retry={() => query.refetch()} />}
        {query.data && shown.length === 0 && (
          <Empty icon="image" title={t(all.length ? 'reading.noneMatches' : `reading.empty.${scope}`)}>
            {t('reading.emptyHint')}
          </Empty>
        )}
        {shown.length > 0 && <Table list={shown} />}
      </div>
    </div>
  );
}

function Table({ list }: { list: ReadingSummary[] }) {
  const { t } = useTranslation();
  const open = useOpening();
  const [cursor, setCursor] = useListCursor(list, (r) => void open(r));
  return (
    <table>
      <thead>
        <tr>
          <th>{t('reading.urgency')}</th>
          <th>{t('reading.clock')}</th>
          <th>{t('reading.patient')}</th>
          <th className="wide">{t('reading.sexAge')}</th>
          <th>{t('reading.exam')}</th>
          <th className="wide">{t('reading.site')}</th>
          <th className="wide">{t('reading.images')}</th>
          <th>{t('reading.stateColumn')}</th>
          <th className="wide">{t('reading.reader')}</th>
        </tr>
      </thead>
      <tbody>
        {list.map((r, i) => (
          // The keyboard's way is j, k and Enter over the list, a screen reader's the link in the name.
          <tr
            key={r.id}
            data-testid="reading-row"
            data-cursor={i === cursor}
            onClick={() => {
              setCursor(i);
              void open(r);
            }}
          >
            <td>
              <PriorityTag priority={r.priority} />
            </td>
            <td>
              <Clock r={r} />
            </td>
            <td className="strong">
              <a
                href={`/readings/${r.id}`}
                onClick={(e) => {
                  e.preventDefault();
                }}
              >
                {r.patient.name}
              </a>
            </td>
            <td className="wide">
              <SexAge of={r.patient} />
            </td>
            <td title={brief(r.description)}>
              <b>{r.modality}</b> {brief(r.description)}
            </td>
            <td className="wide">{r.institution.short}</td>
            <td className="wide">{r.images}</td>
            <td>
              {r.critical && <span className="y-urgency y-urgency-rescue">{t('reading.critical')} </span>}
              {t(`reading.states.${r.state}`)}
            </td>
            <td className="wide">{r.lock?.person.name ?? r.reader?.name}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Before a report is out: what is left of its time; after: nothing runs. */
function Clock({ r }: { r: ReadingSummary }) {
  if (r.state === 'released' || r.state === 'closed') return null;
  const late = (r.slaPercent ?? 0) >= 100;
  return late ? <Waiting since={r.dueAt} due={r.dueAt} /> : <Countdown until={r.dueAt} />;
}
