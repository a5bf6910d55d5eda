import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Reading } from '@/api/readings';
import { Confirm } from '@/ui/dialog';
import { Choice, TextArea } from '@/ui/field';

interface Ask {
  reading: Reading;
  busy: boolean;
  onClose: () => void;
}

/** Names the patient and the consequence before something that others see at once. */
export function SignDialog(p: Ask & { second: boolean; onSign: (discrepancy: number) => void }) {
  const { t } = useTranslation();
  const [grade, setGrade] = useState('0');
  const { patient } = p.reading;
  return (
    <Confirm
      title={t(p.second ? 'reading.releaseTitle' : 'reading.submitTitle')}
      action={t(p.second ? 'reading.release' : 'reading.submit')}
      busy={p.busy}
      onConfirm={() => p.onSign(Number(grade))}
      onClose={p.onClose}
    >
      <p>
        <b>{patient.name}</b> {t(`sex.${patient.sex}`)} {patient.age} · {p.reading.description || p.reading.modality}
      </p>
      <p>{t(p.second ? 'reading.releaseConsequence' : 'reading.submitConsequence')}</p>
      {p.second && (
        <Choice
          label={t('reading.discrepancy')}
          value={grade}
          options={['0', '1', '2', '3', '4'].map((value) => ({
            value,
            text: t(`reading.grade.${value}` as 'reading.grade.0'),
          }))}
          onChange={setGrade}
        />
      )}
    </Confirm>
  );
}

/** One dialog for what needs a sentence: returning a report, putting a task aside. */
export function ReasonDialog(p: Ask & { what: 'return' | 'aside' | 'recall'; onSay: (reason: string) => void }) {
  const { t } = useTranslation();
  const [reason, setReason] = useState('');
  const needed = p.what !== 'aside';
  return (
    <Confirm
      title={t(`reading.${p.what}Title`)}
      action={t(`reading.${p.what}`)}
      busy={p.busy}
      disabled={needed && reason.trim() === ''}
      onConfirm={() => p.onSay(reason.trim())}
      onClose={p.onClose}
    >
      <p>
        <b>{p.reading.patient.name}</b> · {p.reading.description || p.reading.modality}
      </p>
      <TextArea
        label={t('common.reason')}
        optional={needed ? undefined : t('common.optional')}
        rows={3}
        autoFocus
        value={reason}
        onChange={(e) => setReason(e.target.value)}
      />
    </Confirm>
  );
}

/** Flags a critical finding: the ordering doctor is told at once, before the report is signed. */
export function CriticalDialog(p: Ask & { suggestion?: string; onFlag: (category: number, text: string) => void }) {
  const { t } = useTranslation();
  const [text, setText] = useState(p.suggestion ?? '');
  const [category, setCategory] = useState('1');
  return (
    <Confirm
      title={t('reading.criticalTitle')}
      action={t('reading.criticalSend')}
      look="rescue"
      busy={p.busy}
      disabled={text.trim() === ''}
      onConfirm={() => p.onFlag(Number(category), text.trim())}
      onClose={p.onClose}
    >
      <p>
        <b>{p.reading.patient.name}</b> · {p.reading.institution.short}
      </p>
      <Choice
        label={t('reading.criticalCategory')}
        value={category}
        options={['1', '2', '3'].map((value) => ({
          value,
          text: t(`reading.category.${value}` as 'reading.category.1'),
        }))}
        onChange={setCategory}
      />
      <TextArea
        label={t('reading.criticalText')}
        rows={3}
        autoFocus
        value={text}
        onChange={(e) => setText(e.target.value)}
      />
      <p className="muted">{t('reading.criticalConsequence')}</p>
    </Confirm>
  );
}
