import { useCallback, useState } from 'react';
import { type Call, type CallState, canShareScreen, openScreen } from '@/call';
import { useToast } from '@/ui/toast';

/** Begins and ends the sharing of a screen. */
export function useScreen(call: Call, state: CallState) {
  const toast = useToast();
  const [sharing, setSharing] = useState(false);
  const { screen } = state.local;
  const toggle = useCallback(async () => {
    if (screen) {
      screen.stop();
      call.setTrack('screen', null);
      return;
    }
    if (!canShareScreen()) return;
    setSharing(true);
    try {
      const track = await openScreen();
      if (track) call.setTrack('screen', track);
    } catch (error) {
      toast.fail(error);
    } finally {
      setSharing(false);
    }
  }, [call, screen, toast]);
  return { sharing, share: () => void toggle() };
}
