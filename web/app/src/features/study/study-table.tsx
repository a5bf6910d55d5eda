import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { StudySummary } from '@/api/record-types';
import { useFormat } from '@/i18n/format';
import { brief } from '@/ui/brief';
import { useListCursor } from '@/ui/list-cursor';
import { SexAge } from '@/ui/sex-age';

interface StudyTableProps {
  studies: StudySummary[];
  onOpen: (study: StudySummary) => void;
}

export function StudyTable({ studies, onOpen }: StudyTableProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const [cursor] = useListCursor(studies, onOpen);
  return (
    <div className="y-scroll">
      <table className="y-table cards">
        <thead>
          <tr>
            <th>{t('study.patient')}</th>
            <th>{t('study.exam')}</th>
            <th>{t('study.date')}</th>
            <th>{t('study.size')}</th>
            <th>{t('study.site')}</th>
            <th>{t('study.accession')}</th>
            <th>{t('study.state')}</th>
          </tr>
        </thead>
        <tbody>
          {studies.map((study, i) => (
            <tr key={study.uid} aria-selected={i === cursor} data-cursor={i === cursor}>
              <td>
                <Link to={`/studies/${study.uid}`}>
                  <b>{study.patientName}</b>
                </Link>{' '}
                <span className="soft">
                  <SexAge of={study} />
                </span>
              </td>
              <td>
                <span className="muted">{study.modalities.join(' ')}</span> {brief(study.description)}
              </td>
              <td className="num">{format.moment(study.date)}</td>
              <td className="num soft">
                {study.series} / {study.instances}
              </td>
              <td className="soft">{study.institution}</td>
              <td className="num soft">{study.accession}</td>
              <td>
                <StudyStateText study={study} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

export function StudyStateText({ study }: { study: StudySummary }) {
  const { t } = useTranslation();
  const alarm = study.state === 'unmatched' || study.state === 'conflict';
  return (
    <span className={alarm ? 'y-urgency y-urgency-urgent' : 'soft'}>
      {alarm && '▲ '}
      {t(`study.states.${study.state}`)}
      {study.late && ` · ${t('study.late')}`}
      {study.partial && ` · ${t('study.partial')}`}
    </span>
  );
}
