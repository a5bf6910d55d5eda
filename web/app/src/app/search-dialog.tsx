import { useQuery } from '@tanstack/react-query';
import { useDeferredValue, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import { patientsQuery, studiesQuery } from '@/api/records';
import { searchable } from '@/features/patient/search.model';
import { useFormat } from '@/i18n/format';
import { ageText } from '@/ui/age.model';
import { Dialog } from '@/ui/dialog';
import { Icon } from '@/ui/icon';
import './search-dialog.css';

interface Hit {
  key: string;
  to: string;
  icon: 'user' | 'image';
  title: string;
  detail: string;
}

/** One box for patients and studies, opened with `/` from anywhere. */
export function SearchDialog({ onClose }: { onClose: () => void }) {
  const { t, i18n } = useTranslation();
  const format = useFormat();
  const navigate = useNavigate();
  const [text, setText] = useState('');
  const [at, setAt] = useState(0);
  const q = useDeferredValue(text.trim());
  const enough = searchable(q);
  const patients = useQuery({ ...patientsQuery(q), enabled: enough });
  const studies = useQuery({ ...studiesQuery({ q }), enabled: enough });
  const hits: Hit[] = enough
    ? [
        ...(patients.data ?? []).slice(0, 8).map((p) => ({
          key: `p${p.id}`,
          to: `/patients/${p.id}`,
          icon: 'user' as const,
          title: p.name,
          detail: [t(`sex.${p.sex}`), ageText(p.age, i18n.language), p.idTail && t('patient.tail', { tail: p.idTail })]
            .filter(Boolean)
            .join(' '),
        })),
        ...(studies.data ?? []).slice(0, 8).map((s) => ({
          key: `s${s.uid}`,
          to: `/studies/${s.uid}`,
          icon: 'image' as const,
          title: `${s.patientName} ${s.modalities.join(' ')} ${s.description ?? ''}`,
          detail: [s.accession, format.date(s.date), s.institution].filter(Boolean).join(' · '),
        })),
      ]
    : [];
  const open = (hit: Hit | undefined) => {
    if (!hit) return;
    onClose();
    void navigate(hit.to);
  };
  const loading = enough && (patients.isFetching || studies.isFetching);
  return (
    <Dialog title={t('shell.searchTitle')} onClose={onClose} onSubmit={() => open(hits[at] ?? hits[0])} wide>
      <input
        className="y-input search-box"
        type="search"
        placeholder={t('shell.searchHint')}
        aria-label={t('shell.searchHint')}
        autoFocus
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          setAt(0);
        }}
        onKeyDown={(event) => {
          if (event.key === 'ArrowDown') setAt((i) => Math.min(hits.length - 1, i + 1));
          else if (event.key === 'ArrowUp') setAt((i) => Math.max(0, i - 1));
          else return;
          event.preventDefault();
        }}
      />
      <ul className="search-hits">
        {hits.map((hit, i) => (
          <li key={hit.key}>
            <button type="button" aria-current={i === at} onClick={() => open(hit)}>
              <Icon name={hit.icon} />
              <b className="ellipsis">{hit.title}</b>
              <span className="muted ellipsis num">{hit.detail}</span>
            </button>
          </li>
        ))}
      </ul>
      {hits.length === 0 && (
        <p className="muted">
          {enough ? (loading ? t('common.loading') : t('shell.searchEmpty')) : t('shell.searchStart')}
        </p>
      )}
    </Dialog>
  );
}
