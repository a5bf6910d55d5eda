import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { institutionsQuery } from '@/api/consults';
import { type LectureNotice, lecturesQuery } from '@/api/lectures';
import { useFormat } from '@/i18n/format';
import { Icon } from '@/ui/icon';
import { Panel } from '@/ui/panel';
import './lecture.css';

/** What one could listen to now; a press is a seat in the audience. */
export function LectureList({ lectures }: { lectures: readonly LectureNotice[] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { data: institutions } = useQuery(institutionsQuery);
  return (
    <ul className="y-list">
      {lectures.map(({ id, title, by, institution, at }) => (
        <li key={id}>
          <Link className="lecture-row" to={`/lectures/${id}`}>
            <Icon name="volume" />
            <span className="grow">
              <b>{title}</b>
              <span className="muted">
                {by} · {institutions?.find((place) => place.id === institution)?.short}
              </span>
            </span>
            <span className="muted num lecture-since">{t('lecture.since', { time: format.time(at) })}</span>
            <span className="y-btn y-btn-primary y-btn-normal">{t('lecture.listen')}</span>
          </Link>
        </li>
      ))}
    </ul>
  );
}

/** On the page of one's work, only while there is something to listen to. */
export function LecturesNow() {
  const { t } = useTranslation();
  const { data } = useQuery(lecturesQuery);
  if (!data?.length) return null;
  return (
    <Panel title={t('lecture.now')} count={data.length}>
      <LectureList lectures={data} />
    </Panel>
  );
}
