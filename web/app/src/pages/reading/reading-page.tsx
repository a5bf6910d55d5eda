import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { lazy, Suspense, useCallback, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate, useParams } from 'react-router';
import { newKey } from '@/api/client';
import {
  type CommandBody,
  commandReading,
  flagCritical,
  measurementsQuery,
  type Reading,
  type ReadingCommand,
  readingListQuery,
  readingQuery,
  saveMeasurements,
} from '@/api/readings';
import { useMe } from '@/app/session';
import { usePageTone } from '@/app/theme';
import { ContextPanel } from '@/features/reading/context-panel';
import { CriticalDialog, ReasonDialog, SignDialog } from '@/features/reading/dialogs';
import { criticalWord, inOrder, modeOf, unsigned } from '@/features/reading/reading.model';
import { ReportForm, ReportText } from '@/features/reading/report-panel';
import { useLock } from '@/features/reading/use-lock';
import { type ReportEditor, useReport } from '@/features/reading/use-report';
import { useFormat } from '@/i18n/format';
import { Button } from '@/ui/button';
import { useKeys } from '@/ui/keys';
import { PatientStrip } from '@/ui/patient-strip';
import { Loaded, Skeleton } from '@/ui/states';
import { useToast } from '@/ui/toast';
import { PriorityTag } from '@/ui/urgency';
import { Countdown } from '@/ui/waiting';
import type { Measurement } from '@/viewer/measurements.model';
import '@/features/reading/reading.css';

const ViewerPane = lazy(() => import('@/viewer/ViewerPane').then((m) => ({ default: m.ViewerPane })));

type Asking = 'sign' | 'release' | 'return' | 'aside' | 'recall' | 'critical' | undefined;

/** The reading page: pictures left, report right, nothing over the picture. */
export function ReadingPage() {
  usePageTone('dark');
  const { id = '' } = useParams();
  const query = useQuery(readingQuery(id));
  return (
    <Loaded query={query} rows={10} height={32}>
      {(reading) => <Desk key={reading.id} reading={reading} />}
    </Loaded>
  );
}

function Desk({ reading }: { reading: Reading }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const mode = modeOf(reading.state, reading.actions);
  const writing = mode === 'write' || mode === 'review';
  const editor = useReport(reading, writing);
  useLock(reading, writing);
  const leave = () => navigate('/readings');
  useKeys({ Escape: leave });
  return (
    <div className="desk" data-testid="reading" data-state={reading.state}>
      <div className="desk-strip">
        <PatientStrip
          patient={reading.patient}
          institution={reading.institution.short}
          actions={
            <Button look="quiet" icon="back" shortcut="Esc" onClick={leave}>
              {t('reading.list')}
            </Button>
          }
        >
          <PriorityTag priority={reading.priority} />
          <span>{t(`reading.states.${reading.state}`)}</span>
          {reading.dueAt && reading.state !== 'released' && reading.state !== 'closed' && (
            <Countdown until={reading.dueAt} />
          )}
        </PatientStrip>
      </div>
      <div className="desk-body">
        <div className="desk-viewer">
          <Suspense fallback={<Skeleton rows={8} height={40} />}>
            <Pictures reading={reading} writing={writing} />
          </Suspense>
        </div>
        <aside className="desk-report" aria-label={t('reading.report')}>
          <div className="desk-scroll">
            <ContextPanel reading={reading} />
            {writing ? <ReportForm reading={reading} editor={editor} /> : <ReportText reading={reading} />}
          </div>
          <Footer reading={reading} editor={editor} />
        </aside>
      </div>
    </div>
  );
}

/** The viewer with the measurements that are kept for this task. */
function Pictures({ reading, writing }: { reading: Reading; writing: boolean }) {
  const toast = useToast();
  const queries = useQueryClient();
  const { data } = useQuery(measurementsQuery(reading.id));
  const version = useRef(0);
  version.current = Math.max(version.current, data?.version ?? 0);
  const queue = useRef(Promise.resolve());
  const keep = useCallback(
    (all: Measurement[]) => {
      // One after the other: each save builds on the version of the one before.
      queue.current = queue.current
        .then(async () => {
          const kept = await saveMeasurements(reading.id, version.current, all);
          version.current = kept.version;
          queries.setQueryData(['measurements', reading.id], kept);
        })
        .catch(toast.fail);
    },
    [reading.id, queries, toast.fail],
  );
  return (
    <ViewerPane
      studyUid={reading.study}
      measurements={data?.items ?? undefined}
      onMeasurements={writing ? keep : undefined}
    />
  );
}

/** The commands of the task: each carries the version that was seen, and saves what was typed first where that matters. */
function useCommands(reading: Reading, editor: ReportEditor, done: () => void) {
  const { t } = useTranslation();
  const toast = useToast();
  const navigate = useNavigate();
  const queries = useQueryClient();

  const command = useMutation({
    mutationFn: async (c: { name: ReadingCommand; body?: Omit<CommandBody, 'version'>; flush?: boolean }) => {
      const version = c.flush ? await editor.flush() : reading.version;
      return commandReading(reading.id, c.name, { version, ...c.body }, newKey());
    },
    onSuccess: (answer, c) => {
      done();
      queries.setQueryData(['reading', reading.id], answer);
      void queries.invalidateQueries({ queryKey: ['readings'] });
      if (c.name === 'submit' || c.name === 'release') {
        toast.say(t(c.name === 'submit' ? 'reading.submitted' : 'reading.released'), { tone: 'done' });
        void openNext(c.name);
      }
    },
    onError: (error) => {
      done();
      toast.fail(error);
      void queries.invalidateQueries({ queryKey: ['reading', reading.id] });
    },
  });
  /** The next one of the same desk opens by itself; an empty desk shows its list. */
  const openNext = async (after: 'submit' | 'release') => {
    const scope = after === 'submit' ? 'pool' : 'review';
    const list = await queries.fetchQuery({ ...readingListQuery(scope), staleTime: 0 }).catch(() => []);
    const next = inOrder(list).find(
      (r) => r.id !== reading.id && r.actions.some((a) => a === 'claim' || a === 'take-review'),
    );
    navigate(next ? `/readings/${next.id}` : '/readings');
  };
  const flag = useMutation({
    mutationFn: async (c: { category: number; text: string }) =>
      flagCritical(reading.id, await editor.flush(), c.category, c.text),
    onSuccess: () => {
      done();
      toast.say(t('reading.criticalSent'), { tone: 'done' });
      void queries.invalidateQueries({ queryKey: ['reading', reading.id] });
    },
    onError: toast.fail,
  });
  return { command, flag };
}

function Footer({ reading, editor }: { reading: Reading; editor: ReportEditor }) {
  const { t } = useTranslation();
  const me = useMe();
  const [asking, setAsking] = useState<Asking>();
  const { command, flag } = useCommands(reading, editor, () => setAsking(undefined));
  const mode = modeOf(reading.state, reading.actions);
  const may = (action: string) => reading.actions.includes(action);
  const missing = unsigned(editor.draft);
  const word = criticalWord(reading.report);
  const prompt = word && !reading.critical && (mode === 'write' || mode === 'review');
  const ask = { reading, busy: command.isPending || flag.isPending, onClose: () => setAsking(undefined) };
  useKeys({
    a: may('claim')
      ? () => command.mutate({ name: 'claim' })
      : may('take-review')
        ? () => command.mutate({ name: 'take-review' })
        : undefined,
  });

  return (
    <footer className="desk-foot">
      <Signers reading={reading} />
      {prompt && (
        <p className="report-warning">
          {t('reading.criticalPrompt', { word })}{' '}
          <button type="button" className="y-link" onClick={() => setAsking('critical')}>
            {t('reading.criticalFlag')}
          </button>
        </p>
      )}
      {mode === 'claimable' && (
        <Button look="primary" shortcut="A" busy={command.isPending} onClick={() => command.mutate({ name: 'claim' })}>
          {t('reading.claim')}
        </Button>
      )}
      {mode === 'reviewable' && (
        <Button
          look="primary"
          shortcut="A"
          busy={command.isPending}
          onClick={() => command.mutate({ name: 'take-review' })}
        >
          {t('reading.takeReview')}
        </Button>
      )}
      {mode === 'write' && (
        <Button
          look="primary"
          disabled={missing.length > 0}
          title={missing[0] && t(`reading.${missing[0]}`)}
          onClick={() => setAsking('sign')}
        >
          {t('reading.submit')}
        </Button>
      )}
      {mode === 'review' && (
        <>
          <Button look="primary" disabled={missing.length > 0} onClick={() => setAsking('release')}>
            {t('reading.release')}
          </Button>
          <Button onClick={() => setAsking('return')}>{t('reading.return')}</Button>
        </>
      )}
      {may('aside') && <Button onClick={() => setAsking('aside')}>{t('reading.aside')}</Button>}
      {may('recall') && reading.reader?.id === me.person.id && (
        <Button onClick={() => setAsking('recall')}>{t('reading.recall')}</Button>
      )}
      <span className="grow" />
      {may('critical') && (
        <Button look="danger" icon="alert" onClick={() => setAsking('critical')}>
          {t('reading.criticalFlag')}
        </Button>
      )}
      {(reading.state === 'released' || reading.state === 'closed') && (
        <a
          className="y-btn y-btn-plain y-btn-normal"
          href={`/api/readings/${reading.id}/report.pdf`}
          target="_blank"
          rel="noreferrer"
        >
          {t('common.pdf')}
        </a>
      )}
      {asking === 'sign' && (
        <SignDialog {...ask} second={false} onSign={() => command.mutate({ name: 'submit', flush: true })} />
      )}
      {asking === 'release' && (
        <SignDialog
          {...ask}
          second
          onSign={(discrepancy) => command.mutate({ name: 'release', flush: true, body: { discrepancy } })}
        />
      )}
      {(asking === 'return' || asking === 'aside' || asking === 'recall') && (
        <ReasonDialog
          {...ask}
          what={asking}
          onSay={(text) => command.mutate({ name: asking, flush: asking !== 'recall', body: { reason: text } })}
        />
      )}
      {asking === 'critical' && (
        <CriticalDialog {...ask} suggestion={word} onFlag={(category, text) => flag.mutate({ category, text })} />
      )}
    </footer>
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
