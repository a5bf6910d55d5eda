import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState, useSyncExternalStore } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useBlocker } from 'react-router';
import { useMe } from '@/app/session';
import { remember } from '@/features/transfer/import-memory';
import { allSeries, type Found } from '@/features/transfer/import-plan.model';
import type { Prepared } from '@/features/transfer/import-prepare';
import { countsOf, isRetryable, type Result } from '@/features/transfer/import-run.model';
import type { Sending, Snapshot } from '@/features/transfer/import-sending';
import { useFormat } from '@/i18n/format';
import { Button } from '@/ui/button';
import { Confirm } from '@/ui/dialog';
import { Icon } from '@/ui/icon';
import { useKeys } from '@/ui/keys';
import { Panel } from '@/ui/panel';
import { ImportResults } from './import-results';

interface Props {
  prepared: Prepared;
  sending: Sending;
  onAgain: () => void;
  onRetry: (files: Found[], results: readonly Result[]) => void;
}

const isOver = ({ phase }: Snapshot) => phase === 'done' || phase === 'cancelled' || phase === 'forbidden';

/** The import while it runs, and what came of it. */
export function ImportRun({ prepared, sending, onAgain, onRetry }: Props) {
  const { t } = useTranslation();
  const now = useSyncExternalStore(sending.subscribe, sending.snapshot);
  const over = isOver(now);
  useLine(sending);
  useReminder(now);
  useRefresh(over);
  const blocker = useBlocker(!over);
  const [cancelling, setCancelling] = useState(false);
  const halted = now.phase === 'paused' || now.phase === 'sign-in';
  const toggle = () => (halted ? sending.resume() : sending.pause());
  useKeys({ p: over ? undefined : toggle });
  const counts = countsOf(now.results);
  const left = counts.waiting + counts.sending;
  const again = allSeries(prepared.patients)
    .flatMap((series) => series.files)
    .filter((file) => isRetryable(now.results[file.number]));
  return (
    <>
      <Panel pad className="import-run">
        <header>
          <h2 aria-live="polite">{t(`import.phase.${now.phase}`)}</h2>
          {!over && (
            <div className="import-actions">
              <Button onClick={toggle} shortcut="p" look={halted ? 'primary' : 'plain'}>
                {halted ? t('import.resume') : t('import.pause')}
              </Button>
              <Button look="quiet" onClick={() => setCancelling(true)}>
                {t('import.cancel')}
              </Button>
            </div>
          )}
          {over && (
            <div className="import-actions">
              {again.length > 0 && (
                <Button icon="refresh" onClick={() => onRetry(again, now.results)}>
                  {t('import.retry', { n: again.length })}
                </Button>
              )}
              <Button look="primary" onClick={onAgain}>
                {t('import.more')}
              </Button>
            </div>
          )}
        </header>
        <Figures now={now} />
        <Trouble now={now} />
        {over && <Summary prepared={prepared} now={now} />}
      </Panel>
      <ImportResults prepared={prepared} results={now.results} />
      {cancelling && !over && (
        <Confirm
          title={t('import.cancelTitle')}
          action={t('import.cancel')}
          look="danger"
          onClose={() => setCancelling(false)}
          onConfirm={() => {
            setCancelling(false);
            sending.cancel();
          }}
        >
          <p>{t('import.cancelText', { stored: counts.stored, left })}</p>
        </Confirm>
      )}
      {blocker.state === 'blocked' && (
        <Confirm
          title={t('import.leaveTitle')}
          action={t('import.leave')}
          look="danger"
          onClose={() => blocker.reset()}
          onConfirm={() => {
            sending.cancel();
            blocker.proceed();
          }}
        >
          <p>{t('import.leaveText')}</p>
        </Confirm>
      )}
    </>
  );
}

/** Large figures: files, bytes, rate, time left. */
function Figures({ now }: { now: Snapshot }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { files, bytes, rate, left } = now;
  return (
    <div className="import-figures">
      <progress
        aria-label={t('import.phase.running')}
        value={bytes.done}
        max={Math.max(1, bytes.total)}
        data-phase={now.phase}
      />
      <p className="num">
        <strong>{format.number(files.done)}</strong> {t('import.ofFiles', { total: format.number(files.total) })}
      </p>
      <p className="num">{t('import.ofBytes', { done: format.size(bytes.done), total: format.size(bytes.total) })}</p>
      {rate !== undefined && <p className="num">{t('import.rate', { size: format.size(rate) })}</p>}
      {left !== undefined && <p className="num">{t('import.left', { time: format.duration(left) })}</p>}
    </div>
  );
}

/** What stands in the way, what is safe, what to do. */
function Trouble({ now }: { now: Snapshot }) {
  const { t } = useTranslation();
  const format = useFormat();
  const seconds = useSeconds(now.lost?.since);
  const time = format.duration(Math.max(1, seconds));
  const text =
    (now.lost && (now.lost.by === 'line' ? t('import.lostLine', { time }) : t('import.lostService', { time }))) ||
    (now.phase === 'sign-in' && t('import.signIn')) ||
    (now.phase === 'forbidden' && t('import.forbiddenText'));
  if (!text) return null;
  return (
    <div className="import-note" data-tone="urgent">
      <Icon name={now.lost ? 'wifiOff' : 'lock'} />
      <p>{text}</p>
    </div>
  );
}

/** Seconds since a moment, counting. */
function useSeconds(since: number | undefined): number {
  const [at, setAt] = useState(() => Date.now());
  useEffect(() => {
    if (since === undefined) return;
    setAt(Date.now());
    const timer = setInterval(() => setAt(Date.now()), 1000);
    return () => clearInterval(timer);
  }, [since]);
  return since === undefined ? 0 : Math.max(0, Math.floor((at - since) / 1000));
}

/** What came of it, with the way to the exams. */
function Summary({ prepared, now }: { prepared: Prepared; now: Snapshot }) {
  const { t } = useTranslation();
  const format = useFormat();
  const counts = countsOf(now.results);
  const bad = counts.refused + counts.unreadable + counts.broken;
  const studies = prepared.patients.flatMap((patient) =>
    patient.studies
      .filter((study) =>
        study.series.some((series) => series.files.some((file) => now.results[file.number]?.outcome === 'stored')),
      )
      .map((study) => ({ patient, study })),
  );
  const n = (value: number) => ({ n: format.number(value) });
  return (
    <div className="import-summary">
      <p>
        {[
          t('import.summaryStored', n(counts.stored)),
          counts.here > 0 && t('import.summaryHere', n(counts.here)),
          bad > 0 && t('import.summaryProblem', n(bad)),
        ]
          .filter(Boolean)
          .join(' · ')}
      </p>
      <ul>
        {studies.map(({ patient, study }) => (
          <li key={study.uid}>
            <Link to={`/studies/${study.uid}`}>
              {patient.name} {study.series[0]?.modality} {study.description}
            </Link>
          </li>
        ))}
      </ul>
    </div>
  );
}

/** Whoever waits for the line tries at once when the browser says that it is back. Closing the page asks first. */
function useLine(sending: Sending) {
  useEffect(() => {
    const online = () => sending.online();
    const ask = (event: BeforeUnloadEvent) => {
      if (!isOver(sending.snapshot())) event.preventDefault();
    };
    window.addEventListener('online', online);
    window.addEventListener('beforeunload', ask);
    return () => {
      window.removeEventListener('online', online);
      window.removeEventListener('beforeunload', ask);
      if (!isOver(sending.snapshot())) sending.cancel();
    };
  }, [sending]);
}

/** What is left, for the page that is opened after this one was closed. */
function useReminder(now: Snapshot) {
  const person = useMe().person.id;
  const begun = useRef(Date.now());
  const counts = countsOf(now.results);
  const left = counts.waiting + counts.sending + counts.cancelled;
  useEffect(() => remember(person, { at: begun.current, files: left }), [person, left]);
}

/** Lists of studies are stale when it is over. */
function useRefresh(over: boolean) {
  const queries = useQueryClient();
  useEffect(() => {
    if (over) for (const key of ['studies', 'unmatched']) void queries.invalidateQueries({ queryKey: [key] });
  }, [over, queries]);
}
