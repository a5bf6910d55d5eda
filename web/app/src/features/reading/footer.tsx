import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Reading } from '@/api/readings';
import { useFormat } from '@/i18n/format';
import { Button } from '@/ui/button';
import { useKeys } from '@/ui/keys';
import type { Mark } from './checks.model';
import { CriticalDialog, ReasonDialog, type ReasonFor, ReleaseDialog, SubmitDialog } from './dialogs';
import { criticalWord, type Mode, mayFlag, modeOf, takeOf } from './reading.model';
import { useChords } from './use-chords';
import { useCommands } from './use-commands';
import type { Queue } from './use-queue';
import type { ReportEditor } from './use-report';

type Asking = 'sign' | 'release' | 'critical' | ReasonFor | undefined;

interface FooterProps {
  reading: Reading;
  editor: ReportEditor;
  marks: readonly Mark[];
  queue: Queue;
  /** Measurements are on the server before a signature takes them into the archive. */
  settleMarks: () => Promise<void>;
}

/** Who wrote and reviewed, and what this person may do next. */
export function Footer({ reading, editor, marks, queue, settleMarks }: FooterProps) {
  const [asking, setAsking] = useState<Asking>();
  const settle = async () => {
    await settleMarks();
    return editor.flush();
  };
  const commands = useCommands(reading, { settle, signed: editor.done }, queue, () => setAsking(undefined));
  const ask = (what: Asking) => {
    commands.command.reset();
    commands.flag.reset();
    setAsking(what);
  };
  const mode = modeOf(reading.state, reading.actions);
  return (
    <footer className="desk-foot">
      <Signers reading={reading} />
      <CriticalPrompt reading={reading} mode={mode} onAsk={ask} />
      <MainActions {...{ reading, marks, queue, mode, commands }} onAsk={ask} />
      <OtherActions reading={reading} onAsk={ask} />
      <Asked {...{ reading, asking, commands, marks }} onClose={() => setAsking(undefined)} />
    </footer>
  );
}

type Commands = ReturnType<typeof useCommands>;

function MainActions({
  reading,
  marks,
  queue,
  mode,
  commands: { command },
  onAsk,
}: Omit<FooterProps, 'editor' | 'settleMarks'> & { mode: Mode; commands: Commands; onAsk: (a: Asking) => void }) {
  const { t } = useTranslation();
  const stop = marks.find((m) => m.level === 'stop' && m.code !== 'sideImages');
  const take = takeOf(mode);
  const claim = () => take && command.mutate({ name: take });
  const writes = mode === 'write' || mode === 'review';
  const sign = mode === 'write' ? 'sign' : 'release';
  useKeys({ a: take ? claim : undefined });
  useSignKey(writes && !stop ? () => onAsk(sign) : undefined);
  const may = (action: string) => reading.actions.includes(action);
  const onward = may('skip') ? () => onAsk('skip') : may('aside') ? () => onAsk('aside') : () => void queue.openNext();
  useChords({ KeyN: queue.next && onward });
  const next = queue.next && (
    <Button look="quiet" onClick={onward} title={t(may('skip') ? 'reading.skipHint' : 'reading.next')}>
      {t(may('skip') ? 'reading.skip' : 'reading.next')} <kbd>Alt N</kbd>
    </Button>
  );
  if (take)
    return (
      <>
        <Button look="primary" shortcut="A" busy={command.isPending} onClick={claim}>
          {t(take === 'claim' ? 'reading.claim' : 'reading.takeReview')}
        </Button>
        {next}
      </>
    );
  if (!writes) return next;
  return (
    <>
      <Button
        look="primary"
        disabled={stop !== undefined}
        title={stop && t(`reading.check.${stop.code}`, { word: stop.word, part: t(`reading.${stop.part}`) })}
        onClick={() => onAsk(sign)}
      >
        {t(sign === 'sign' ? 'reading.submit' : 'reading.release')} <kbd className="y-btn-key">Ctrl ↵</kbd>
      </Button>
      {mode === 'review' && <Button onClick={() => onAsk('return')}>{t('reading.return')}</Button>}
    </>
  );
}

/** Ctrl+Enter signs, also while somebody types; the dialog asks once more. */
function useSignKey(sign: (() => void) | undefined) {
  const latest = useRef(sign);
  latest.current = sign;
  useEffect(() => {
    const press = (e: KeyboardEvent) => {
      if (e.key !== 'Enter' || !(e.ctrlKey || e.metaKey) || e.isComposing || document.querySelector('dialog[open]'))
        return;
      e.preventDefault();
      latest.current?.();
    };
    window.addEventListener('keydown', press);
    return () => window.removeEventListener('keydown', press);
  }, []);
}

function OtherActions({ reading, onAsk }: { reading: Reading; onAsk: (a: Asking) => void }) {
  const { t } = useTranslation();
  const may = (action: string) => reading.actions.includes(action);
  const out = reading.state === 'released' || reading.state === 'closed';
  return (
    <>
      {may('aside') && <Button onClick={() => onAsk('aside')}>{t('reading.aside')}</Button>}
      {may('addendum') && <Button onClick={() => onAsk('addendum')}>{t('reading.addendum')}</Button>}
      {may('recall') && (
        <Button onClick={() => onAsk(out ? 'correct' : 'recall')}>
          {t(out ? 'reading.correct' : 'reading.recall')}
        </Button>
      )}
      <span className="grow" />
      {mayFlag(reading) && (
        <Button look="danger" icon="alert" onClick={() => onAsk('critical')}>
          {t('reading.criticalFlag')}
        </Button>
      )}
      {(out || reading.report?.preliminary) && (
        <a
          className="y-btn y-btn-plain y-btn-normal"
          href={`/api/readings/${reading.id}/report.pdf`}
          target="_blank"
          rel="noreferrer"
        >
          {t('common.pdf')}
        </a>
      )}
    </>
  );
}

/** The dialog that is open, if any. */
function Asked(p: {
  reading: Reading;
  asking: Asking;
  commands: Commands;
  marks: readonly Mark[];
  onClose: () => void;
}) {
  const { reading, asking } = p;
  const { command, flag } = p.commands;
  const ask = {
    reading,
    marks: p.marks,
    busy: command.isPending || flag.isPending,
    error: command.error ?? flag.error,
    onClose: p.onClose,
  };
  switch (asking) {
    case undefined:
      return null;
    case 'sign':
      return <SubmitDialog {...ask} onSign={(body) => command.mutate({ name: 'submit', flush: true, body })} />;
    case 'release':
      return <ReleaseDialog {...ask} onSign={(body) => command.mutate({ name: 'release', flush: true, body })} />;
    case 'critical':
      return (
        <CriticalDialog
          {...ask}
          suggestion={criticalWord(reading.report)}
          onFlag={(category, text) => flag.mutate({ category, text })}
        />
      );
    default: {
      const name = asking === 'correct' ? 'recall' : asking;
      const flush = asking === 'return' || asking === 'aside';
      return <ReasonDialog {...ask} what={asking} onSay={(body) => command.mutate({ name, flush, body })} />;
    }
  }
}

/** A word of the text may be a critical finding: asked, never decided here. */
function CriticalPrompt({ reading, mode, onAsk }: { reading: Reading; mode: Mode; onAsk: (a: Asking) => void }) {
  const { t } = useTranslation();
  const word = criticalWord(reading.report);
  if (!word || reading.critical || (mode !== 'write' && mode !== 'review')) return null;
  return (
    <p className="report-warning">
      {t('reading.criticalPrompt', { word })}{' '}
      <button type="button" className="y-link" onClick={() => onAsk('critical')}>
        {t('reading.criticalFlag')}
      </button>
    </p>
  );
}

function Signers({ reading }: { reading: Reading }) {
  const { t } = useTranslation();
  const { moment } = useFormat();
  const r = reading.report;
  return (
    <div className="desk-signers">
      <span>
        {t('reading.writer')} {r?.writer?.name ?? reading.reader?.name ?? '—'}{' '}
        <time className="num">{moment(r?.writtenAt)}</time>
      </span>
      <span>
        {t('reading.reviewer')} {r?.reviewer?.name ?? reading.reviewer?.name ?? '—'}{' '}
        <time className="num">{moment(r?.reviewedAt)}</time>
      </span>
    </div>
  );
}
