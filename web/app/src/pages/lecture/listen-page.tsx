import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useNavigate, useParams } from 'react-router';
import { institutionsQuery } from '@/api/consults';
import { fetchListenTicket, lecturesQuery } from '@/api/lectures';
import { usePageTone } from '@/app/theme';
import { ViewerSlot } from '@/app/viewer-slot';
import { ChatPanel } from '@/features/room/chat-panel';
import { LookingBar } from '@/features/room/looking-bar';
import { unread } from '@/features/room/room.model';
import { Talk } from '@/features/room/talk';
import { type Joined, useCallState, useSeat } from '@/features/room/use-call';
import { noSeat } from '@/features/room/use-devices';
import { useLooking } from '@/features/room/use-looking';
import { ErrorNote, Skeleton } from '@/ui/states';
import '@/features/lecture/lecture.css';
import '@/pages/requests/consult-room.css';

/** A seat in the audience: hears, sees and writes; no microphone or camera is opened. */
export function ListenPage() {
  const { id = '' } = useParams();
  const { t } = useTranslation();
  usePageTone('dark');
  const { joined, error, rejoin } = useSeat(id, () => fetchListenTicket(id), noSeat.devices);
  return (
    <div className="room listening">
      <Strip id={id} />
      {error ? (
        <div className="lecture-over">
          <ErrorNote error={error} retry={rejoin} />
          <Link to="/lectures">{t('lecture.all')}</Link>
        </div>
      ) : joined ? (
        <Inside joined={joined} rejoin={rejoin} />
      ) : (
        <Skeleton rows={4} />
      )}
    </div>
  );
}

/** What is listened to. It stays readable after the lecture has gone from the list. */
function Strip({ id }: { id: string }) {
  const { t } = useTranslation();
  const { data: lectures } = useQuery(lecturesQuery);
  const { data: institutions } = useQuery(institutionsQuery);
  const found = lectures?.find((one) => one.id === id);
  const [known, setKnown] = useState(found);
  if (found && found !== known) setKnown(found);
  const place = institutions?.find((one) => one.id === known?.institution)?.short;
  return (
    <header className="lecture-strip">
      <h1>{known?.title ?? t('lecture.pageTitle')}</h1>
      {known && (
        <span>
          {known.by} · {place}
        </span>
      )}
    </header>
  );
}

function Inside({ joined, rejoin }: { joined: Joined; rejoin: () => void }) {
  const { call } = joined;
  const { t } = useTranslation();
  const navigate = useNavigate();
  const state = useCallState(call);
  const looking = useLooking(call);
  const [chat, setChat] = useState(false);
  const [away, setAway] = useState(false);
  const [seen, setSeen] = useState(0);
  const study = away ? undefined : looking.look?.study;
  const nameOf = (person: string) => state.people.find((one) => one.id === person)?.name ?? '';
  const over = state.phase === 'ended';
  return (
    <div className={`room-body ${study && !over ? 'room-images' : ''} ${chat ? 'room-aside' : ''}`}>
      {study && !over && (
        <div className="room-viewer">
          <LookingBar call={call} looking={looking} nameOf={nameOf} leads={false} />
          <ViewerSlot studyUid={study} together={call.looking} nameOf={nameOf} />
        </div>
      )}
      <Talk
        call={call}
        state={state}
        {...noSeat}
        images={looking.look ? { open: !away, toggle: () => setAway(!away) } : undefined}
        chat={{
          open: chat,
          unread: chat ? 0 : unread(state, seen),
          toggle: () => {
            setChat(!chat);
            setSeen(state.chat.at(-1)?.seq ?? 0);
          },
        }}
        after={
          <Link className="y-btn y-btn-plain y-btn-large" to="/lectures">
            {t('lecture.all')}
          </Link>
        }
        onRejoin={rejoin}
        onLeave={() => {
          call.leave('left');
          void navigate('/lectures');
        }}
      />
      {chat && (
        <aside className="side guest-chat">
          <ChatPanel call={call} state={state} />
        </aside>
      )}
    </div>
  );
}
