import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useMe } from '@/app/session';
import { allSeries, type Found, firstChoice, type PatientFound, toSend } from '@/features/transfer/import-plan.model';
import type { Prepared } from '@/features/transfer/import-prepare';
import { useFormat } from '@/i18n/format';
import { Button } from '@/ui/button';
import { Confirm } from '@/ui/dialog';
import { Tick } from '@/ui/field';
import { Icon } from '@/ui/icon';
import { Panel } from '@/ui/panel';
import { Empty } from '@/ui/states';
import { ImportDisc } from './import-disc';
import { FitWords, ImportPatient, PatientWords } from './import-patient';

interface Props {
  prepared: Prepared;
  onAgain: () => void;
  onSend: (files: Found[]) => void;
}

/** Whose images these are, and which of them to import. */
export function ImportReview({ prepared, onAgain, onSend }: Props) {
  const { t } = useTranslation();
  const { patients, fits, here } = prepared;
  const [chosen, setChosen] = useState(() => firstChoice(patients, fits));
  const [asking, setAsking] = useState(false);
  if (patients.length === 0)
    return (
      <Panel>
        <Empty
          icon="search"
          title={t('import.nothing')}
          action={
            <Button look="primary" onClick={onAgain}>
              {t('import.another')}
            </Button>
          }
        >
          {t('import.nothingText', { n: prepared.sources.length })}
        </Empty>
      </Panel>
    );
  const toggle = (keys: string[], on: boolean) => {
    const next = new Set(chosen);
    for (const key of keys) on ? next.add(key) : next.delete(key);
    setChosen(next);
  };
  const files = toSend(patients, chosen, here);
  return (
    <>
      <ImportDisc prepared={prepared} />
      {patients.length > 1 && (
        <div className="import-note" role="status">
          <Icon name="users" />
          <p>{t('import.manyPatients', { n: patients.length })}</p>
        </div>
      )}
      {patients.map((patient, at) => (
        <ImportPatient
          key={patient.key}
          patient={patient}
          fit={fits[at]}
          chosen={chosen}
          here={here}
          onToggle={toggle}
        />
      ))}
      <Bar prepared={prepared} chosen={chosen} files={files} onAgain={onAgain} onStart={() => setAsking(true)} />
      {asking && (
        <Ask
          prepared={prepared}
          chosen={chosen}
          onClose={() => setAsking(false)}
          onConfirm={() => {
            setAsking(false);
            onSend(files);
          }}
        />
      )}
    </>
  );
}

const studiesOf = (patient: PatientFound, chosen: ReadonlySet<string>) =>
  patient.studies.filter((study) => study.series.some((series) => chosen.has(series.key)));

interface BarProps {
  prepared: Prepared;
  chosen: ReadonlySet<string>;
  files: Found[];
  onAgain: () => void;
  onStart: () => void;
}

/** What is chosen, and the button that goes on; it stays at the foot of the window. */
function Bar({ prepared, chosen, files, onAgain, onStart }: BarProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const { patients, here } = prepared;
  const studies = patients.reduce((n, patient) => n + studiesOf(patient, chosen).length, 0);
  const known = allSeries(patients)
    .filter((series) => chosen.has(series.key))
    .reduce((n, series) => n + series.files.filter((file) => here.has(file.number)).length, 0);
  const bytes = files.reduce((n, file) => n + file.size, 0);
  return (
    <div className="import-bar">
      <p role="status">
        {chosen.size === 0 && t('import.chosenNone')}
        {chosen.size > 0 && files.length === 0 && t('import.chosenAllHere')}
        {files.length > 0 && (
          <b className="num">
            {t('import.chosen', { studies, files: format.number(files.length), size: format.size(bytes) })}
          </b>
        )}
        {files.length > 0 && known > 0 && (
          <span className="muted"> {t('import.chosenHere', { n: format.number(known) })}</span>
        )}
      </p>
      <Button onClick={onAgain}>{t('import.another')}</Button>
      <Button look="primary" icon="upload" disabled={files.length === 0} onClick={onStart}>
        {t('import.start')}
      </Button>
    </div>
  );
}

interface AskProps {
  prepared: Prepared;
  chosen: ReadonlySet<string>;
  onConfirm: () => void;
  onClose: () => void;
}

/** Asks once, with the names; where something contradicts our records it must be ticked that it was compared. */
function Ask({ prepared, chosen, onConfirm, onClose }: AskProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const institution = useMe().point.institution.short;
  const { patients, fits, here } = prepared;
  const [checked, setChecked] = useState(false);
  const meant = patients
    .map((patient, at) => ({ patient, fit: fits[at], studies: studiesOf(patient, chosen) }))
    .filter(({ studies }) => studies.length > 0);
  const doubtful = meant.some(({ fit }) => fit?.kind === 'differs' || fit?.kind === 'namesake');
  return (
    <Confirm
      title={t('import.confirm')}
      action={t('import.start')}
      disabled={doubtful && !checked}
      onConfirm={onConfirm}
      onClose={onClose}
    >
      <ul className="import-asked">
        {meant.map(({ patient, fit, studies }) => (
          <li key={patient.key} data-fit={fit?.kind}>
            <PatientWords patient={patient} />
            <span className="muted num">
              {t('import.confirmOf', {
                studies: studies.length,
                files: format.number(toSend([patient], chosen, here).length),
              })}
            </span>
            {fit && <FitWords fit={fit} />}
          </li>
        ))}
      </ul>
      <p className="muted">{t('import.confirmText', { institution })}</p>
      {doubtful && (
        <Tick checked={checked} onChange={setChecked}>
          {t('import.checked')}
        </Tick>
      )}
    </Confirm>
  );
}
