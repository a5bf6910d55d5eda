import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createCall } from './client';
import type { ClientMessage, ServerMessage } from './protocol';

/** A socket whose other end is the test. */
class FakeSocket {
  static readonly OPEN = 1;
  static all: FakeSocket[] = [];
  readyState = 0;
  sent: ClientMessage[] = [];
  onopen: (() => void) | null = null;
  onmessage: ((e: { data: string }) => void) | null = null;
  onclose: ((e: { code: number }) => void) | null = null;
  constructor(readonly url: string) {
    FakeSocket.all.push(this);
  }
  send(text: string): void {
    this.sent.push(JSON.parse(text) as ClientMessage);
  }
  close(): void {
    this.readyState = 3;
  }
  async open(): Promise<void> {
    this.readyState = 1;
    this.onopen?.();
    await vi.advanceTimersByTimeAsync(1);
  }
  async say(m: Record<string, unknown>): Promise<void> {
    this.onmessage?.({ data: JSON.stringify(m) });
    await vi.advanceTimersByTimeAsync(1);
  }
  drop(code = 1006): void {
    this.readyState = 3;
    this.onclose?.({ code });
  }
  of<T extends ClientMessage['type']>(type: T): Extract<ClientMessage, { type: T }>[] {
    return this.sent.filter((m): m is Extract<ClientMessage, { type: T }> => m.type === type);
  }
}

class FakeChannel {
  readyState = 'connecting';
  bufferedAmount = 0;
  sent: ClientMessage[] = [];
  onopen: (() => void) | null = null;
  onmessage: ((e: { data: string }) => void) | null = null;
  constructor(readonly label: string) {}
  send(text: string): void {
    this.sent.push(JSON.parse(text) as ClientMessage);
  }
  open(): void {
    this.readyState = 'open';
    this.onopen?.();
  }
}

/** A transport that is up or down as the test says. */
class FakePeer {
  static all: FakePeer[] = [];
  connectionState = 'new';
  restarts = 0;
  arrived = 0; // when something arrived last
  onconnectionstatechange: (() => void) | null = null;
  onicecandidate: unknown = null;
  private lines: unknown[] = [];
  constructor() {
    FakePeer.all.push(this);
  }
  channel: FakeChannel | undefined;
  createDataChannel(label: string): FakeChannel {
    this.channel = new FakeChannel(label);
    return this.channel;
  }
  addTransceiver(what: unknown): unknown {
    const track = typeof what === 'string' ? null : what;
    const sender = { track, replaceTrack: async () => undefined, getParameters: () => ({ encodings: [] }) };
    const line = {
      mid: String(this.lines.length),
      sender,
      receiver: { track: {}, getSynchronizationSources: () => [{ timestamp: this.arrived }] },
    };
    this.lines.push(line);
    return line;
  }
  getTransceivers(): unknown[] {
    return this.lines;
  }
  async createOffer(): Promise<unknown> {
    return { type: 'offer', sdp: 'v=0\r\n' };
  }
  async setLocalDescription(): Promise<void> {}
  answers: string[] = [];
  async setRemoteDescription(d: { sdp: string }): Promise<void> {
    this.answers.push(d.sdp);
  }
  async getStats(): Promise<Map<string, unknown>> {
    return new Map();
  }
  restartIce(): void {
    this.restarts++;
  }
  turn(state: string): void {
    this.connectionState = state;
    this.onconnectionstatechange?.();
  }
  close(): void {
    this.connectionState = 'closed';
  }
}

const person = (id: string) => ({
  id,
  name: id,
  canSend: true,
  link: 'live',
  state: { mic: true, camera: true, screen: false },
  joined: '',
});
const welcome = (more: Record<string, unknown> = {}): Record<string, unknown> => ({
  type: 'welcome',
  version: 1,
  you: 'a',
  room: 'r',
  canSend: true,
  resume: 'token',
  graceMs: 90_000,
  resumed: false,
  gen: 0,
  participants: [person('a'), person('b')],
  chat: [],
  shared: [],
  now: new Date().toISOString(),
  ...more,
});
const answer = (gen = 1): Partial<ServerMessage> => ({
  type: 'answer',
  gen,
  sdp: 'v=0\r\n',
  slots: [],
  want: { audio: 0, video: 0 },
});
const last = <T>(all: T[]): T => {
  const one = all.at(-1);
  if (one === undefined) throw new Error('none');
  return one;
};

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'performance', 'Date'] });
  FakeSocket.all = [];
  FakePeer.all = [];
  vi.stubGlobal('WebSocket', FakeSocket);
  vi.stubGlobal('RTCPeerConnection', FakePeer);
  vi.stubGlobal('fetch', undefined); // hello goes over the socket, but where a test says otherwise
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** A call that is up. */
async function inside(more: Record<string, unknown> = {}) {
  const call = createCall({ url: 'https://host/rtc', ticket: 'x' });
  call.join();
  const socket = last(FakeSocket.all);
  await socket.open();
  await socket.say(welcome(more));
  await socket.say(answer());
  const peer = last(FakePeer.all);
  peer.turn('connected');
  return { call, socket, peer };
}

/** A call whose hello goes by POST; `reply` answers it. */
async function posting() {
  let reply: (r: Response) => void = () => undefined;
  const post = vi.fn(
    () =>
      new Promise<Response>((done) => {
        reply = done;
      }),
  );
  vi.stubGlobal('fetch', post);
  vi.stubGlobal('CompressionStream', undefined);
  const call = createCall({ url: '/rtc', ticket: 'x' });
  call.join();
  await vi.advanceTimersByTimeAsync(1);
  const hello = () => JSON.parse(String((post.mock.calls as unknown as [string, RequestInit][])[0]?.[1].body));
  const answers = async (body: unknown, status = 200) => {
    reply(new Response(JSON.stringify(body), { status }));
    await vi.advanceTimersByTimeAsync(1);
  };
  return { call, post, hello, answers, socket: last(FakeSocket.all) };
}

describe('a hello by POST', () => {
  it('is answered before the socket is open; the socket takes the seat over, and what was said meanwhile goes out', async () => {
    const { call, hello, answers, socket } = await posting();
    expect(hello()).toMatchObject({ type: 'hello', ticket: 'x', offer: { gen: 1 } });
    await answers({ messages: [welcome(), answer()] });
    expect(call.snapshot().phase).toBe('live');
    call.say('hello');
    expect(socket.sent).toEqual([]);
    await socket.open();
    expect(socket.sent[0]).toMatchObject({ type: 'hello', resume: 'token' });
    expect(socket.sent[0]).not.toHaveProperty('offer');
    expect(socket.of('say').map((m) => m.text)).toEqual(['hello']);
    await socket.say(welcome({ resumed: true, gen: 1 }));
    expect(FakePeer.all).toHaveLength(1);
    expect(FakePeer.all[0]?.restarts).toBe(0);
    expect(socket.of('offer')).toEqual([]);
    call.leave();
  });

  it('is said again on the socket when no answer comes: the same ticket and ref, and a late answer counts no more', async () => {
    const { call, hello, answers, socket } = await posting();
    await socket.open();
    expect(socket.sent).toEqual([]);
    await vi.advanceTimersByTimeAsync(1000);
    expect(socket.of('hello')[0]).toMatchObject({ ticket: 'x', ref: hello().ref, offer: { gen: 1 } });
    await answers({ messages: [welcome({ resume: 'old' }), answer()] });
    expect(call.snapshot().phase).toBe('joining');
    await socket.say(welcome());
    await socket.say(answer());
    expect(call.snapshot().phase).toBe('live');
    call.leave();
  });

  it('goes to the socket at once when the server knows no POST', async () => {
    const { call, answers, socket } = await posting();
    await answers('not here', 405);
    await socket.open();
    expect(socket.of('hello')[0]).toMatchObject({ ticket: 'x', offer: { gen: 1 } });
    call.leave();
  });

  it('ends the call when it is refused for good', async () => {
    const { call, answers } = await posting();
    const problem = { type: 'problem', code: 'ticket', text: 'used', fatal: true };
    await answers({ messages: [problem], close: 4401 });
    expect(call.snapshot()).toMatchObject({ phase: 'ended', ended: { reason: 'ticket', code: 'ticket', again: true } });
  });

  it('keeps its seat when the socket does not open', async () => {
    const { call, answers, socket } = await posting();
    await answers({ messages: [welcome(), answer()] });
    socket.drop();
    expect(call.snapshot().phase).toBe('recovering');
    await vi.advanceTimersByTimeAsync(1000);
    const next = last(FakeSocket.all);
    await next.open();
    expect(next.of('hello')[0]).toMatchObject({ resume: 'token' });
    call.leave();
  });
});

describe('a call', () => {
  it('says hello with its offer and is live when welcomed', async () => {
    const { call, socket } = await inside();
    expect(socket.url).toBe('wss://host/rtc');
    expect(socket.of('hello')[0]).toMatchObject({ ticket: 'x', offer: { gen: 1 } });
    expect(call.snapshot()).toMatchObject({ phase: 'live', media: 'connected' });
    call.leave();
  });

  it('keeps its transport through a lost socket, and its seat', async () => {
    const { call, socket, peer } = await inside();
    socket.drop();
    expect(call.snapshot()).toMatchObject({ phase: 'recovering', media: 'connected' });
    await vi.advanceTimersByTimeAsync(1000);
    const next = last(FakeSocket.all);
    expect(next).not.toBe(socket);
    await next.open();
    expect(next.of('hello')[0]).toMatchObject({ resume: 'token' });
    await next.say(welcome({ resumed: true, gen: 1 }));
    expect(call.snapshot().phase).toBe('live');
    expect(FakePeer.all).toEqual([peer]);
    expect(next.of('offer')).toEqual([]);
    call.leave();
  });

  it('brings a server that started anew up to date: transport, chat that was not confirmed, what it shared', async () => {
    const { call, socket } = await inside();
    call.share('study', { uid: '1.2' }, { keep: true });
    socket.drop(1012);
    call.say('still there?');
    await vi.advanceTimersByTimeAsync(1500);
    const next = last(FakeSocket.all);
    await next.open();
    await next.say(welcome({ resumed: true, gen: 0 }));
    expect(next.of('offer')[0]?.gen).toBe(2);
    expect(next.of('say').map((m) => m.text)).toEqual(['still there?']);
    expect(next.of('share').map((m) => m.topic)).toEqual(['study']);
    call.leave();
  });

  it('restarts ICE soon after the path is lost, and makes a new transport when that does not help', async () => {
    const { call, socket, peer } = await inside();
    peer.turn('disconnected');
    expect(call.snapshot().media).toBe('interrupted');
    await vi.advanceTimersByTimeAsync(1600);
    expect(peer.restarts).toBe(1);
    await socket.say(answer());
    await vi.advanceTimersByTimeAsync(5000);
    expect(last(socket.of('offer')).gen).toBe(2);
    call.leave();
  });

  it('makes a new transport for a narrow camera that opens after joining, and none for a wide one', async () => {
    const { call, socket } = await inside();
    const camera = (width: number) =>
      ({
        kind: 'video',
        readyState: 'live',
        enabled: true,
        getSettings: () => ({ width }),
      }) as unknown as MediaStreamTrack;
    call.setTrack('camera', camera(1280));
    await vi.advanceTimersByTimeAsync(1);
    expect(socket.of('offer')).toEqual([]);
    call.setTrack('camera', camera(640));
    await vi.advanceTimersByTimeAsync(1);
    expect(last(socket.of('offer'))).toMatchObject({ gen: 2 });
    call.leave();
  });

  it('makes a new transport for a narrow camera that opened while the first one came up', async () => {
    const call = createCall({ url: 'https://host/rtc', ticket: 'x' });
    call.join();
    const socket = last(FakeSocket.all);
    await socket.open();
    await socket.say(welcome());
    await socket.say(answer());
    const getSettings = () => ({ width: 640 });
    const camera = { kind: 'video', readyState: 'live', enabled: true, getSettings };
    call.setTrack('camera', camera as unknown as MediaStreamTrack);
    await vi.advanceTimersByTimeAsync(1);
    expect(socket.of('offer')).toEqual([]);
    last(FakePeer.all).turn('connected');
    await vi.advanceTimersByTimeAsync(1);
    expect(socket.of('offer').map((o) => o.gen)).toEqual([2]);
    await socket.say(answer(2));
    last(FakePeer.all).turn('connected');
    await vi.advanceTimersByTimeAsync(1);
    expect(socket.of('offer')).toHaveLength(1);
    call.leave();
  });

  it('looks for a new path at once when the network changes, without leaving', async () => {
    const { call, peer } = await inside();
    await vi.advanceTimersByTimeAsync(4000);
    globalThis.dispatchEvent(new Event('online'));
    expect(peer.restarts).toBe(1);
    expect(call.snapshot().phase).toBe('live');
    call.leave();
  });

  it('finds a lost path by what ceases to arrive, if the socket is dead as well', async () => {
    const { call, socket, peer } = await inside();
    const flow = async (ms: number, alive: boolean) => {
      for (let at = 0; at < ms; at += 250) {
        if (alive) peer.arrived += 250;
        await vi.advanceTimersByTimeAsync(250);
        const ping = socket.of('ping').at(-1);
        if (alive && ping) await socket.say({ type: 'pong', t: ping.t, now: '' });
      }
    };
    await flow(4000, true);
    const pings = socket.of('ping').length;
    await flow(3000, false); // the browser still says "connected"
    expect(socket.of('ping').length).toBeGreaterThan(pings);
    const next = last(FakeSocket.all);
    expect(next).not.toBe(socket);
    await next.open();
    await next.say(welcome({ resumed: true, gen: 1 }));
    expect(peer.restarts).toBe(1);
    call.leave();
  });

  it('does nothing when the others send no more and the socket answers', async () => {
    const { call, socket, peer } = await inside();
    for (let at = 0; at < 8000; at += 250) {
      if (at < 2000) peer.arrived += 250;
      await vi.advanceTimersByTimeAsync(250);
      await socket.say({ type: 'pong', t: 0, now: '' });
    }
    expect(peer.restarts).toBe(0);
    expect(FakeSocket.all).toEqual([socket]);
    call.leave();
  });

  it('tests the socket when the network changes: a dead one is given up within seconds', async () => {
    const { call, socket } = await inside();
    globalThis.dispatchEvent(new Event('online'));
    expect(socket.of('ping').length).toBeGreaterThan(0);
    await vi.advanceTimersByTimeAsync(1600);
    expect(call.snapshot().phase).toBe('recovering');
    call.leave();
  });

  it('looks for a path again as soon as it is back, if the socket took the offer with it', async () => {
    const { call, socket, peer } = await inside();
    await vi.advanceTimersByTimeAsync(4000);
    globalThis.dispatchEvent(new Event('online'));
    await vi.advanceTimersByTimeAsync(1);
    expect(socket.of('offer').length).toBe(1); // into the dead socket; the browser still says "connected"
    await vi.advanceTimersByTimeAsync(2200);
    const next = last(FakeSocket.all);
    expect(next).not.toBe(socket);
    await next.open();
    await next.say(welcome({ resumed: true, gen: 1 }));
    expect(FakePeer.all).toEqual([peer]);
    expect(peer.restarts).toBe(2);
    expect(next.of('offer').length).toBe(1);
    call.leave();
  });

  it('sends nothing from the lobby, and offers when it is let in', async () => {
    const call = createCall({ url: '/rtc', ticket: 'x' });
    call.join();
    const socket = last(FakeSocket.all);
    await socket.open();
    await socket.say(welcome({ lobby: true, participants: null }));
    expect(call.snapshot().phase).toBe('lobby');
    await vi.advanceTimersByTimeAsync(10_000);
    expect(socket.sent.filter((m) => m.type !== 'hello' && m.type !== 'ping' && m.type !== 'candidate')).toEqual([]);
    await socket.say({ type: 'admitted', resume: 'other', participants: [person('a'), person('b')] });
    expect(call.snapshot()).toMatchObject({ phase: 'live' });
    expect(socket.of('offer').length).toBe(1);
    call.leave();
  });

  it('is over when the person came in on another device', async () => {
    const { call, socket } = await inside();
    await socket.say({ type: 'bye', reason: 'moved' });
    socket.drop(4409);
    expect(call.snapshot()).toMatchObject({ phase: 'ended', ended: { reason: 'moved', again: false } });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(FakeSocket.all).toHaveLength(1);
  });

  it('lowers the hand that a chair lowered, and not for an older word about itself', async () => {
    const { call, socket } = await inside();
    call.raiseHand(true);
    await socket.say({ type: 'changed', participant: person('a') });
    expect(call.snapshot().local.switches.hand).toBe(true);
    await socket.say({ type: 'changed', participant: { ...person('a'), state: { ...person('a').state, hand: true } } });
    await socket.say({ type: 'changed', participant: person('a') });
    expect(call.snapshot().local.switches.hand).toBe(false);
    call.leave();
  });
});

describe('silence', () => {
  it('is sent in a call of two, and left out when the room fills or a line is narrow', async () => {
    const opus = 'v=0\r\na=rtpmap:111 opus/48000/2\r\na=fmtp:111 minptime=10;usedtx=1\r\n';
    const { call, socket, peer } = await inside();
    const answered = async () => {
      await socket.say({ ...answer(), sdp: opus });
      return /usedtx=(.)/.exec(last(peer.answers))?.[1];
    };
    const alive = async (seconds: number) => {
      for (let i = 0; i < seconds; i++) {
        await vi.advanceTimersByTimeAsync(1000);
        await socket.say({ type: 'pong', t: 0, now: '' });
      }
    };
    expect(await answered()).toBe('0');
    for (const id of ['c', 'd']) await socket.say({ type: 'joined', participant: person(id) });
    await vi.advanceTimersByTimeAsync(2000);
    expect(socket.of('offer')).toHaveLength(1); // nobody else asked for one
    expect(await answered()).toBe('1');
    await socket.say({ type: 'left', id: 'd', reason: 'left' });
    await vi.advanceTimersByTimeAsync(4000);
    expect(socket.of('offer')).toHaveLength(1); // not back and forth
    await alive(20);
    expect(await answered()).toBe('0');
    await socket.say({ type: 'quality', lines: [{ id: 'b', grade: 'poor', availableKbps: 90 }] });
    await alive(22);
    expect(await answered()).toBe('1');
    call.leave();
  });
});

describe('looking together', () => {
  const look = (frame: number) => ({
    study: 's',
    series: 'r',
    instance: 'i',
    frame,
    zoom: 1,
    rotation: 0,
    flip: [false, false] as const,
    invert: false,
  });
  const shown = (m: readonly ClientMessage[]) =>
    m.flatMap((s) => (s.type === 'share' ? [(s.data as { look: { frame: number } }).look.frame] : []));

  /** Leads, with a data channel that the test opens. */
  async function leading(channels: string[] | undefined) {
    const seat = await inside({ presenter: 'a', ...(channels ? { channels } : {}) });
    const { channel } = seat.peer;
    if (!channel) throw new Error('no channel');
    const show = async (frame: number) => {
      seat.call.looking.show(look(frame));
      await vi.advanceTimersByTimeAsync(200);
    };
    return { ...seat, channel, show };
  }

  it('goes by the socket until the data channel is open, and again when that carries no more', async () => {
    const { call, socket, peer, channel, show } = await leading(['looking']);
    expect(channel.label).toBe('looking');
    await show(1);
    expect(shown(socket.sent)).toEqual([1]);
    channel.open();
    await vi.advanceTimersByTimeAsync(200);
    expect(shown(channel.sent)).toEqual([1]); // again: who is behind an earlier channel may have missed it
    await show(2);
    expect([shown(socket.sent), shown(channel.sent)]).toEqual([[1], [1, 2]]);
    const numbers = [...socket.of('share'), ...channel.sent].map((m) => (m.type === 'share' ? m.n : 0));
    expect(numbers).toEqual([...numbers].sort());
    peer.turn('disconnected');
    await show(3);
    peer.turn('connected');
    channel.bufferedAmount = 64 * 1024;
    await show(4);
    expect([shown(socket.sent), shown(channel.sent)]).toEqual([
      [1, 3],
      [1, 2],
    ]); // it waits, and a later one would take its place
    peer.turn('disconnected');
    await vi.advanceTimersByTimeAsync(100);
    expect([shown(socket.sent), shown(channel.sent)]).toEqual([
      [1, 3, 4],
      [1, 2],
    ]);
    call.leave();
  });

  it('goes on while the socket is away', async () => {
    const { call, socket, channel, show } = await leading(['looking']);
    channel.open();
    socket.drop();
    await show(7);
    expect(shown(channel.sent)).toEqual([7]);
    call.leave();
  });

  it('goes by the socket alone with a server that knows no channels', async () => {
    const { call, socket, channel, show } = await leading(undefined);
    channel.open();
    await show(1);
    expect([shown(socket.sent), shown(channel.sent)]).toEqual([[1], []]);
    call.leave();
  });

  it('is heard on the data channel, and nothing else is', async () => {
    const { call, peer } = await inside({ presenter: 'b', channels: ['looking'] });
    const hear = (m: unknown) => peer.channel?.onmessage?.({ data: JSON.stringify(m) });
    hear({ type: 'shared', topic: 'viewer', from: 'b', n: 3, data: { n: 3, look: look(5) } });
    expect(call.looking.snapshot().look?.frame).toBe(5);
    hear({ type: 'shared', topic: 'viewer', from: 'b', n: 2, data: { n: 2, look: look(4) } });
    expect(call.looking.snapshot().look?.frame).toBe(5);
    hear({ type: 'bye', reason: 'ended' });
    hear({ type: 'left', id: 'b', reason: 'left' });
    expect(call.snapshot().people.map((p) => p.id)).toEqual(['b']);
    call.leave();
  });
});
