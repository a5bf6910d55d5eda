import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { institutionsQuery } from '@/api/consults';
import { audienceQuery, type Heard } from '@/api/lectures';
import type { ConsultRequest } from '@/api/types';
import { useFormat } from '@/i18n/format';
import { Panel } from '@/ui/panel';
import { listeners } from './lecture.model';
import './lecture.css';

/** Who listens, and who did. */
export function Audience({ heard }: { heard: readonly Heard[] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { data: institutions } = useQuery(institutionsQuery);
  const all = listeners(heard);
  if (all.length === 0) return <p className="muted">{t('lecture.nobody')}</p>;
  return (
    <ul className="lecture-audience">
      {all.map((one) => (
        <li key={one.id} data-here={one.here}>
          <b>{one.name}</b>
          <span className="muted">{institutions?.find((place) => place.id === one.institution)?.short}</span>
          <span className="end small num">{one.here ? t('lecture.listens') : format.duration(one.seconds)}</span>
        </li>
      ))}
    </ul>
  );
}

/** In the dossier: what colleagues listened to, who, and how long. */
export function LectureRecord({ request: { id, lecture } }: { request: ConsultRequest }) {
  const { t } = useTranslation();
  const audience = useQuery({ ...audienceQuery(id), enabled: lecture !== undefined, refetchInterval: false });
  if (!lecture || !audience.data) return null;
  return (
    <Panel title={t('lecture.heard', { title: lecture.title })} pad>
      <Audience heard={audience.data} />
    </Panel>
  );
}
