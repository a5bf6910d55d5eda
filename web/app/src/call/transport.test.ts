import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Transport } from './transport';

interface Line {
  mid: string;
  direction: string;
  encodings: { rid?: string }[];
  sender: {
    track: unknown;
    replaceTrack(t: unknown): Promise<void>;
    getParameters(): unknown;
    setParameters(): Promise<void>;
  };
}

/** A peer connection that keeps its lines. */
class FakePeer {
  static last: FakePeer;
  lines: Line[] = [];
  constructor() {
    FakePeer.last = this;
  }
  addTransceiver(what: unknown, init: { direction: string; sendEncodings?: { rid?: string }[] }): Line {
    const sender: Line['sender'] = {
      track: typeof what === 'string' ? null : what,
      replaceTrack: async (t) => {
        sender.track = t;
      },
      getParameters: () => ({ encodings: [] }),
      setParameters: async () => undefined,
    };
    const line = {
      mid: String(this.lines.length),
      direction: init.direction,
      encodings: init.sendEncodings ?? [],
      sender,
    };
    this.lines.push(line);
    return line;
  }
  async createOffer() {
    return { type: 'offer', sdp: 'v=0\r\n' };
  }
  async setLocalDescription() {}
}

const camera = (width: number) => ({ kind: 'video', getSettings: () => ({ width }) }) as unknown as MediaStreamTrack;
const open = (track: MediaStreamTrack | null, canSend = true) =>
  new Transport(
    { gen: 1, ice: [], policy: 'all', canSend, tracks: { mic: null, camera: track } },
    { candidate: () => undefined, state: () => undefined },
  );
/** The m-line of the camera as the next offer says, and its encodings. */
async function sent(transport: Transport) {
  const { tracks } = await transport.offer();
  const mid = tracks.find((t) => t.source === 'camera')?.mid;
  const line = FakePeer.last.lines.find((l) => l.mid === mid);
  return { mid, rids: line?.encodings.map((e) => e.rid), track: line?.sender.track };
}

beforeEach(() => vi.stubGlobal('RTCPeerConnection', FakePeer));
afterEach(() => vi.unstubAllGlobals());

it('a narrow camera is offered in two encodings, also one that opens after joining', async () => {
  expect((await sent(open(camera(640)))).rids).toEqual(['m', 'h']);
  const transport = open(null);
  expect(await sent(transport)).toMatchObject({ mid: '1', rids: ['l', 'm', 'h'] });
  const narrow = camera(640);
  expect(await transport.setTrack('camera', narrow)).toBe(true);
  expect(await sent(transport)).toEqual({ mid: '3', rids: ['m', 'h'], track: narrow });
  expect(FakePeer.last.lines[1]).toMatchObject({ direction: 'sendrecv', sender: { track: null } }); // still receives
});

it('a wide one keeps its m-line, and needs no offer', async () => {
  const transport = open(null);
  expect(await transport.setTrack('camera', camera(1280))).toBe(false);
  expect((await sent(transport)).mid).toBe('1');
});

it('turning between a wide and a narrow camera goes back to the m-line there was', async () => {
  const transport = open(camera(1280));
  const mids = [];
  for (const width of [640, 1280, 640, 640, 320, 1280]) {
    await transport.setTrack('camera', camera(width));
    mids.push((await sent(transport)).mid);
  }
  expect(mids).toEqual(['3', '1', '3', '3', '4', '1']);
  expect(FakePeer.last.lines.filter((l) => l.sender.track)).toHaveLength(1);
});

it('switching the camera off changes no m-line', async () => {
  const transport = open(camera(640));
  expect(await transport.setTrack('camera', null)).toBe(false);
  expect(await sent(transport)).toMatchObject({ mid: '1', track: null });
});

it('who may not send offers nothing for a camera', async () => {
  const transport = open(null, false);
  await transport.setTrack('camera', camera(640));
  expect(FakePeer.last.lines).toHaveLength(3);
});
