import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { coverageQuery, dutyQuery, specialtiesQuery } from '@/api/consults';
import type { Coverage, RequestKind } from '@/api/types';
import { useFormat } from '@/i18n/format';
import { Skeleton } from '@/ui/states';
import './urgency-picker.css';

interface SpecialtyPickerProps {
  value?: string;
  onChange: (specialty: string) => void;
}

/** All specialties at a glance, each with how many are there now: one tap, no list to open. */
export function SpecialtyPicker({ value, onChange }: SpecialtyPickerProps) {
  const { t, i18n } = useTranslation();
  const specialties = useQuery(specialtiesQuery);
  const duty = useQuery(dutyQuery);
  if (!specialties.data) return <Skeleton rows={3} height={44} />;
  return (
    <div className="specialties" role="radiogroup" aria-label={t('newRequest.specialty')}>
      {specialties.data.map((specialty) => {
        const present = duty.data?.items.filter(
          (entry) =>
            (entry.specialty === specialty.code || entry.specialty === specialty.name) && entry.presence !== 'off',
        ).length;
        return (
          // biome-ignore lint/a11y/useSemanticElements: toggle buttons with the radio pattern
          <button
            key={specialty.code}
            type="button"
            role="radio"
            aria-checked={specialty.code === value}
            onClick={() => onChange(specialty.code)}
          >
            {i18n.language === 'en' ? specialty.nameEn : specialty.name}
            {present !== undefined && (
              <small>{present > 0 ? t('duty.onDuty', { count: present }) : t('duty.gapNow')}</small>
            )}
          </button>
        );
      })}
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
    <p className="coverage" role="status">
      <span className="muted">{t('newRequest.coverage')}</span>
      {(coverage.onDuty ?? []).map((doctor) => (
        <span key={doctor.person.id}>
          <i
            className={`presence-dot presence-dot-${doctor.presence}`}
            style={{ display: 'inline-block', marginRight: 6 }}
          />
          <b>{doctor.person.name}</b> <span className="soft">{doctor.person.title}</span>{' '}
          <span className="muted">{t(`presence.${doctor.presence}`)}</span>
        </span>
      ))}
      {coverage.expectedWaitSeconds !== undefined && coverage.expectedWaitSeconds > 0 && (
        <span className="num end">
          {t('newRequest.coverageWait', { time: format.duration(coverage.expectedWaitSeconds) })}
        </span>
      )}
    </p>
  );
}
