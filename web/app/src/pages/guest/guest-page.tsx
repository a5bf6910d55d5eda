import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useParams } from 'react-router';
import { enterAsGuest, invitationQuery } from '@/api/calls';
import { usePageTone } from '@/app/theme';
import { guestKey } from '@/features/guest/guest-key';
import { Invitation } from '@/features/guest/invitation';
import { ChatPanel } from '@/features/room/chat-panel';
import { Preview } from '@/features/room/preview';
import { unread } from '@/features/room/room.model';
import { Talk } from '@/features/room/talk';
import { type Joined, useCallState, useSeat } from '@/features/room/use-call';
import { useDevices } from '@/features/room/use-devices';
import { Button } from '@/ui/button';
import { ErrorNote, Loaded, Skeleton } from '@/ui/states';
import '@/pages/requests/consult-room.css';

/** Family, an interpreter, a resident: by a one-time link, through the device check and the lobby, into the talk. */
export function GuestPage() {
  const { token = '' } = useParams();
  const { t } = useTranslation();
  usePageTone('dark');
  const [key] = useState(guestKey);
  const invitation = useQuery(invitationQuery(token, key));
  const { devices, choose, flip } = useDevices(invitation.data !== undefined);
  const [inside, setInside] = useState(false);
  if (inside) return <Room token={token} guest={key} seat={{ devices, choose, flip }} />;
  return (
    <main className="guest-door">
      <h2>{t('guest.title')}</h2>
      <Loaded query={invitation} rows={4}>
        {(data) => (
          <>
            <Invitation invitation={data} />
            <Preview devices={devices} onChoose={(kind, id) => void choose(kind, id)} />
            {!data.open && <p role="status">{t('guest.early')}</p>}
            <Button
              look="primary"
              size="large"
              icon="camera"
              disabled={!data.open || devices.asking}
              onClick={() => setInside(true)}
            >
              {t('guest.enter')}
            </Button>
          </>
        )}
      </Loaded>
    </main>
  );
}

type Seat = Pick<ReturnType<typeof useDevices>, 'devices' | 'choose' | 'flip'>;

function Room({ token, guest, seat }: { token: string; guest: string; seat: Seat }) {
  const { joined, error, rejoin } = useSeat(token, () => enterAsGuest(token, guest), seat.devices);
  if (error) return <ErrorNote error={error} retry={rejoin} />;
  if (!joined) return <Skeleton rows={4} />;
  return <Inside seat={seat} joined={joined} rejoin={rejoin} />;
}

function Inside({ seat, joined, rejoin }: { seat: Seat; joined: Joined; rejoin: () => void }) {
  const { call, ticket } = joined;
  const state = useCallState(call);
  const [chat, setChat] = useState(false);
  const [seen, setSeen] = useState(0);
  const toggle = () => {
    setChat(!chat);
    setSeen(state.chat.at(-1)?.seq ?? 0);
  };
  return (
    <div className="room guest-room">
      <div className={`room-body ${chat ? 'room-aside' : ''}`}>
        <Talk
          call={call}
          state={state}
          {...seat}
          phone={ticket.phone || undefined}
          chat={{ open: chat, unread: chat ? 0 : unread(state, seen), toggle }}
          onRejoin={rejoin}
          onLeave={() => call.leave('left')}
        />
        {chat && (
          <aside className="side guest-chat">
            <ChatPanel call={call} state={state} />
          </aside>
        )}
      </div>
    </div>
  );
}
