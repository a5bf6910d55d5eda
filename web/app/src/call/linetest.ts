// Tries the line to the call server in a room that gives everything back: the socket, then each path by itself, then how well it carries.

import { type Check, judgeLine, judgePath, type LineFigures, meanOf, onlyPath, type Path } from './linetest.model';
import { type ClientMessage, PROTOCOL_VERSION, type ServerMessage } from './protocol';
import { Socket } from './socket';
import { between, type Figures, type Totals, totals } from './stats.model';
import { Transport } from './transport';

const answerWithinMs = 6000;
const connectWithinMs = 7000;
const measureMs = 6000;

export interface LineTestOptions {
  url: string;
  ticket: string;
  ice: RTCIceServer[];
  tell: (id: 'socket' | Path | 'line', check: Check) => void;
  signal: AbortSignal;
}

/** Runs the test of a line. It never throws: what fails is told. */
export async function testLine(options: LineTestOptions): Promise<LineFigures | undefined> {
  const test = new LineTest(options);
  try {
    return await test.run();
  } finally {
    test.close();
  }
}

class LineTest {
  private socket: Socket | undefined;
  private transport: Transport | undefined;
  private gen = 0;
  private readonly load = noise();
  private heard: ((m: ServerMessage) => void) | undefined;
  private changed: ((s: RTCPeerConnectionState) => void) | undefined;
  private connected = false; // to the socket
  private carries = 0; // kbit/s that the server thinks the line down carries

  constructor(private readonly options: LineTestOptions) {}

  async run(): Promise<LineFigures | undefined> {
    const { tell } = this.options;
    tell('socket', { state: 'run' });
    const began = performance.now();
    if (!(await this.open())) {
      tell('socket', { state: 'bad', advice: 'socket', tookMs: performance.now() - began });
      for (const path of ['udp', 'tcp', 'turn'] as const) tell(path, { state: 'skip' });
      tell('line', { state: 'skip' });
      return undefined;
    }
    let figures: LineFigures | undefined;
    for (const path of ['udp', 'tcp', 'turn'] as const) {
      const found = await this.path(path, began, figures === undefined);
      figures ??= found;
    }
    tell('line', judgeLine(figures));
    return figures;
  }

  /** Opens the socket; the first offer goes with the hello. */
  private open(): Promise<boolean> {
    return new Promise((done) => {
      const url = new URL(this.options.url, globalThis.location?.href).href.replace(/^http/, 'ws');
      this.socket = new Socket(url, {
        open: () => {
          this.connected = true;
          done(true);
        },
        message: (m) => this.heard?.(m),
        end: () => {
          this.connected = false;
          done(false);
        },
      });
      this.options.signal.addEventListener('abort', () => done(false), { once: true });
    });
  }

  private async path(path: Path, began: number, measure: boolean): Promise<LineFigures | undefined> {
    const { tell, ice, signal } = this.options;
    if (signal.aborted || !this.connected || (path === 'turn' && !ice.some(isTurn))) {
      tell(path, { state: 'skip' });
      return undefined;
    }
    tell(path, { state: 'run' });
    const at = performance.now();
    const connected = await this.connect(path, began);
    tell(path, judgePath(path, connected, performance.now() - at));
    if (!connected || !measure) return undefined;
    tell('line', { state: 'run' });
    return this.measure();
  }

  private async connect(path: Path, began: number): Promise<boolean> {
    this.transport?.close();
    const gen = ++this.gen;
    const transport = new Transport(
      {
        gen,
        ice: path === 'turn' ? this.options.ice : [],
        policy: path === 'turn' ? 'relay' : 'all',
        canSend: true,
        tracks: this.load.tracks,
      },
      {
        candidate: (g, c) => c && g === this.gen && this.send(candidateMessage(g, c)),
        state: (g, s) => g === this.gen && this.changed?.(s),
      },
    );
    this.transport = transport;
    const offer = await transport.offer();
    const answered = this.wait(gen, began);
    if (gen === 1) {
      const { ticket } = this.options;
      this.send({ type: 'hello', version: PROTOCOL_VERSION, client: 'yilian-web-linetest', ticket, offer });
    } else this.send({ type: 'offer', ...offer });
    const answer = await answered;
    if (answer === undefined) return false;
    const up = new Promise<boolean>((done) => {
      this.changed = (s) => (s === 'connected' ? done(true) : s === 'failed' && done(false));
      setTimeout(() => done(false), connectWithinMs);
    });
    await transport.answer(onlyPath(answer, path)).catch(() => undefined);
    return up;
  }

  /** The answer to a generation's offer, or undefined when none comes. */
  private wait(gen: number, began: number): Promise<string | undefined> {
    return new Promise((done) => {
      const timer = setTimeout(() => done(undefined), answerWithinMs);
      this.heard = (m) => {
        this.aside(m, began);
        const refused = m.type === 'problem' && (m.fatal || m.re === 'offer');
        const answered = m.type === 'answer' && m.gen === gen;
        if (!refused && !answered) return;
        clearTimeout(timer);
        done(answered ? m.sdp : undefined);
      };
    });
  }

  /** What the server says beside the answer. */
  private aside(m: ServerMessage, began: number): void {
    const { tell } = this.options;
    switch (m.type) {
      case 'welcome':
        tell('socket', { state: 'good', tookMs: performance.now() - began });
        // All that goes out shall come back: the line is loaded as a talk loads it.
        this.send({ type: 'want', views: [{ from: m.you, source: 'camera', height: 720, priority: 1 }] });
        break;
      case 'layers':
        void this.transport?.layers(m);
        break;
      case 'quality':
        this.carries = Math.max(this.carries, ...(m.lines ?? []).map((l) => l.availableKbps ?? 0));
        break;
      case 'problem':
        if (m.fatal) tell('socket', { state: 'bad', advice: 'socket', detail: m.code });
        break;
    }
  }

  /** Looks at the statistics once a second while a picture and a tone come back. */
  private async measure(): Promise<LineFigures | undefined> {
    const looks: Figures[] = [];
    let last: Totals | undefined;
    const end = performance.now() + measureMs;
    while (performance.now() < end && !this.options.signal.aborted) {
      const stats: (Record<string, unknown> & { type: string; id: string })[] = [];
      (await this.transport?.pc.getStats())?.forEach((s) => void stats.push(s));
      const now = totals(stats, performance.now());
      const figures = last && between(last, now);
      if (figures) looks.push(figures);
      last = now;
      await new Promise((done) => setTimeout(done, 1000));
    }
    const mean = meanOf(looks);
    return mean && { ...mean, downKbps: Math.max(mean.downKbps, this.carries) };
  }

  private send(m: ClientMessage): void {
    this.socket?.send(m);
  }

  close(): void {
    this.send({ type: 'leave' });
    this.transport?.close();
    this.load.stop();
    this.socket?.close();
  }
}

function isTurn(server: RTCIceServer): boolean {
  return [server.urls].flat().some((url) => /^turns?:/.test(url));
}

function candidateMessage(gen: number, c: RTCIceCandidate): ClientMessage {
  return {
    type: 'candidate',
    gen,
    candidate: c.candidate,
    sdpMid: c.sdpMid,
    sdpMLineIndex: c.sdpMLineIndex,
    usernameFragment: c.usernameFragment,
  };
}

/** A picture and a tone that load the line as a talk does, and show nobody. */
function noise(): { tracks: Record<string, MediaStreamTrack | null>; stop: () => void } {
  const canvas = Object.assign(document.createElement('canvas'), { width: 640, height: 360 });
  const context = canvas.getContext('2d');
  const draw = (): void => {
    for (let i = 0; i < 160 && context; i++) {
      context.fillStyle = `hsl(${Math.random() * 360} 70% ${Math.random() * 100}%)`;
      context.fillRect(Math.random() * 640, Math.random() * 360, 60, 40);
    }
  };
  draw();
  const timer = setInterval(draw, 50);
  const audio = new AudioContext();
  const out = audio.createMediaStreamDestination();
  const tone = new OscillatorNode(audio, { frequency: 440 });
  tone.connect(out);
  tone.start();
  const mic = out.stream.getAudioTracks()[0] ?? null;
  const camera = canvas.captureStream?.(20).getVideoTracks()[0] ?? null;
  return {
    tracks: { mic, camera },
    stop: () => {
      clearInterval(timer);
      mic?.stop();
      camera?.stop();
      void audio.close();
    },
  };
}

/** Whether this browser can hold a call at all: asked of what it does, not of its name. */
export function callSupport(): { able: boolean; missing: string[]; detail: string } {
  const has: [string, boolean][] = [
    ['RTCPeerConnection', typeof RTCPeerConnection === 'function'],
    ['WebSocket', typeof WebSocket === 'function'],
    ['getUserMedia', typeof navigator.mediaDevices?.getUserMedia === 'function'],
    ['addTransceiver', typeof RTCPeerConnection === 'function' && 'addTransceiver' in RTCPeerConnection.prototype],
  ];
  const more: [string, boolean][] = [
    [
      'setCodecPreferences',
      typeof RTCRtpTransceiver === 'function' && 'setCodecPreferences' in RTCRtpTransceiver.prototype,
    ],
    ['jitterBufferTarget', typeof RTCRtpReceiver === 'function' && 'jitterBufferTarget' in RTCRtpReceiver.prototype],
    ['RED', (RTCRtpReceiver?.getCapabilities?.('audio')?.codecs ?? []).some((c) => /\/red$/i.test(c.mimeType))],
  ];
  const missing = has.filter(([, there]) => !there).map(([name]) => name);
  return {
    able: missing.length === 0,
    missing,
    detail: more.map(([name, there]) => `${name} ${there ? '+' : '−'}`).join(' · '),
  };
}
