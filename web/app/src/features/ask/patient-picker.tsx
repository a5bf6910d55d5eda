import { useQuery } from '@tanstack/react-query';
import { useDeferredValue, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { patientsQuery } from '@/api/records';
import { searchable } from '@/features/patient/search.model';
import { Button } from '@/ui/button';
import { Icon } from '@/ui/icon';
import { SexAge } from '@/ui/sex-age';
import { type ChosenPatient, emptyPatient, type PatientDraft } from './ask.model';
import { NewPatientFields } from './new-patient-fields';
import './patient-picker.css';

interface PatientPickerProps {
  patient?: ChosenPatient;
  fresh?: PatientDraft;
  recent: ChosenPatient[];
  onPick: (patient: ChosenPatient | undefined) => void;
  /** Without it nobody new is written down here. */
  onFresh?: (patient: PatientDraft | undefined) => void;
}

/** Search, one of the recent ones, or new in four fields. */
export function PatientPicker({ patient, fresh, recent, onPick, onFresh }: PatientPickerProps) {
  const { t } = useTranslation();
  const [text, setText] = useState('');
  const q = useDeferredValue(text.trim());
  const enough = searchable(q);
  const found = useQuery({ ...patientsQuery(q), enabled: enough && !patient });
  if (patient) {
    return (
      <div className="picked">
        <b>{patient.name}</b>{' '}
        <span>
          <SexAge of={patient} />
        </span>
        {patient.idTail && <span className="num muted">{t('patient.tail', { tail: patient.idTail })}</span>}
        <Button size="small" look="quiet" className="end" onClick={() => onPick(undefined)}>
          {t('newRequest.whoChange')}
        </Button>
      </div>
    );
  }
  if (fresh && onFresh)
    return <NewPatientFields patient={fresh} onChange={onFresh} onCancel={() => onFresh(undefined)} />;
  const list = enough ? (found.data ?? []) : recent;
  return (
    <div className="picker">
      <div className="picker-search">
        <Icon name="search" />
        <input
          className="y-input"
          type="search"
          enterKeyHint="search"
          placeholder={t('newRequest.whoHint')}
          aria-label={t('newRequest.whoPick')}
          value={text}
          onChange={(event) => setText(event.target.value)}
          onKeyDown={(event) => event.key === 'Enter' && event.preventDefault()}
        />
        {onFresh && (
          <Button icon="plus" onClick={() => onFresh({ ...emptyPatient, ...guess(text) })}>
            {t('newRequest.whoNew')}
          </Button>
        )}
      </div>
      {!enough && list.length > 0 && <p className="muted small">{t('newRequest.recent')}</p>}
      <ul>
        {list.slice(0, 6).map((item) => (
          <li key={item.id}>
            <button type="button" className="picker-row" onClick={() => onPick(item)}>
              <b>{item.name}</b> <SexAge of={item} />
              {item.idTail && <span className="num muted end">{t('patient.tail', { tail: item.idTail })}</span>}
            </button>
          </li>
        ))}
      </ul>
      {enough && found.data?.length === 0 && (
        <p className="muted">{t(onFresh ? 'newRequest.whoNewHint' : 'newRequest.whoNone', { q })}</p>
      )}
    </div>
  );
}

/** What was typed into the search goes where it belongs: a number is an identity number, the rest a name. */
function guess(text: string): Partial<PatientDraft> {
  const typed = text.trim();
  return /\d/.test(typed) ? { idNumber: typed } : { name: typed };
}
