import { useEffect, useState, useSyncExternalStore } from 'react';
import type { RequestKind } from '@/api/types';
import { sounding } from './ring.model';
import { ringStore } from './ring-store';
import { Ringer } from './ringer';

export function useRings() {
  return useSyncExternalStore(ringStore.subscribe, ringStore.state);
}

const never = () => () => undefined;

/** Sound for the current ring, or, where nothing rings, for what else is to be heard; `blocked` until the page was pressed once, then `unlock` is not needed any more. */
export function useRinger(enabled: boolean, other?: RequestKind) {
  const rings = useRings();
  const kind = sounding(rings)?.kind ?? other;
  const [ringer, setRinger] = useState<Ringer>();
  useEffect(() => {
    if (!enabled) return;
    const made = new Ringer();
    made.prepare();
    setRinger(made);
    // Any press on the page is the permission the browser asks for.
    const press = () => void made.unlock();
    window.addEventListener('pointerdown', press, { once: true });
    window.addEventListener('keydown', press, { once: true });
    return () => {
      window.removeEventListener('pointerdown', press);
      window.removeEventListener('keydown', press);
      made.close();
    };
  }, [enabled]);
  useEffect(() => ringer?.sound(enabled ? kind : undefined), [ringer, enabled, kind]);
  const blocked = useSyncExternalStore(ringer?.subscribe ?? never, ringer?.blocked ?? (() => false));
  return { blocked: enabled && blocked, unlock: () => void ringer?.unlock() };
}

/** A soft repeated sound while something must be read; on a page that was not pressed yet it stays silent. */
export function useAlarm(on: boolean): void {
  useEffect(() => {
    if (!on) return;
    const ringer = new Ringer();
    ringer.prepare();
    ringer.sound('assist');
    const press = () => void ringer.unlock();
    window.addEventListener('pointerdown', press, { once: true });
    return () => {
      window.removeEventListener('pointerdown', press);
      ringer.close();
    };
  }, [on]);
}

/** The tab's title blinks the call, so that it is seen among many tabs. */
export function useRingTitle(text: string | undefined): void {
  useEffect(() => {
    if (!text) return;
    const before = document.title;
    let on = false;
    const timer = setInterval(() => {
      on = !on;
      document.title = on ? text : before;
    }, 900);
    return () => {
      clearInterval(timer);
      document.title = before;
    };
  }, [text]);
}

/** A notification of the system, for a window that is not in front. */
export function useRingNotification(tag: string | undefined, title: string, body: string): void {
  useEffect(() => {
    if (!tag || document.visibilityState === 'visible') return;
    if (!('Notification' in window) || Notification.permission !== 'granted') return;
    const note = new Notification(title, { body, tag, requireInteraction: true });
    note.onclick = () => window.focus();
    return () => note.close();
  }, [tag, title, body]);
}

/** Keeps the screen lit while a duty page or a call is shown. */
export function useWakeLock(on: boolean): void {
  useEffect(() => {
    if (!on || !('wakeLock' in navigator)) return;
    let lock: WakeLockSentinel | undefined;
    let over = false;
    const take = async () => {
      if (document.visibilityState !== 'visible') return;
      try {
        lock = await navigator.wakeLock.request('screen');
        if (over) await lock.release();
      } catch {
        // Refused on low battery: the page works all the same.
      }
    };
    void take();
    document.addEventListener('visibilitychange', take);
    return () => {
      over = true;
      document.removeEventListener('visibilitychange', take);
      void lock?.release();
    };
  }, [on]);
}
