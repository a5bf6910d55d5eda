import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Draft, Reading } from '@/api/readings';
import { Button } from '@/ui/button';
import { Changes } from './changes';
import { draftOf } from './reading.model';
import type { ReportEditor } from './use-report';

/** The report was changed elsewhere while it was written here: both texts, and what shall hold. */
export function Conflict({ reading, editor }: { reading: Reading; editor: ReportEditor }) {
  const { t } = useTranslation();
  const theirs = draftOf(reading.report);
  const [mixed, setMixed] = useState<Draft>();
  const ours = mixed ?? editor.draft;
  if (editor.saving.phase !== 'conflict') return null;
  return (
    <section className="report-conflict" role="alert" data-testid="conflict">
      <p>{t('reading.saving.conflict')}</p>
      <Changes
        before={theirs}
        after={ours}
        none={t('reading.diffNone')}
        actions={[
          {
            sign: '✕',
            name: t('reading.change.leave'),
            makes: false,
            others: true,
            act: (part, text) => setMixed({ ...ours, [part]: text }),
          },
        ]}
      />
      <div className="row">
        <Button size="small" look="primary" onClick={() => editor.settle(ours)}>
          {t(mixed ? 'reading.saving.mixed' : 'reading.saving.ours')}
        </Button>
        <Button size="small" onClick={() => editor.settle('theirs')}>
          {t('reading.saving.theirs')}
        </Button>
      </div>
    </section>
  );
}
