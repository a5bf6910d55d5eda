import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Reading } from '@/api/readings';
import { Confirm } from '@/ui/dialog';
import { Choice, TextArea, Tick } from '@/ui/field';
import { SexAge } from '@/ui/sex-age';
import { mayBePreliminary } from './reading.model';

interface Ask {
  reading: Reading;
  busy: boolean;
  onClose: () => void;
}

/** Names the patient and the consequence before the first signature. */
export function SubmitDialog(p: Ask & { onSign: (preliminary: boolean) => void }) {
  const { t } = useTranslation();
  const [preliminary, setPreliminary] = useState(false);
  return (
    <Confirm
      title={t('reading.submitTitle')}
      action={t('reading.submit')}
      busy={p.busy}
      onConfirm={() => p.onSign(preliminary)}
      onClose={p.onClose}
    >
      <Whom reading={p.reading} />
      {mayBePreliminary(p.reading) && (
        <Tick checked={preliminary} onChange={setPreliminary}>
          {t('reading.preliminaryAsk')}
        </Tick>
      )}
      <p>{t(preliminary ? 'reading.preliminaryConsequence' : 'reading.submitConsequence')}</p>
    </Confirm>
  );
}

/** The second signature, with the grade of what the reviewer had to change. */
export function ReleaseDialog(p: Ask & { onSign: (discrepancy: number) => void }) {
  const { t } = useTranslation();
  const [grade, setGrade] = useState('0');
  return (
    <Confirm
      title={t('reading.releaseTitle')}
      action={t('reading.release')}
      busy={p.busy}
      onConfirm={() => p.onSign(Number(grade))}
      onClose={p.onClose}
    >
      <Whom reading={p.reading} />
      <p>{t('reading.releaseConsequence')}</p>
      <Choice
        label={t('reading.discrepancy')}
        value={grade}
        options={['0', '1', '2', '3', '4'].map((value) => ({
          value,
          text: t(`reading.grade.${value}` as 'reading.grade.0'),
        }))}
        onChange={setGrade}
      />
    </Confirm>
  );
}

function Whom({ reading }: { reading: Reading }) {
  const { patient } = reading;
  return (
    <p>
      <b>{patient.name}</b> <SexAge of={patient} /> · {reading.description || reading.modality}
    </p>
  );
}

export type ReasonFor = 'return' | 'aside' | 'recall' | 'addendum' | 'correct';

/** One dialog for what needs a sentence: returning a report, adding to it, putting a task aside. */
export function ReasonDialog(p: Ask & { what: ReasonFor; onSay: (reason: string) => void }) {
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
      <Whom reading={p.reading} />
      {(p.what === 'addendum' || p.what === 'correct') && <p>{t(`reading.${p.what}Consequence`)}</p>}
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
