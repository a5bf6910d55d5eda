import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { attachFile, fetchTicket } from '@/api/consults';
import type { ConsultRequest } from '@/api/types';
import { useSpecialtyName } from '@/app/specialty';
import { ViewerSlot } from '@/app/viewer-slot';
import type { CallState } from '@/call';
import { excusedSince } from '@/features/guest/colleagues.model';
import { ColleaguesDialog } from '@/features/guest/colleagues-dialog';
import { GuestsDialog } from '@/features/guest/guests-dialog';
import { isRunning } from '@/features/lecture/lecture.model';
import { LectureDialog } from '@/features/lecture/lecture-dialog';
import { LectureMark } from '@/features/lecture/lecture-mark';
import { LookingBar } from '@/features/room/looking-bar';
import { unread } from '@/features/room/room.model';
import { Talk } from '@/features/room/talk';
import { type Joined, useCallState, useSeat } from '@/features/room/use-call';
import type { Devices } from '@/features/room/use-devices';
import { useLooking } from '@/features/room/use-looking';
import { ErrorNote, Skeleton } from '@/ui/states';
import { useToast } from '@/ui/toast';
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
  const { joined, error, rejoin } = useSeat(request.id, () => fetchTicket(request.id), devices);
  if (error) return <ErrorNote error={error} retry={rejoin} />;
  if (!joined) return <Skeleton rows={4} />;
  return <Inside {...props} joined={joined} rejoin={rejoin} />;
}

function Inside(props: RoomProps & { joined: Joined; rejoin: () => void }) {
  const { request, devices, choose, flip, writes, joined, rejoin } = props;
  const { t } = useTranslation();
  const { call, ticket } = joined;
  const state = useCallState(call);
  const [tab, setTab] = useState<SideTab | undefined>(() => (wide() ? (writes ? 'opinion' : 'case') : undefined));
  const [leaving, setLeaving] = useState(false);
  const [inviting, setInviting] = useState<'guest' | 'colleague' | 'audience'>();
  const specialty = useSpecialtyName();
  const seen = useSeenChat(state, tab === 'chat');
  const phone = ticket.phone ?? (writes ? request.requester.phone : request.acceptedBy?.phone);
  const { study, showStudy, looking } = useStudyTogether(joined, state);
  useExcuses(request);
  const lectures = request.actions.includes('lecture') ? () => setInviting('audience') : undefined;
  const nameOf = (id: string) => state.people.find((person) => person.id === id)?.name ?? '';
  return (
    <div className={`room-body ${study ? 'room-images' : ''} ${tab ? 'room-aside' : ''}`}>
      {study && (
        <div className="room-viewer">
          <LookingBar call={call} looking={looking} nameOf={nameOf} />
          <ViewerSlot studyUid={study} together={call.looking} nameOf={nameOf} />
        </div>
      )}
      <Talk
        call={call}
        state={state}
        devices={devices}
        choose={choose}
        flip={flip}
        phone={phone}
        big={request.kind === 'rescue'}
        actions={<LineActions request={request} />}
        chat={{
          open: tab === 'chat',
          unread: unread(state, seen),
          toggle: () => setTab(tab === 'chat' ? undefined : 'chat'),
        }}
        images={
          request.studies.length > 0
            ? { open: Boolean(study), toggle: () => showStudy(study ? undefined : request.studies[0]?.uid) }
            : undefined
        }
        onSide={tab ? undefined : { label: t('room.side'), open: () => setTab(writes ? 'opinion' : 'case') }}
        onKeep={(file) => attachFile(request.id, file)}
        onInvite={() => setInviting('guest')}
        onColleague={request.actions.includes('invite') ? () => setInviting('colleague') : undefined}
        lecture={
          lectures && {
            text: t(isRunning(request.lecture) ? 'lecture.menuRunning' : 'lecture.menuOpen'),
            open: lectures,
          }
        }
        mark={<LectureMark lecture={request.lecture} audience={state.audience} onOpen={lectures} />}
        onRejoin={rejoin}
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
      {inviting === 'guest' && <GuestsDialog request={request.id} onClose={() => setInviting(undefined)} />}
      {inviting === 'colleague' && <ColleaguesDialog request={request} onClose={() => setInviting(undefined)} />}
      {inviting === 'audience' && (
        <LectureDialog
          request={request}
          specialty={specialty(request.specialty)}
          onClose={() => setInviting(undefined)}
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

/** Who was asked in and cannot come is said once, to whoever asks people in. */
function useExcuses({ panel, actions }: ConsultRequest): void {
  const { t } = useTranslation();
  const toast = useToast();
  const before = useRef(panel);
  useEffect(() => {
    const names = excusedSince(before.current, panel);
    before.current = panel;
    if (!actions.includes('invite')) return;
    for (const name of names) toast.say(t('call.colleagues.excused', { name }));
  }, [panel, actions, toast, t]);
}

/** The study that is open here. What the other side opens opens here too, once; while following, whatever the leader looks at. */
function useStudyTogether({ call }: Joined, state: CallState) {
  const [study, setStudy] = useState<string>();
  const looking = useLooking(call);
  const theirs = sharedStudy(state);
  const led = looking.following ? looking.look?.study : undefined;
  useEffect(() => {
    if (theirs) setStudy((mine) => mine ?? theirs);
  }, [theirs]);
  useEffect(() => {
    if (led) setStudy(led);
  }, [led]);
  const showStudy = (uid: string | undefined) => {
    setStudy(uid);
    if (uid && looking.leader === '') call.looking.lead(true); // who opens the pictures leads
    if (looking.leader === '' || looking.leading) call.share('study', uid ? { uid } : null, { keep: true });
    else call.looking.follow(false);
  };
  return { study, showStudy, looking };
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
