import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Transport } from './transport';

interface Line {
  mid: string;
  direction: string;
  encodings: RTCRtpEncodingParameters[];
  sender: {
    track: unknown;
    replaceTrack(t: unknown): Promise<void>;
    getParameters(): unknown;
    setParameters(p: { encodings: RTCRtpEncodingParameters[] }): Promise<void>;
  };
}

/** A peer connection that keeps its lines. */
class FakePeer {
  static last: FakePeer;
  lines: Line[] = [];
  constructor() {
    FakePeer.last = this;
  }
  addTransceiver(what: unknown, init: { direction: string; sendEncodings?: RTCRtpEncodingParameters[] }): Line {
    const sender: Line['sender'] = {
      track: typeof what === 'string' ? null : what,
      replaceTrack: async (t) => {
        sender.track = t;
      },
      getParameters: () => ({ encodings: line.encodings }),
      setParameters: async (p) => {
        line.encodings = p.encodings;
      },
    };
    const line: Line = {
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
  async setRemoteDescription() {}
  getTransceivers() {
    return [];
  }
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

it('a narrow camera is offered in two encodings, a wide one in three, one that is not open yet in three', async () => {
  expect((await sent(open(camera(640)))).rids).toEqual(['m', 'h']);
  expect((await sent(open(camera(1280)))).rids).toEqual(['l', 'm', 'h']);
  expect((await sent(open(null))).rids).toEqual(['l', 'm', 'h']);
});

it.each([
  ['a narrow camera that opens after joining', null, 640, false],
  ['a wide one that opens after joining', null, 1280, true],
  ['another narrow one', camera(640), 800, true],
  ['a wide one after a narrow one', camera(640), 1280, false],
])('%s: fits %#', (_, first, next, fits) => expect(open(first).fits('camera', camera(next))).toBe(fits));

it('no camera fits, and whatever is not sent', () => {
  expect(open(camera(640)).fits('camera', null)).toBe(true);
  expect(open(null, false).fits('camera', camera(640))).toBe(true);
});
