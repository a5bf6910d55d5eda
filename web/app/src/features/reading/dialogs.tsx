import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { CommandBody, Reading } from '@/api/readings';
import { Confirm } from '@/ui/dialog';
import { Choice, TextArea, Tick } from '@/ui/field';
import { SexAge } from '@/ui/sex-age';
import type { Mark } from './checks.model';
import { ChecksList } from './checks-list';
import { mayBePreliminary } from './reading.model';

interface Ask {
  reading: Reading;
  /** What the checks found. */
  marks: readonly Mark[];
  busy: boolean;
  /** The line broke while it was being done. */
  error?: unknown;
  onClose: () => void;
}

/** Names the patient and the consequence before the first signature. */
export function SubmitDialog(p: Ask & { onSign: (body: Omit<CommandBody, 'version'>) => void }) {
  const { t } = useTranslation();
  const [preliminary, setPreliminary] = useState(false);
  const doubts = useDoubts(p.marks);
  return (
    <Confirm
      title={t('reading.submitTitle')}
      action={t('reading.submit')}
      busy={p.busy}
      error={p.error}
      disabled={doubts.open}
      onConfirm={() => p.onSign({ preliminary, ...doubts.body })}
      onClose={p.onClose}
    >
      <Whom reading={p.reading} />
      {doubts.shown}
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
export function ReleaseDialog(p: Ask & { onSign: (body: Omit<CommandBody, 'version'>) => void }) {
  const { t } = useTranslation();
  const [discrepancy, setDiscrepancy] = useState(0);
  const doubts = useDoubts(p.marks);
  return (
    <Confirm
      title={t('reading.releaseTitle')}
      action={t('reading.release')}
      busy={p.busy}
      error={p.error}
      disabled={doubts.open}
      onConfirm={() => p.onSign({ discrepancy, ...doubts.body })}
      onClose={p.onClose}
    >
      <Whom reading={p.reading} />
      {doubts.shown}
      <p>{t('reading.releaseConsequence')}</p>
      <Discrepancy value={discrepancy} onChange={setDiscrepancy} />
    </Confirm>
  );
}

/** How far the reviewer is from what was written first, 0 to 4. */
function Discrepancy({ value, onChange }: { value: number; onChange: (grade: number) => void }) {
  const { t } = useTranslation();
  return (
    <Choice
      label={t('reading.discrepancy')}
      value={String(value)}
      options={['0', '1', '2', '3', '4'].map((value) => ({
        value,
        text: t(`reading.grade.${value}` as 'reading.grade.0'),
      }))}
      onChange={(grade) => onChange(Number(grade))}
    />
  );
}

/** What the checks found, once more before the signature; the other side's images must be confirmed. */
function useDoubts(marks: readonly Mark[]) {
  const { t } = useTranslation();
  const [looked, setLooked] = useState(false);
  const side = marks.find((m) => m.code === 'sideImages');
  const doubts = marks.filter((m) => m.level === 'doubt');
  const shown = (
    <>
      <ChecksList marks={side ? [side, ...doubts] : doubts} />
      {side && (
        <Tick checked={looked} onChange={setLooked}>
          {t('reading.check.sideLooked')}
        </Tick>
      )}
    </>
  );
  return { shown, open: side !== undefined && !looked, body: side ? { confirmed: ['report.sideImages'] } : {} };
}

function Whom({ reading }: { reading: Reading }) {
  const { patient } = reading;
  return (
    <p>
      <b>{patient.name}</b> <SexAge of={patient} /> · {reading.description || reading.modality}
    </p>
  );
}

export type ReasonFor = 'return' | 'aside' | 'skip' | 'recall' | 'addendum' | 'correct';

/** One dialog for what needs a sentence: returning a report, adding to it, putting a task aside. */
export function ReasonDialog(p: Ask & { what: ReasonFor; onSay: (body: Omit<CommandBody, 'version'>) => void }) {
  const { t } = useTranslation();
  const [reason, setReason] = useState('');
  const [discrepancy, setDiscrepancy] = useState(0);
  const needed = p.what !== 'aside';
  return (
    <Confirm
      title={t(`reading.${p.what}Title`)}
      action={t(`reading.${p.what}`)}
      busy={p.busy}
      error={p.error}
      disabled={needed && reason.trim() === ''}
      onConfirm={() => p.onSay({ reason: reason.trim(), ...(p.what === 'return' && { discrepancy }) })}
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
      {p.what === 'skip' && (
        <div className="y-choice">
          {(['field', 'related', 'busy', 'images'] as const).map((why) => (
            <button key={why} type="button" onClick={() => setReason(t(`reading.skipWhy.${why}`))}>
              {t(`reading.skipWhy.${why}`)}
            </button>
          ))}
        </div>
      )}
      {p.what === 'return' && <Discrepancy value={discrepancy} onChange={setDiscrepancy} />}
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
      error={p.error}
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
