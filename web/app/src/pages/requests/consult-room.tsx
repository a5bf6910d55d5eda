import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ConsultRequest } from '@/api/types';
import { useMe } from '@/app/session';
import { usePageTone } from '@/app/theme';
import { mayWrite } from '@/features/opinion/opinion.model';
import { Lobby } from '@/features/room/lobby';
import type { Devices } from '@/features/room/use-devices';
import { PatientStrip } from '@/ui/patient-strip';
import { UrgencyTag } from '@/ui/urgency';
import { Room } from './room';
import './consult-room.css';

interface ConsultRoomProps {
  request: ConsultRequest;
  devices: Devices;
  choose: (kind: 'mic' | 'camera', deviceId: string) => Promise<MediaStreamTrack | null>;
  flip: () => Promise<MediaStreamTrack | null>;
  /** Devices were already checked on the page before: straight in. */
  ready: boolean;
}

/** First a look at one's own picture and voice, then the room. */
export function ConsultRoom({ request, devices, choose, flip, ready }: ConsultRoomProps) {
  const { t } = useTranslation();
  const me = useMe();
  usePageTone('dark');
  const [inside, setInside] = useState(false);
  const writes = request.acceptedBy?.id === me.person.id || mayWrite(request);
  const enter = inside || (ready && !devices.asking);
  return (
    <div className="room">
      <PatientStrip patient={request.patient} institution={request.institution.short}>
        <UrgencyTag kind={request.kind} />
        <span className="ellipsis">{request.summary}</span>
      </PatientStrip>
      {enter ? (
        <Room request={request} devices={devices} choose={choose} flip={flip} writes={writes} />
      ) : (
        <Lobby
          devices={devices}
          other={writes ? request.requester.name : (request.acceptedBy?.name ?? t('role.specialist'))}
          onChoose={(kind, id) => void choose(kind, id)}
          onEnter={() => setInside(true)}
        />
      )}
    </div>
  );
}
