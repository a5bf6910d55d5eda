import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { type Recording, recordingsQuery } from '@/api/recordings';
import { useFormat } from '@/i18n/format';
import { Icon } from '@/ui/icon';
import { Panel } from '@/ui/panel';
import './playback.css';

/** The recordings of a consult, for those who may see them; nothing where there are none. */
export function RecordingsPanel({ request }: { request: string }) {
  const { t } = useTranslation();
  const { data } = useQuery(recordingsQuery(request));
  if (!data || data.length === 0) return null;
  return (
    <Panel title={t('playback.title')} count={data.length}>
      <ul className="playback-list">
        {data.map((recording) => (
          <li key={recording.id}>
            <Line recording={recording} />
          </li>
        ))}
      </ul>
    </Panel>
  );
}

function Line({ recording }: { recording: Recording }) {
  const { t } = useTranslation();
  const format = useFormat();
  const words = (
    <>
      <Icon name="camera" size={16} />
      <span className="num">{format.dateTime(recording.startedAt ?? recording.askedAt)}</span>
      <span>{t(`playback.state.${recording.state}`)}</span>
      {recording.durationMs > 0 && <span className="muted">{format.duration(recording.durationMs / 1000)}</span>}
      {recording.failure === 'store' && <span className="playback-incomplete">{t('playback.incomplete')}</span>}
    </>
  );
  if (recording.state !== 'stored') return <span className="playback-entry">{words}</span>;
  return (
    <Link className="playback-entry" to={`/requests/${recording.request}/recordings/${recording.id}`}>
      {words}
      <Icon name="next" size={16} />
    </Link>
  );
}
