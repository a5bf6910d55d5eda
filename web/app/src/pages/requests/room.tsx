import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ConsultRequest } from '@/api/types';
import { ViewerSlot } from '@/app/viewer-slot';
import type { CallState } from '@/call';
import { Controls } from '@/features/room/controls';
import { Quality } from '@/features/room/quality';
import { unread } from '@/features/room/room.model';
import { Stage } from '@/features/room/stage';
import { type Joined, useCallState, useSeat } from '@/features/room/use-call';
import type { Devices } from '@/features/room/use-devices';
import { IconButton } from '@/ui/button';
import { ErrorNote, Skeleton } from '@/ui/states';
import { LeaveDialog } from './leave-dialog';
import { LineActions } from './line-actions';
import { RoomSide, type SideTab } from './room-side';

interface RoomProps {
  request: ConsultRequest;
  devices: Devices;
  choose: (kind: 'mic' | 'camera', deviceId: string) => Promise<MediaStreamTrack | null>;
  flip: () => Promise<MediaStreamTrack | null>;
  writes: boolean;
}

export function Room(props: RoomProps) {
  const { request, devices } = props;
  const { joined, error, rejoin } = useSeat(request.id, devices);
  if (error) return <ErrorNote error={error} retry={rejoin} />;
  if (!joined) return <Skeleton rows={4} />;
  return <Inside {...props} joined={joined} rejoin={rejoin} />;
}

function Inside({
  request,
  devices,
  flip,
  writes,
  joined,
  rejoin,
}: RoomProps & { joined: Joined; rejoin: () => void }) {
  const { t } = useTranslation();
  const { call, ticket } = joined;
  const state = useCallState(call);
  const [tab, setTab] = useState<SideTab | undefined>(() => (wide() ? (writes ? 'opinion' : 'case') : undefined));
  const [study, setStudy] = useState<string>();
  const [leaving, setLeaving] = useState(false);
  const seen = useSeenChat(state, tab === 'chat');
  const phone = ticket.phone ?? (writes ? request.requester.phone : request.acceptedBy?.phone);
  // The other side opened pictures: they open here too, once.
  const theirs = sharedStudy(state);
  useEffect(() => {
    if (theirs) setStudy((mine) => mine ?? theirs);
  }, [theirs]);
  const showStudy = (uid: string | undefined) => {
    setStudy(uid);
    call.share('study', uid ? { uid } : null, { keep: true });
  };
  return (
    <div className={`room-body ${study ? 'room-images' : ''} ${tab ? 'room-aside' : ''}`}>
      {study && (
        <div className="room-viewer">
          <ViewerSlot studyUid={study} />
        </div>
      )}
      <div className="room-stage">
        <Stage state={state} phone={phone} onRetry={call.retryNow} onRejoin={rejoin} />
        <div className="room-top">
          <Quality state={state} />
          <LineActions request={request} />
          {!tab && (
            <IconButton icon="file" label={t('room.side')} onClick={() => setTab(writes ? 'opinion' : 'case')} />
          )}
        </div>
      </div>
      <Controls
        call={call}
        state={state}
        cameras={devices.cameras.length}
        unread={unread(state, seen)}
        chatOpen={tab === 'chat'}
        images={request.studies.length > 0}
        imagesOpen={Boolean(study)}
        onFlip={() => void flip().then((track) => call.setTrack('camera', track))}
        onChat={() => setTab(tab === 'chat' ? undefined : 'chat')}
        onImages={() => showStudy(study ? undefined : request.studies[0]?.uid)}
        onLeave={() => setLeaving(true)}
      />
      {tab && (
        <RoomSide
          request={request}
          call={call}
          state={state}
          tab={tab}
          writes={writes}
          onTab={setTab}
          onStudy={showStudy}
          onClose={() => setTab(undefined)}
        />
      )}
      {leaving && (
        <LeaveDialog
          request={request}
          ends={writes}
          onLeave={() => call.leave('left')}
          onClose={() => setLeaving(false)}
        />
      )}
    </div>
  );
}

const wide = () => window.matchMedia('(min-width: 1000px)').matches;

function useSeenChat(state: CallState, open: boolean): number {
  const [seen, setSeen] = useState(0);
  const last = state.chat.at(-1)?.seq ?? 0;
  useEffect(() => {
    if (open) setSeen(last);
  }, [open, last]);
  return seen;
}

function sharedStudy(state: CallState): string | undefined {
  const data = state.shared.study?.data;
  return typeof data === 'object' && data !== null && 'uid' in data ? String(data.uid) : undefined;
}
