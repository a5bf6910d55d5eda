import { useQuery } from '@tanstack/react-query';
import { useDeferredValue, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import { type StudyFilter, studiesQuery } from '@/api/records';
import { useIs } from '@/app/session';
import { StudyTable } from '@/features/study/study-table';
import { Button } from '@/ui/button';
import { Choice } from '@/ui/field';
import { Page, Panel } from '@/ui/panel';
import { Empty, Loaded } from '@/ui/states';
import './studies.css';

const types = ['', 'CT', 'DX', 'US', 'MR', 'ECG'] as const;

/** Every study this person may see, by name, number, type and day. */
export function StudiesPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const imports = useIs('technologist');
  const [filter, setFilter] = useState<StudyFilter>({});
  const asked = useDeferredValue(filter);
  const studies = useQuery({ ...studiesQuery(asked), placeholderData: (before) => before });
  const change = (part: StudyFilter) => setFilter({ ...filter, ...part });
  return (
    <Page
      title={t('study.title')}
      actions={
        imports && (
          <Button icon="upload" onClick={() => navigate('/import')}>
            {t('import.title')}
          </Button>
        )
      }
    >
      <div className="study-filter">
        <input
          className="y-input"
          type="search"
          placeholder={t('study.find')}
          aria-label={t('study.find')}
          value={filter.q ?? ''}
          onChange={(event) => change({ q: event.target.value })}
        />
        <Choice
          hidden
          label={t('study.modality')}
          value={(filter.modality ?? '') as (typeof types)[number]}
          onChange={(modality) => change({ modality: modality || undefined })}
          options={types.map((value) => ({
            value,
            text: value === '' ? t('common.all') : t(`order.modalities.${value}`),
          }))}
        />
        <label>
          {t('study.from')}
          <input
            className="y-input"
            type="date"
            value={filter.from ?? ''}
            onChange={(e) => change({ from: e.target.value || undefined })}
          />
        </label>
        <label>
          {t('study.to')}
          <input
            className="y-input"
            type="date"
            value={filter.to ?? ''}
            onChange={(e) => change({ to: e.target.value || undefined })}
          />
        </label>
      </div>
      <Panel>
        <Loaded query={studies} rows={12} height={28}>
          {(list) =>
            list.length === 0 ? (
              <Empty icon="search" title={t('study.none')}>
                {t('study.noneText')}
              </Empty>
            ) : (
              <StudyTable studies={list} onOpen={(study) => navigate(`/studies/${study.uid}`)} />
            )
          }
        </Loaded>
      </Panel>
    </Page>
  );
}
