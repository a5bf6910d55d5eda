import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate, useParams } from 'react-router';
import { type Prior, type Reading, readingQuery } from '@/api/readings';
import { useMe } from '@/app/session';
import { usePageTone } from '@/app/theme';
import { checksOf, type Exam } from '@/features/reading/checks.model';
import { ContextPanel, priorName } from '@/features/reading/context-panel';
import { CriticalState } from '@/features/reading/critical-state';
import { FeedbackStrip } from '@/features/reading/feedback-strip';
import { Footer } from '@/features/reading/footer';
import { Holder } from '@/features/reading/holder';
import { KeptMarks } from '@/features/reading/kept-marks';
import { markText } from '@/features/reading/marks.model';
import { MarksList } from '@/features/reading/marks-list';
import { PriorReport } from '@/features/reading/prior-report';
import { modeOf, yearsOf } from '@/features/reading/reading.model';
import { ReportForm } from '@/features/reading/report-form';
import { Addenda, History, Proposal, ReviewDiff } from '@/features/reading/report-history';
import { ReportText } from '@/features/reading/report-panel';
import { useLock } from '@/features/reading/use-lock';
import { useMarksKept } from '@/features/reading/use-marks-kept';
import { usePrepared } from '@/features/reading/use-prepared';
import { type Queue, useQueue } from '@/features/reading/use-queue';
import { useReport } from '@/features/reading/use-report';
import { ShareAction } from '@/features/transfer/share-action';
import { useFormat } from '@/i18n/format';
import { Button } from '@/ui/button';
import { useKeys } from '@/ui/keys';
import { later } from '@/ui/later';
import { PatientStrip } from '@/ui/patient-strip';
import { Loaded, Skeleton } from '@/ui/states';
import { PriorityTag } from '@/ui/urgency';
import { Countdown, Waiting } from '@/ui/waiting';
import { priorToHang } from '@/viewer/hanging/priors.model';
import { KeysHelp } from '@/viewer/KeysHelp';
import type { Measurement } from '@/viewer/measurements.model';
import { pictureRef } from '@/viewer/objects/links.model';
import type { Jump } from '@/viewer/useJump';
import { useStudy } from '@/viewer/useStudy';
import '@/features/reading/reading.css';
import '@/features/reading/writing.css';

const ViewerPane = lazy(() => later(() => import('@/viewer/ViewerPane')).then((m) => ({ default: m.ViewerPane })));

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
  const { date } = useFormat();
  const navigate = useNavigate();
  const mode = modeOf(reading.state, reading.actions);
  const writing = mode === 'write' || mode === 'review';
  const editor = useReport(reading, writing);
  const marks = useMarksKept(reading.id, writing);
  const [jump, setJump] = useState<Jump>();
  const [prior, setPrior] = useState<Prior | undefined>(() =>
    priorToHang(reading.modality, `${reading.order?.exam ?? ''} ${reading.description ?? ''}`, reading.priors ?? []),
  );
  // One that turned out to be somebody else's stands beside no longer.
  const hung = prior && reading.priors?.find((p) => p.study === prior.study);
  const [report, setReport] = useState<Prior>();
  const queue = useQueue(reading.id);
  usePrepared(queue.next?.study);
  const [help, setHelp] = useState(false);
  useLock(reading, writing);
  const { series } = useStudy(reading.study);
  const insert = (m: Measurement | undefined) => {
    if (!m) return;
    const words = markText(m, (kind) => t(`viewer.figure.${kind}`));
    const ref = pictureRef(series, m);
    editor.insert(ref ? t('objects.inText', { words, ref }) : words);
  };
  const go = (to: Jump['to']) => setJump((j) => ({ to, nth: (j?.nth ?? 0) + 1 }));
  const checks = useMemo(
    () => (writing ? checksOf(editor.draft, examOf(reading)) : []),
    [writing, editor.draft, reading],
  );
  const leave = () => navigate('/readings');
  useKeys({
    Escape: leave,
    '?': () => setHelp(true),
    Enter: writing ? () => document.querySelector<HTMLElement>('textarea[name="findings"]')?.focus() : undefined,
    v: writing ? () => insert(marks.marks.at(-1)) : undefined,
  });
  return (
    <div className="desk" data-testid="reading" data-state={reading.state}>
      <Head reading={reading} queue={queue} onLeave={leave} onHelp={() => setHelp(true)} />
      <div className="desk-body">
        <div className="desk-viewer">
          <Suspense fallback={<Skeleton rows={8} height={40} />}>
            <ViewerPane
              studyUid={reading.study}
              measurements={marks.kept}
              onMeasurements={marks.changed}
              jump={jump}
              screenUrl={`/readings/${reading.id}/screen/2`}
              onWords={writing ? editor.insert : undefined}
              reading={reading.id}
              beside={hung && { study: hung.study, label: priorName(hung, date(hung.date)) }}
            />
          </Suspense>
        </div>
        {report && (
          <PriorReport prior={report} editor={editor} writing={writing} onClose={() => setReport(undefined)} />
        )}
        <aside className="desk-report" data-mode={mode} aria-label={t('reading.report')}>
          <div className="desk-scroll">
            <FeedbackStrip reading={reading.id} />
            <CriticalState reading={reading} />
            <ContextPanel
              reading={reading}
              beside={prior?.study}
              onBeside={(p) => setPrior((open) => (open?.study === p.study ? undefined : p))}
              report={report?.study}
              onReport={(p) => setReport((open) => (open?.study === p.study ? undefined : p))}
            />
            {!writing && <Holder reading={reading} />}
            {mode === 'write' && <Proposal reading={reading} editor={editor} />}
            {writing ? (
              <ReportForm reading={reading} editor={editor} marks={checks} onGo={go} />
            ) : (
              <ReportText reading={reading} onGo={go} />
            )}
            {mode === 'review' && <ReviewDiff reading={reading} editor={editor} />}
            <MarksList marks={marks.marks} unsaved={marks.unsaved} onGo={go} onInsert={writing ? insert : undefined} />
            <KeptMarks
              reading={reading.id}
              study={reading.study}
              marks={marks.marks}
              writing={writing}
              settle={marks.settle}
            />
            <Addenda reading={reading} />
            <History reading={reading} />
          </div>
          <Footer reading={reading} editor={editor} marks={checks} queue={queue} settleMarks={marks.settle} />
        </aside>
      </div>
      {help && (
        <KeysHelp
          more={[
            ['A', t('reading.keys.claim')],
            ['Enter', t('reading.keys.write')],
            ['Alt 0', t('reading.lines.all')],
            ['Alt 1…9', t('reading.keys.line')],
            ['Alt I', t('reading.keys.offers')],
            ['Tab', t('reading.keys.blank')],
            ['Ctrl ↵', t('reading.keys.sign')],
            ['Alt N', t('reading.next')],
            ['V', t('reading.keys.insert')],
            ['Esc', t('reading.keys.list')],
          ]}
          onClose={() => setHelp(false)}
        />
      )}
    </div>
  );
}

/** What the report's text is checked against. */
function examOf(reading: Reading): Exam {
  const { order, patient } = reading;
  return {
    sex: patient.sex,
    age: yearsOf(patient.age),
    ordered: order?.exam ?? reading.description ?? '',
    images: reading.laterality,
    addendum: reading.kind === 'addendum',
  };
}

interface HeadProps {
  reading: Reading;
  queue: Queue;
  onLeave: () => void;
  onHelp: () => void;
}

function Head({ reading, queue, onLeave, onHelp }: HeadProps) {
  const { t } = useTranslation();
  const me = useMe();
  return (
    <div className="desk-strip">
      <PatientStrip
        patient={reading.patient}
        institution={reading.institution.short}
        actions={
          <>
            {reading.institution.short === me.point.institution.short && (
              <ShareAction study={reading.study} patient={reading.patient.name} />
            )}
            <Button look="quiet" shortcut="?" onClick={onHelp}>
              {t('viewer.keys')}
            </Button>
            <Button look="quiet" icon="back" shortcut="Esc" onClick={onLeave}>
              {t('reading.list')}
            </Button>
          </>
        }
      >
        <PriorityTag priority={reading.priority} />
        <span>{t(`reading.states.${reading.state}`)}</span>
        <Clock reading={reading} />
        {queue.place > 0 && (
          <span className="muted num" data-testid="position">
            {t('reading.position', { place: queue.place, of: queue.of })}
          </span>
        )}
      </PatientStrip>
    </div>
  );
}

/** What is left of the report's time, or how long it is over; nothing once the report is out. */
function Clock({ reading }: { reading: Reading }) {
  if (!reading.dueAt || reading.state === 'released' || reading.state === 'closed') return null;
  const late = (reading.slaPercent ?? 0) >= 100;
  return late ? <Waiting since={reading.dueAt} due={reading.dueAt} /> : <Countdown until={reading.dueAt} />;
}
