import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate, useParams } from 'react-router';
import { type Prior, type Reading, readingQuery } from '@/api/readings';
import { usePageTone } from '@/app/theme';
import { ContextPanel, priorName } from '@/features/reading/context-panel';
import { CriticalState } from '@/features/reading/critical-state';
import { Footer } from '@/features/reading/footer';
import { markText } from '@/features/reading/marks.model';
import { MarksList } from '@/features/reading/marks-list';
import { modeOf } from '@/features/reading/reading.model';
import { Addenda, History, ReviewDiff } from '@/features/reading/report-history';
import { ReportForm, ReportText } from '@/features/reading/report-panel';
import { useLock } from '@/features/reading/use-lock';
import { useMarksKept } from '@/features/reading/use-marks-kept';
import { useReport } from '@/features/reading/use-report';
import { useFormat } from '@/i18n/format';
import { Button } from '@/ui/button';
import { useKeys } from '@/ui/keys';
import { PatientStrip } from '@/ui/patient-strip';
import { Loaded, Skeleton } from '@/ui/states';
import { PriorityTag } from '@/ui/urgency';
import { Countdown, Waiting } from '@/ui/waiting';
import { KeysHelp } from '@/viewer/KeysHelp';
import type { Measurement } from '@/viewer/measurements.model';
import type { Jump } from '@/viewer/ViewerPane';
import '@/features/reading/reading.css';

const ViewerPane = lazy(() => import('@/viewer/ViewerPane').then((m) => ({ default: m.ViewerPane })));

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
  const [prior, setPrior] = useState<Prior>();
  const [help, setHelp] = useState(false);
  useLock(reading, writing);
  const insert = (m: Measurement | undefined) => m && editor.insert(markText(m, (kind) => t(`viewer.figure.${kind}`)));
  const leave = () => navigate('/readings');
  useKeys({
    Escape: leave,
    '?': () => setHelp(true),
    v: writing ? () => insert(marks.marks.at(-1)) : undefined,
  });
  return (
    <div className="desk" data-testid="reading" data-state={reading.state}>
      <Head reading={reading} onLeave={leave} onHelp={() => setHelp(true)} />
      <div className="desk-body">
        <div className="desk-viewer">
          <Suspense fallback={<Skeleton rows={8} height={40} />}>
            <ViewerPane
              studyUid={reading.study}
              measurements={marks.kept}
              onMeasurements={marks.changed}
              jump={jump}
              beside={prior && { study: prior.study, label: priorName(prior, date(prior.date)) }}
            />
          </Suspense>
        </div>
        <aside className="desk-report" data-mode={mode} aria-label={t('reading.report')}>
          <div className="desk-scroll">
            <CriticalState reading={reading} />
            <ContextPanel
              reading={reading}
              beside={prior?.study}
              onBeside={(p) => setPrior((open) => (open?.study === p.study ? undefined : p))}
            />
            {writing ? <ReportForm reading={reading} editor={editor} /> : <ReportText reading={reading} />}
            {mode === 'review' && <ReviewDiff reading={reading} draft={editor.draft} />}
            <MarksList
              marks={marks.marks}
              onGo={(to) => setJump((j) => ({ to, nth: (j?.nth ?? 0) + 1 }))}
              onInsert={writing ? insert : undefined}
            />
            <Addenda reading={reading} />
            <History reading={reading} />
          </div>
          <Footer reading={reading} editor={editor} />
        </aside>
      </div>
      {help && (
        <KeysHelp
          more={[
            ['A', t('reading.keys.claim')],
            ['V', t('reading.keys.insert')],
            ['Esc', t('reading.keys.list')],
          ]}
          onClose={() => setHelp(false)}
        />
      )}
    </div>
  );
}

function Head({ reading, onLeave, onHelp }: { reading: Reading; onLeave: () => void; onHelp: () => void }) {
  const { t } = useTranslation();
  return (
    <div className="desk-strip">
      <PatientStrip
        patient={reading.patient}
        institution={reading.institution.short}
        actions={
          <>
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
