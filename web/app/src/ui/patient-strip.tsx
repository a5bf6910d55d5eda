import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { PatientBrief } from '@/api/types';
import { SexAge } from './sex-age';
import './patient-strip.css';

interface PatientStripProps {
  patient: PatientBrief;
  institution?: string;
  /** What is done here: urgency, number, clock. */
  children?: ReactNode;
  actions?: ReactNode;
}

/** The identity guard: name, sex, age, ID tail and institution, at the same place on every page that acts on a patient. */
export function PatientStrip({ patient, institution, children, actions }: PatientStripProps) {
  const { t } = useTranslation();
  return (
    <section className="y-strip" aria-label={t('patient.strip')}>
      <div className="y-strip-who">
        <Link to={`/patients/${patient.id}`} className="y-strip-name">
          {patient.name}
        </Link>
        <span>
          <SexAge of={patient} />
        </span>
        {patient.idTail && <span className="num y-strip-id">{t('patient.tail', { tail: patient.idTail })}</span>}
        {institution && <span className="y-strip-place ellipsis">{institution}</span>}
      </div>
      {children && <div className="y-strip-what">{children}</div>}
      {actions && <div className="y-strip-actions">{actions}</div>}
    </section>
  );
}
