import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import { useParams } from 'react-router';
import { requestQuery } from '@/api/consults';
import type { ConsultRequest } from '@/api/types';
import { useMe } from '@/app/session';
import { TopBar } from '@/app/shell';
import { faceOf } from '@/features/request/request.model';
import { useWakeLock } from '@/features/ring/use-ringing';
import { useDevices } from '@/features/room/use-devices';
import { later } from '@/ui/later';
import { PatientStrip } from '@/ui/patient-strip';
import { Loaded, Skeleton } from '@/ui/states';
import { UrgencyTag } from '@/ui/urgency';
import { Dossier } from './dossier';
import { Waiting } from './waiting';

const ConsultRoom = lazy(() =>
  later(() => import('./consult-room')).then((module) => ({ default: module.ConsultRoom })),
);

/** One page for the whole life of a request: it rings, becomes the call, and ends as the dossier. */
export function RequestPage() {
  const { id = '' } = useParams();
  const request = useQuery(requestQuery(id));
  return (
    <Loaded query={request} rows={8}>
      {(data) => <Living key={id} request={data} />}
    </Loaded>
  );
}

function Living({ request }: { request: ConsultRequest }) {
  const me = useMe();
  const face = faceOf(request);
  const asked = request.requester.id === me.person.id;
  // The requester's camera is opened while it rings, so that the call needs no further press.
  const meets = face === 'room' || (face === 'waiting' && asked);
  const { devices, choose, flip } = useDevices(meets);
  useWakeLock(meets);
  if (face === 'room') {
    return (
      <Suspense fallback={<Skeleton rows={6} />}>
        <ConsultRoom request={request} devices={devices} choose={choose} flip={flip} ready={asked} />
      </Suspense>
    );
  }
  return (
    <div className="shell">
      <TopBar />
      <main id="main">
        <RequestStrip request={request} />
        {face === 'waiting' ? (
          <Waiting
            request={request}
            devices={asked ? devices : undefined}
            onChoose={(kind, device) => void choose(kind, device)}
          />
        ) : (
          <Dossier request={request} />
        )}
      </main>
    </div>
  );
}

function RequestStrip({ request }: { request: ConsultRequest }) {
  const { t } = useTranslation();
  return (
    <PatientStrip patient={request.patient} institution={request.institution.short}>
      <UrgencyTag kind={request.kind} />
      <span>{t(`state.${request.state}`)}</span>
      <span className="num muted">{request.number}</span>
    </PatientStrip>
  );
}
