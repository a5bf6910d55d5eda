import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate, useParams } from 'react-router';
import { type Reading, readingQuery } from '@/api/readings';
import { usePageTone } from '@/app/theme';
import { later } from '@/ui/later';
import { PatientStrip } from '@/ui/patient-strip';
import { Loaded, Skeleton } from '@/ui/states';
import { useFollowing } from '@/viewer/hanging/follow';
import '@/features/reading/reading.css';

const ViewerPane = lazy(() => later(() => import('@/viewer/ViewerPane')).then((m) => ({ default: m.ViewerPane })));

/** Pictures of a read on another monitor, joined to the main window; it writes nothing. */
export function ScreenPage() {
  usePageTone('dark');
  const { id = '', screen = '2' } = useParams();
  const navigate = useNavigate();
  useFollowing((url) => navigate(url, { replace: true }));
  const query = useQuery(readingQuery(id));
  return (
    <Loaded query={query} rows={10} height={32}>
      {(reading) => <Screen key={reading.id} reading={reading} screen={Math.max(1, Number(screen) - 1 || 1)} />}
    </Loaded>
  );
}

function Screen({ reading, screen }: { reading: Reading; screen: number }) {
  const { t } = useTranslation();
  return (
    <div className="desk" data-testid="screen">
      <div className="desk-strip">
        <PatientStrip patient={reading.patient} institution={reading.institution.short} actions={null}>
          <span>{t('hanging.second', { n: screen + 1 })}</span>
          <span className="muted">{t('hanging.secondHint')}</span>
        </PatientStrip>
      </div>
      <div className="desk-body">
        <div className="desk-viewer">
          <Suspense fallback={<Skeleton rows={8} height={40} />}>
            <ViewerPane studyUid={reading.study} screen={screen} />
          </Suspense>
        </div>
      </div>
    </div>
  );
}
