import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { readingsQuery } from '@/api/records';
import { useIs } from '@/app/session';
import { useFormat } from '@/i18n/format';
import { Panel } from '@/ui/panel';
import { SexAge } from '@/ui/sex-age';
import { Empty, Loaded } from '@/ui/states';
import { PriorityTag } from '@/ui/urgency';
import { Waiting } from '@/ui/waiting';
import { Figure } from './figure';

/** A radiologist: how much waits, what is mine, and the way into the dark room. */
export function ReaderWork() {
  const { t } = useTranslation();
  const format = useFormat();
  const pool = useQuery(readingsQuery('pool'));
  const mine = useQuery(readingsQuery('mine'));
  const reviews = useIs('reviewer');
  const review = useQuery({ ...readingsQuery('review'), enabled: reviews });
  return (
    <>
      <ul className="figures">
        <Figure to="/readings" value={pool.data?.length} text={t('work.readPool')} />
        <Figure
          to="/readings"
          value={pool.data?.filter((r) => r.priority === 'stat').length}
          text={t('work.readStat')}
          alarm
        />
        <Figure to="/readings?scope=mine" value={mine.data?.length} text={t('work.readMine')} />
        {reviews && <Figure to="/readings?scope=review" value={review.data?.length} text={t('work.readReview')} />}
      </ul>
      <Panel title={t('work.readNext')} actions={<Link to="/readings">{t('work.toReadings')}</Link>}>
        <Loaded query={pool}>
          {(readings) =>
            readings.length === 0 ? (
              <Empty icon="check" title={t('work.readNothing')} />
            ) : (
              <div className="y-scroll">
                <table className="y-table">
                  <tbody>
                    {readings.slice(0, 8).map((reading) => (
                      <tr key={reading.id}>
                        <td>
                          <PriorityTag priority={reading.priority} />
                        </td>
                        <td>
                          <Waiting since={reading.completeAt} due={reading.dueAt} />
                        </td>
                        <td>
                          <Link to={`/readings/${reading.id}`}>
                            {reading.patient.name} <SexAge of={reading.patient} />
                          </Link>
                        </td>
                        <td>
                          {reading.modality} {reading.description}
                        </td>
                        <td className="soft">
                          {typeof reading.institution === 'string' ? reading.institution : reading.institution.short}
                        </td>
                        <td className="num muted">{format.moment(reading.completeAt)}</td>
                      </tr>
                    ))}
                  </tbody>
                </table>
              </div>
            )
          }
        </Loaded>
      </Panel>
    </>
  );
}
