import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { coverageQuery, specialtiesQuery } from '@/api/consults';
import type { Coverage, RequestKind } from '@/api/types';
import { useFormat } from '@/i18n/format';
import { Skeleton } from '@/ui/states';
import { firstSpecialties } from './specialties.model';
import './urgency-picker.css';

interface SpecialtyPickerProps {
  value?: string;
  /** What this doctor asked lately stands first. */
  recent: string[];
  onChange: (specialty: string) => void;
}

/** The usual specialties at a glance, one tap; the others behind “more”. */
export function SpecialtyPicker({ value, recent, onChange }: SpecialtyPickerProps) {
  const { t, i18n } = useTranslation();
  const specialties = useQuery(specialtiesQuery);
  const [all, setAll] = useState(false);
  if (!specialties.data) return <Skeleton rows={3} height={44} />;
  const codes = specialties.data.map((specialty) => specialty.code);
  const shown = all ? codes : firstSpecialties(codes, recent, value);
  return (
    <div className="specialties" role="radiogroup" aria-label={t('newRequest.specialty')}>
      {shown.map((code) => {
        const specialty = specialties.data.find((one) => one.code === code);
        return (
          // biome-ignore lint/a11y/useSemanticElements: toggle buttons with the radio pattern
          <button key={code} type="button" role="radio" aria-checked={code === value} onClick={() => onChange(code)}>
            {i18n.language === 'en' ? specialty?.nameEn : specialty?.name}
          </button>
        );
      })}
      {!all && (
        <button type="button" className="specialties-more" onClick={() => setAll(true)}>
          {t('newRequest.specialtyMore')}
        </button>
      )}
    </div>
  );
}

interface CoverageNoteProps {
  kind?: RequestKind;
  specialty?: string;
  specialtyName: (code: string) => string;
}

/** Before sending: who is there and how long it takes, or what will happen instead. */
export function CoverageNote({ kind, specialty, specialtyName }: CoverageNoteProps) {
  const { t } = useTranslation();
  const coverage = useQuery(coverageQuery(kind, specialty));
  if (!kind || !specialty) return null;
  if (!coverage.data) return <p className="coverage muted">{t('newRequest.loadingCoverage')}</p>;
  return <CoverageText coverage={coverage.data} name={specialtyName(specialty)} specialtyName={specialtyName} />;
}

interface CoverageTextProps {
  coverage: Coverage;
  name: string;
  specialtyName: (code: string) => string;
}

function CoverageText({ coverage, name, specialtyName }: CoverageTextProps) {
  const { t } = useTranslation();
  const format = useFormat();
  if (!coverage.agreement) {
    return (
      <p className="coverage coverage-none" role="status">
        <b>▲ {t('newRequest.agreementNone')}</b>
      </p>
    );
  }
  if (coverage.nobody) {
    return (
      <p className="coverage coverage-none" role="status">
        <b>▲ {t('newRequest.coverageNone', { specialty: name })}</b>
        <span>
          {coverage.fallback
            ? t('newRequest.coverageFallback', { specialty: specialtyName(coverage.fallback.specialty) })
            : t('newRequest.coverageFallbackNone')}
        </span>
      </p>
    );
  }
  return (
    <div className="coverage" role="status">
      <span className="muted">{t('newRequest.coverage')}</span>
      <ul>
        {coverage.onDuty.map((doctor) => (
          <li key={doctor.person.id}>
            <i className={`presence-dot presence-dot-${doctor.presence}`} />
            <b>{doctor.person.name}</b> <span className="soft">{doctor.person.title}</span>{' '}
            <span className="muted">
              {doctor.line === 2 && `${t('line.second')} `}
              {t(`presence.${doctor.presence}`)}
            </span>
          </li>
        ))}
      </ul>
      {coverage.expectedWaitSeconds > 0 && (
        <span className="num end">
          {t('newRequest.coverageWait', { time: format.duration(coverage.expectedWaitSeconds) })}
        </span>
      )}
    </div>
  );
}
