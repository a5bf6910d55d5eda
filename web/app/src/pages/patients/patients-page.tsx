import { useQuery } from '@tanstack/react-query';
import { useDeferredValue, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useNavigate } from 'react-router';
import { patientsQuery } from '@/api/records';
import { useListCursor } from '@/ui/list-cursor';
import { Page, Panel } from '@/ui/panel';
import { SexAge } from '@/ui/sex-age';
import { Empty, Loaded } from '@/ui/states';
import '@/features/order/order.css';

export function PatientsPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [text, setText] = useState('');
  const q = useDeferredValue(text.trim());
  const patients = useQuery({ ...patientsQuery(q), placeholderData: (before) => before });
  const [cursor] = useListCursor(patients.data ?? [], (patient) => navigate(`/patients/${patient.id}`));
  return (
    <Page title={t('patient.title')}>
      <input
        className="y-input"
        style={{ maxWidth: 420 }}
        type="search"
        placeholder={t('patient.find')}
        aria-label={t('patient.find')}
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      <Panel>
        <Loaded query={patients} rows={8} height={28}>
          {(list) =>
            list.length === 0 ? (
              <Empty icon="user" title={t('patient.none')}>
                {t('patient.noneText')}
              </Empty>
            ) : (
              <table className="y-table cards">
                <thead>
                  <tr>
                    <th>{t('study.patient')}</th>
                    <th>{t('patient.birth')}</th>
                    <th>{t('patient.idTail')}</th>
                    <th>{t('patient.phone')}</th>
                    <th>{t('patient.site')}</th>
                  </tr>
                </thead>
                <tbody>
                  {list.map((patient, i) => (
                    <tr key={patient.id} aria-selected={i === cursor} data-cursor={i === cursor}>
                      <td>
                        <Link to={`/patients/${patient.id}`}>
                          <b>{patient.name}</b>
                        </Link>{' '}
                        <SexAge of={patient} />
                      </td>
                      <td className="num soft">{patient.birthDate}</td>
                      <td className="num soft">{patient.idTail}</td>
                      <td className="num soft">{patient.phone}</td>
                      <td className="soft">{patient.institution}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
            )
          }
        </Loaded>
      </Panel>
    </Page>
  );
}
