import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { Call } from '@/call';
import { useToast } from '@/ui/toast';
import type { Devices } from './use-devices';

const settleMs = 400; // what is replaced that fast nobody misses

/** What is sent is what the devices give: chosen, lost, plugged in again. Who was muted stays muted on another device. */
export function useTracks(call: Call, devices: Devices): void {
  useTrack(call, devices, 'mic');
  useTrack(call, devices, 'camera');
}

function useTrack(call: Call, devices: Devices, kind: 'mic' | 'camera'): void {
  const { t } = useTranslation();
  const toast = useToast();
  const track = devices[kind];
  const problem = devices[`${kind}Problem`];
  const meant = useRef(true);
  const told = useRef(false);
  useEffect(() => {
    const { local, canSend, phase } = call.snapshot();
    const before = local[kind];
    if (before === track || (!canSend && phase === 'live')) return;
    if (before) meant.current = before.enabled;
    if (track) track.enabled = meant.current;
    call.setTrack(kind, track);
  }, [call, kind, track]);
  const away = track === null && (problem === 'lost' || problem === 'missing');
  useEffect(() => {
    if (track && told.current) {
      told.current = false;
      toast.say(t(`room.back.${kind}`), { tone: 'done' });
    }
    if (!away || !meant.current) return;
    const timer = setTimeout(() => {
      told.current = true;
      toast.say(t(`room.gone.${kind}`), { tone: 'bad' });
    }, settleMs);
    return () => clearTimeout(timer);
  }, [track, away, kind, toast, t]);
}
