import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import {
  type Fit,
  filesOf,
  type Identity,
  type PatientFound,
  type SeriesFound,
  type StudyFound,
} from '@/features/transfer/import-plan.model';
import { useFormat } from '@/i18n/format';
import { IconButton } from '@/ui/button';
import { Icon, type IconName } from '@/ui/icon';
import { Panel } from '@/ui/panel';

interface Choosing {
  chosen: ReadonlySet<string>;
  here: ReadonlySet<number>;
  onToggle: (keys: string[], on: boolean) => void;
}

interface Props extends Choosing {
  patient: PatientFound;
  fit?: Fit;
}

/** One patient of the files: who it is, whether that is one of ours, and the exams to choose from. */
export function ImportPatient({ patient, fit, ...choosing }: Props) {
  const { t } = useTranslation();
  const series = patient.studies.flatMap((study) => study.series);
  return (
    <Panel className="import-patient">
      <div className="import-who" data-fit={fit?.kind}>
        <h2>
          <PatientWords patient={patient} />
        </h2>
        {fit && <FitWords fit={fit} />}
      </div>
      <table className="y-table cards import-table">
        <thead>
          <tr>
            <th>
              <Box series={series} {...choosing} label={t('import.all')} />
            </th>
            <th>{t('import.exam')}</th>
            <th>{t('import.made')}</th>
            <th>{t('import.amount')}</th>
            <th>{t('import.size')}</th>
            <th>{t('import.state')}</th>
            <th aria-label={t('import.series')} />
          </tr>
        </thead>
        {patient.studies.map((study) => (
          <StudyRows key={study.uid} study={study} {...choosing} />
        ))}
      </table>
    </Panel>
  );
}

const dashed = (date: string) =>
  /^\d{8}$/.test(date) ? `${date.slice(0, 4)}-${date.slice(4, 6)}-${date.slice(6)}` : date;

/** Name, sex, birth and number, in the order in which they stand everywhere. */
export function PatientWords({ patient }: { patient: Identity }) {
  const { t } = useTranslation();
  const { name, sex, birthDate, number } = patient;
  return (
    <span className="import-identity">
      <b>{name || t('import.unnamed')}</b>
      <span>{t(`sex.${sex === 'M' || sex === 'F' || sex === 'O' ? sex : 'U'}`)}</span>
      {birthDate && <span className="num">{t('import.born', { date: dashed(birthDate) })}</span>}
      <span className="num">{number ? `${t('import.number')} ${number}` : t('import.noNumber')}</span>
    </span>
  );
}

const icons: Record<Fit['kind'], IconName> = {
  same: 'check',
  likely: 'check',
  namesake: 'alert',
  differs: 'alert',
  new: 'user',
};

/** Whether the patient of the files is one of ours, in words. */
export function FitWords({ fit }: { fit: Fit }) {
  const { t } = useTranslation();
  const format = useFormat();
  const fields = fit.kind === 'new' ? '' : format.list(fit.differs.map((field) => t(`import.field.${field}`)));
  const name = fit.kind === 'new' ? '' : fit.patient.name;
  return (
    <div className="import-fit">
      <Icon name={icons[fit.kind]} />
      <p>
        <b>{t(`import.fit.${fit.kind}`, { name })}</b>
        <span className="muted">{t(`import.fit.${fit.kind}Text`, { fields })}</span>
      </p>
    </div>
  );
}

function StudyRows({ study, ...choosing }: Choosing & { study: StudyFound }) {
  const { t } = useTranslation();
  const format = useFormat();
  const [open, setOpen] = useState(false);
  const files = filesOf([study]);
  const modalities = [...new Set(study.series.map((series) => series.modality).filter(Boolean))].join(' ');
  const name = [dashed(study.date), modalities, study.description].filter(Boolean).join(' ');
  const amount = `${study.series.length} / ${format.number(files.length)}`;
  return (
    <tbody>
      <tr>
        <td>
          <Box series={study.series} {...choosing} label={name} />
        </td>
        <td>
          <span className="clamp">
            <span className="num">{dashed(study.date)}</span> <b>{modalities}</b> {study.description}
          </span>
        </td>
        <td>{study.institution}</td>
        <td className="num">{amount}</td>
        <td className="num">{format.size(files.reduce((n, file) => n + file.size, 0))}</td>
        <td>
          <StateWords series={study.series} here={choosing.here} />
        </td>
        <td className="import-open">
          <IconButton
            icon="down"
            label={open ? t('import.hideSeries') : t('import.showSeries')}
            aria-expanded={open}
            onClick={() => setOpen(!open)}
          />
        </td>
      </tr>
      {open &&
        study.series.map((series) => (
          <tr key={series.key} className="import-series">
            <td>
              <Box
                series={[series]}
                {...choosing}
                label={`${series.modality} ${series.number} ${series.description}`}
              />
            </td>
            <td colSpan={2}>
              <span className="num">
                {t('import.series')} {series.number}
              </span>{' '}
              {series.modality} {series.description}
            </td>
            <td className="num">{t('import.count', { count: series.files.length })}</td>
            <td className="num">{format.size(series.files.reduce((n, file) => n + file.size, 0))}</td>
            <td>
              <StateWords series={[series]} here={choosing.here} />
            </td>
            <td />
          </tr>
        ))}
    </tbody>
  );
}

/** How much is here already, and how much the disc lacks. */
function StateWords({ series, here }: { series: SeriesFound[]; here: ReadonlySet<number> }) {
  const { t } = useTranslation();
  const files = series.flatMap((one) => one.files);
  const known = files.filter((file) => here.has(file.number)).length;
  const missing = series.reduce((n, one) => n + one.missing.length, 0);
  return (
    <span className="import-state">
      {known > 0 && (
        <span className="muted">{known === files.length ? t('import.here') : t('import.hereSome', { n: known })}</span>
      )}
      {missing > 0 && <span className="import-lack">▲ {t('import.missing', { n: missing })}</span>}
    </span>
  );
}

/** A box for some series: ticked, empty or in between. */
function Box({ series, chosen, onToggle, label }: Choosing & { series: SeriesFound[]; label: string }) {
  const ref = useRef<HTMLInputElement>(null);
  const keys = series.map((one) => one.key);
  const on = keys.filter((key) => chosen.has(key)).length;
  const some = on > 0 && on < keys.length;
  useEffect(() => {
    if (ref.current) ref.current.indeterminate = some;
  }, [some]);
  return (
    <input
      ref={ref}
      type="checkbox"
      className="import-box"
      aria-label={label}
      checked={on === keys.length}
      onChange={(event) => onToggle(keys, event.target.checked)}
    />
  );
}
