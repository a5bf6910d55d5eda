import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { Worklist } from '@/api/worklist';
import { useFormat } from '@/i18n/format';
import { brief } from '@/ui/brief';
import { Empty } from '@/ui/states';
import { PriorityTag } from '@/ui/urgency';
import { nameAsShown, namesMissing } from './worklist.model';
import './worklist.css';

/** The lines that a device gets when it asks, and how it gets them written. */
export function WorklistTable({ list }: { list: Worklist }) {
  const { t } = useTranslation();
  const nameless = namesMissing(list);
  return (
    <>
      <p className="worklist-form muted small">
        {t('worklist.form', { names: t(`worklist.names.${list.names || 'usual'}`) })}
        {list.charset && t('worklist.charset', { charset: list.charset })}
      </p>
      {nameless > 0 && <p className="worklist-nameless">▲ {t('worklist.nameless', { n: nameless })}</p>}
      {list.items.length === 0 ? (
        <Empty icon="calendar" title={t('worklist.none')}>
          {t('worklist.noneText')}
        </Empty>
      ) : (
        <Lines list={list} />
      )}
    </>
  );
}

function Lines({ list }: { list: Worklist }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <div className="y-scroll">
      <table className="y-table cards">
        <thead>
          <tr>
            <th>{t('order.priority')}</th>
            <th>{t('worklist.time')}</th>
            <th>{t('study.patient')}</th>
            <th>{t('order.exam')}</th>
            <th>{t('patient.number')}</th>
            <th>{t('order.accession')}</th>
            <th>{t('study.state')}</th>
          </tr>
        </thead>
        <tbody>
          {list.items.map((item) => {
            const { first, second } = nameAsShown(item.name);
            return (
              <tr key={item.stepId}>
                <td>
                  <PriorityTag priority={item.priority} />
                </td>
                <td className={item.booked ? 'num' : 'soft'}>
                  {item.booked ? format.moment(item.start) : t('worklist.walkIn')}
                </td>
                <td>
                  {item.order ? (
                    <Link to={`/orders/${item.order}`}>
                      <b>{first}</b>
                    </Link>
                  ) : (
                    <b>{first}</b>
                  )}{' '}
                  <span className="soft">
                    {second} {item.sex && t(`sex.${item.sex}` as 'sex.M')} <span className="num">{item.birthDate}</span>
                  </span>
                </td>
                <td>
                  <span className="muted">{item.modality}</span> {brief(item.description)}
                </td>
                <td className="num soft">{item.patientId}</td>
                <td className="num soft">{item.accession}</td>
                <td>
                  <span className={`worklist-${item.status.toLowerCase()}`}>{t(`worklist.status.${item.status}`)}</span>
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
