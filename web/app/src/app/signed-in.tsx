import { use, useEffect, useMemo, useRef } from 'react';
import { Outlet } from 'react-router';
import { SignInPage } from '@/pages/sign-in/sign-in-page';
import { ClockContext } from '@/ui/server-clock';
import { ErrorNote } from '@/ui/states';
import { LiveProvider } from './live/live-provider';
import { LostStrip } from './lost-strip';
import { RingHost } from './ring-host';
import { MeContext, useSession } from './session';

/** Lets only a signed-in person through; the address stays, so that after signing in the same page opens. */
export function SignedIn() {
  const session = useSession();
  const clock = use(ClockContext);
  const me = session.data;
  const wasIn = useRef(false);
  if (me) wasIn.current = true;
  useEffect(() => {
    if (me) clock.learn(me.serverTime, session.dataUpdatedAt - 200, session.dataUpdatedAt);
  }, [me, clock, session.dataUpdatedAt]);
  const key = useMemo(() => `${me?.person.id} ${me?.point.id}`, [me]);
  if (session.isPending) return null;
  if (me === undefined) return <ErrorNote error={session.error} retry={() => void session.refetch()} />;
  if (me === null) return <SignInPage expired={wasIn.current} />;
  return (
    <MeContext value={me}>
      <LiveProvider key={key}>
        <LostStrip />
        <RingHost />
        <Outlet />
      </LiveProvider>
    </MeContext>
  );
}
