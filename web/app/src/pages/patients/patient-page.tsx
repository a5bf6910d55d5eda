import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useNavigate, useParams } from 'react-router';
import type { PatientChart } from '@/api/record-types';
import { patientQuery } from '@/api/records';
import { useIs } from '@/app/session';
import { type ChartItem, chartItems } from '@/features/patient/chart.model';
import { useFormat } from '@/i18n/format';
import { ageText } from '@/ui/age.model';
import { Button } from '@/ui/button';
import { Choice } from '@/ui/field';
import { Icon } from '@/ui/icon';
import { Facts, Panel } from '@/ui/panel';
import { PatientStrip } from '@/ui/patient-strip';
import { Empty, Loaded } from '@/ui/states';
import { LatinName } from './latin-name';
import '../requests/dossier.css';
import './patient.css';

/** One patient, every consult, order, study and report, at all institutions this person may look into. */
export function PatientPage() {
  const { id = '' } = useParams();
  const chart = useQuery(patientQuery(id));
  return (
    <Loaded query={chart} rows={8}>
      {(data) => <Chart chart={data} />}
    </Loaded>
  );
}

type Kind = 'all' | ChartItem['kind'];

function Chart({ chart }: { chart: PatientChart }) {
  const { t, i18n } = useTranslation();
  const navigate = useNavigate();
  const asks = useIs('requester');
  const [kind, setKind] = useState<Kind>('all');
  const { patient } = chart;
  const items = chartItems(chart);
  const count = (wanted: ChartItem['kind']) => items.filter((item) => item.kind === wanted).length;
  const shown = items.filter((item) => kind === 'all' || item.kind === kind);
  return (
    <>
      <PatientStrip
        patient={patient}
        institution={patient.institution}
        actions={
          asks && (
            <Button look="primary" onClick={() => navigate(`/orders/new?patient=${patient.id}`)}>
              {t('patient.order')}
            </Button>
          )
        }
      />
      <div className="dossier">
        <div className="dossier-main">
          <Choice
            hidden
            label={t('patient.timeline')}
            value={kind}
            onChange={setKind}
            options={[
              { value: 'all', text: t('common.all'), count: items.length },
              { value: 'request', text: t('patient.requests'), count: count('request') },
              { value: 'order', text: t('patient.orders'), count: count('order') },
              { value: 'study', text: t('patient.studies'), count: count('study') },
            ]}
          />
          <Panel title={t('patient.timeline')}>
            {shown.length === 0 ? <Empty icon="file" title={t('patient.nothing')} /> : <ChartList items={shown} />}
          </Panel>
        </div>
        <div className="dossier-side">
          <Panel title={patient.name} pad actions={<span className="muted small">{t('patient.audited')}</span>}>
            <Facts
              items={[
                [t('newRequest.sex'), t(`sex.${patient.sex}`)],
                [
                  t('patient.birth'),
                  <span key="b" className="num">
                    {patient.birthDate} {ageText(patient.age, i18n.language)}
                  </span>,
                ],
                [
                  t('patient.idTail'),
                  patient.idTail && (
                    <span key="i" className="num">
                      {patient.idTail}
                    </span>
                  ),
                ],
                [
                  t('patient.phone'),
                  patient.phone && (
                    <a key="p" className="num" href={`tel:${patient.phone}`}>
                      {patient.phone}
                    </a>
                  ),
                ],
                [t('patient.latin'), <LatinName key="l" patient={patient} />],
                [t('patient.number'), patient.number],
                [t('patient.site'), patient.institution],
              ]}
            />
          </Panel>
          <Reports chart={chart} />
        </div>
      </div>
    </>
  );
}

const icons = { request: 'hand', order: 'list', study: 'image', report: 'file' } as const;

function ChartList({ items }: { items: ChartItem[] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const state = (item: ChartItem): string => {
    if (item.kind === 'request') return t(`state.${item.state}` as 'state.closed');
    if (item.kind === 'order') return t(`order.states.${item.state}` as 'order.states.ordered');
    return t(`study.states.${item.state}` as 'study.states.matched');
  };
  return (
    <ol className="chart">
      {items.map((item) => (
        <li key={item.key}>
          <Link to={item.to}>
            <time className="num muted">{format.dateTime(item.at)}</time>
            <Icon name={icons[item.kind]} />
            <span className="chart-what">
              <b>{item.title}</b>
              {item.detail && <span className="soft">{item.detail}</span>}
            </span>
            <span className="muted">{state(item)}</span>
          </Link>
        </li>
      ))}
    </ol>
  );
}

function Reports({ chart }: { chart: PatientChart }) {
  const { t } = useTranslation();
  const format = useFormat();
  const reports = chart.reports ?? [];
  return (
    <Panel title={t('patient.reports')} count={reports.length}>
      {reports.length === 0 ? (
        <Empty icon="file" title={t('patient.nothing')} />
      ) : (
        <ul className="y-list">
          {reports.map((report) => (
            <li key={report.reading} className="chart-report">
              <p>
                <b>
                  {report.modality} {report.description}
                </b>{' '}
                <span className="num muted">{format.moment(report.releasedAt)}</span>
              </p>
              <p>{report.impression}</p>
              <p className="muted">{report.author}</p>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}
