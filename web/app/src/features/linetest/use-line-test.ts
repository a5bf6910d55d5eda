import { useCallback, useEffect, useRef, useState } from 'react';
import { fetchTestTicket } from '@/api/calls';
import {
  type Check,
  type CheckId,
  type Checks,
  callSupport,
  DeviceError,
  type LineFigures,
  meter,
  nothingYet,
  openCamera,
  openMic,
  testLine,
} from '@/call';

const listenMs = 2500;
const heardAbove = 0.08;

export interface LineTest {
  checks: Checks;
  figures: LineFigures | undefined;
  running: boolean;
  /** When the last test ended. */
  at: Date | undefined;
  level: number;
  start: () => void;
}

/** Tests this device, then its line, one thing after the other; what is open is closed again at the end. */
export function useLineTest(): LineTest {
  const [checks, setChecks] = useState<Checks>(nothingYet);
  const [figures, setFigures] = useState<LineFigures>();
  const [running, setRunning] = useState(false);
  const [at, setAt] = useState<Date>();
  const [level, setLevel] = useState(0);
  const abort = useRef<AbortController>(undefined);
  useEffect(() => () => abort.current?.abort(), []);

  const start = useCallback(() => {
    abort.current?.abort();
    const controller = new AbortController();
    abort.current = controller;
    const { signal } = controller;
    const tell = (id: CheckId, check: Check) => {
      if (!signal.aborted) setChecks((old) => ({ ...old, [id]: check }));
    };
    setChecks(nothingYet);
    setFigures(undefined);
    setRunning(true);
    void run(tell, setLevel, signal).then((found) => {
      if (signal.aborted) return;
      setFigures(found);
      setAt(new Date());
      setRunning(false);
    });
  }, []);

  return { checks, figures, running, at, level, start };
}

type Tell = (id: CheckId, check: Check) => void;

async function run(
  tell: Tell,
  onLevel: (level: number) => void,
  signal: AbortSignal,
): Promise<LineFigures | undefined> {
  const support = callSupport();
  const detail = [support.missing.join(', '), support.detail].filter(Boolean).join(' · ');
  const advice = window.isSecureContext ? 'browserOld' : 'insecure';
  tell('browser', support.able ? { state: 'good', detail } : { state: 'bad', advice, detail });
  await microphone(tell, onLevel, signal);
  await camera(tell);
  const line = ['socket', 'udp', 'tcp', 'turn', 'line'] as const;
  if (!support.able && support.missing.some((name) => name !== 'getUserMedia')) {
    for (const id of line) tell(id, { state: 'skip' });
    return undefined;
  }
  try {
    const ticket = await fetchTestTicket();
    const ice = ticket.iceServers as RTCIceServer[];
    return await testLine({ url: ticket.url, ticket: ticket.ticket, ice, tell, signal });
  } catch (error) {
    tell('socket', { state: 'bad', advice: 'socket', detail: error instanceof Error ? error.message : '' });
    for (const id of line.slice(1)) tell(id, { state: 'skip' });
    return undefined;
  }
}

async function microphone(tell: Tell, onLevel: (level: number) => void, signal: AbortSignal): Promise<void> {
  tell('mic', { state: 'run' });
  try {
    const track = await openMic();
    tell('mic', { state: 'good', detail: track.label });
    tell('voice', { state: 'run' });
    let loudest = 0;
    const stop = meter(track, (level) => {
      loudest = Math.max(loudest, level);
      onLevel(level);
    });
    await new Promise((done) => {
      setTimeout(done, listenMs);
      signal.addEventListener('abort', done, { once: true });
    });
    stop();
    track.stop();
    onLevel(0);
    const detail = `${Math.round(loudest * 100)} %`;
    tell('voice', loudest > heardAbove ? { state: 'good', detail } : { state: 'warn', advice: 'silent', detail });
  } catch (error) {
    tell('mic', { state: 'bad', advice: problemOf(error) });
    tell('voice', { state: 'skip' });
  }
}

async function camera(tell: Tell): Promise<void> {
  tell('camera', { state: 'run' });
  try {
    const track = await openCamera();
    const { width = 0, height = 0, frameRate = 0 } = track.getSettings();
    track.stop();
    tell('camera', { state: 'good', detail: `${track.label} · ${width}×${height} · ${Math.round(frameRate)} fps` });
  } catch (error) {
    tell('camera', { state: 'bad', advice: problemOf(error) });
  }
}

const problemOf = (error: unknown) => (error instanceof DeviceError ? error.problem : 'unknown');
