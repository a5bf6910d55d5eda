import { lazy, Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '@/ui/button';
import { Guard } from '@/ui/guard';
import { later } from '@/ui/later';
import { Empty, Skeleton } from '@/ui/states';
import type { Together } from '@/viewer/together';

const ViewerPane = lazy(() =>
  later(() => import('@/viewer/ViewerPane')).then((module) => ({ default: module.ViewerPane })),
);

interface ViewerSlotProps {
  studyUid: string;
  /** People of a call with whom the pictures are looked at. */
  together?: Together;
  nameOf?: (person: string) => string;
}

/** The image viewer, loaded when it is needed; whatever happens inside, the page around it goes on. */
export function ViewerSlot({ studyUid, together, nameOf }: ViewerSlotProps) {
  const { t } = useTranslation();
  return (
    <Guard
      key={studyUid}
      fallback={(again) => (
        <Empty
          icon="alert"
          title={t('study.viewerFailed')}
          action={
            <Button icon="refresh" onClick={again}>
              {t('common.retry')}
            </Button>
          }
        >
          {t('study.viewerFailedText')}
        </Empty>
      )}
    >
      <Suspense fallback={<Skeleton rows={8} />}>
        <ViewerPane studyUid={studyUid} together={together} nameOf={nameOf} />
      </Suspense>
    </Guard>
  );
}
