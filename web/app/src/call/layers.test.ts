import { describe, expect, it } from 'vitest';
import { extensions, offered, withOpusWishes } from './codecs.model';
import { encodingsOf, pictureKind, withLayers } from './layers.model';

const rids = (e: RTCRtpEncodingParameters[]) => e.map((x) => `${x.rid}/${x.scaleResolutionDownBy}`);

describe('encodings', () => {
  it('are three of a face, a quarter, half and whole', () => {
    expect(rids(encodingsOf('camera'))).toEqual(['l/4', 'm/2', 'h/1']);
    expect(rids(encodingsOf('camera', 960))).toEqual(['l/4', 'm/2', 'h/1']);
    expect(rids(encodingsOf('camera', 640))).toEqual(['m/2', 'h/1']);
    expect(rids(encodingsOf('camera', 320))).toEqual(['h/1']);
  });

  it('spare the frames of a page, not its letters', () => {
    const [low] = encodingsOf('screen');
    expect(low?.maxFramerate).toBeLessThanOrEqual(5);
    expect(pictureKind('document')).toBe('page');
    expect(pictureKind('otoscope')).toBe('scope');
  });
});

describe('layers', () => {
  const now = encodingsOf('camera');

  it('nobody needs are switched off, and on again', () => {
    const low = withLayers(now, 'camera', { source: 'camera', active: ['l'] });
    expect(low?.map((e) => e.active)).toEqual([true, false, false]);
    expect(withLayers(low ?? [], 'camera', undefined)?.map((e) => e.active)).toEqual([true, true, true]);
    expect(withLayers(now, 'camera', { source: 'camera', active: null })?.map((e) => e.active)).toEqual([
      false,
      false,
      false,
    ]);
  });

  it('cost what the server allows, and never more than their own', () => {
    const next = withLayers(now, 'camera', { source: 'camera', active: ['l', 'm', 'h'], maxKbps: { m: 200, h: 9000 } });
    expect(next?.map((e) => e.maxBitrate)).toEqual([110_000, 200_000, 1_300_000]);
  });

  it('that are as they should be are left alone', () => {
    expect(withLayers(now, 'camera', undefined)).toBeUndefined();
    expect(withLayers(now, 'camera', { source: 'camera', active: ['h', 'm', 'l'], maxKbps: null })).toBeUndefined();
  });

  it('where the other side takes one picture, it is the whole one', () => {
    const one = withLayers([{ ...now[0], rid: undefined } as RTCRtpEncodingParameters], 'camera', undefined);
    expect(one).toEqual([{ rid: undefined, active: true, scaleResolutionDownBy: 1, maxBitrate: 1_300_000 }]);
    expect(withLayers(one ?? [], 'camera', undefined)).toBeUndefined();
    expect(withLayers(one ?? [], 'camera', { source: 'camera', active: [] })?.[0]?.active).toBe(false);
  });
});

describe('codecs', () => {
  const c = (mimeType: string, sdpFmtpLine?: string) => ({ mimeType, ...(sdpFmtpLine ? { sdpFmtpLine } : {}) });

  it('of sound, RED is offered before Opus, and nothing else', () => {
    const all = ['audio/opus', 'audio/G722', 'audio/red', 'audio/PCMU'].map((m) => c(m));
    expect(offered('audio', all)?.map((x) => x.mimeType)).toEqual(['audio/red', 'audio/opus']);
    expect(offered('audio', [c('audio/opus')])).toEqual([c('audio/opus')]);
    expect(offered('audio', [])).toBeUndefined();
  });

  it('of pictures, one form of each codec that the server forwards is offered, VP8 first', () => {
    const h264 = (more: string) => c('video/H264', `level-asymmetry-allowed=1;${more}`);
    const all = [
      c('video/VP9', 'profile-id=2'),
      c('video/VP9', 'profile-id=0'),
      h264('packetization-mode=0;profile-level-id=42e01f'),
      h264('packetization-mode=1;profile-level-id=4d001f'),
      h264('packetization-mode=1;profile-level-id=42e01f'),
      c('video/rtx'),
      c('video/VP8'),
      c('video/red'),
      c('video/ulpfec'),
      c('video/flexfec-03', 'repair-window=10000000'),
      c('video/AV1', 'level-idx=5;profile=1;tier=0'),
      c('video/AV1', 'level-idx=5;profile=0;tier=0'),
    ];
    expect(offered('video', all)).toEqual([all[6], all[4], all[1], all[11], all[5]]);
    expect(offered('video', [c('video/H265')])).toBeUndefined();
  });

  it('header extensions that the server does not know are stopped', () => {
    const mid = { uri: 'urn:ietf:params:rtp-hdrext:sdes:mid', direction: 'sendrecv' };
    const other = { uri: 'http://www.webrtc.org/experiments/rtp-hdrext/color-space', direction: 'sendrecv' };
    expect(extensions([mid, other])).toEqual([mid, { ...other, direction: 'stopped' }]);
  });

  it('Opus is asked for error correction, and for silence as it is or left out', () => {
    const sdp =
      'v=0\r\na=rtpmap:111 opus/48000/2\r\na=fmtp:111 minptime=20;useinbandfec=0;stereo=1\r\na=rtpmap:63 red/48000/2\r\na=fmtp:63 111/111\r\n';
    const out = withOpusWishes(sdp, true);
    expect(withOpusWishes(out, false)).toContain('a=fmtp:111 minptime=10;useinbandfec=1;stereo=1;usedtx=0\r\n');
    expect(out).toContain('a=fmtp:111 minptime=10;useinbandfec=1;stereo=1;usedtx=1\r\n');
    expect(out).toContain('a=fmtp:63 111/111\r\n');
    expect(withOpusWishes('a=rtpmap:96 opus/48000/2\r\n', true)).toBe(
      'a=rtpmap:96 opus/48000/2\r\na=fmtp:96 useinbandfec=1;usedtx=1;minptime=10\r\n',
    );
    expect(withOpusWishes(out, true)).toBe(out);
  });
});
