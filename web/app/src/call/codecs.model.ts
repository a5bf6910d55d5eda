// The order of codecs and the wishes about Opus in an offer: pure functions over what the browser lists and writes.

type Codec = Pick<RTCRtpCodec, 'mimeType' | 'sdpFmtpLine'>;

/**
 * What of a browser's codecs is offered: those that the server forwards, each in one form. A browser lists three times as many, and an offer of all of them takes so many
 * packets that on a bad line one of them is late. RED stands before Opus: what one lost packet carried is in the next ones, too. Undefined where there is nothing to choose.
 */
export function offered<C extends Codec>(kind: string, codecs: readonly C[]): C[] | undefined {
  const all = (wanted[kind] ?? []).flatMap((fits) => codecs.find(fits) ?? []);
  if (all.length === 0) return undefined;
  const again = kind === 'video' ? codecs.filter((c) => is(c, 'video/rtx')) : [];
  return [...all, ...again];
}

const is = (c: Codec, mime: string): boolean => c.mimeType.toLowerCase() === mime;
const has = (c: Codec, parameter: string): boolean =>
  (c.sdpFmtpLine ?? '').toLowerCase().split(';').includes(parameter);

/** In the order of preference. */
const wanted: Readonly<Record<string, readonly ((c: Codec) => boolean)[]>> = {
  audio: [(c) => is(c, 'audio/red'), (c) => is(c, 'audio/opus')],
  video: [
    (c) => is(c, 'video/vp8'),
    // Constrained baseline, which every device can (RFC 6184 8.1).
    (c) =>
      is(c, 'video/h264') && has(c, 'packetization-mode=1') && /profile-level-id=42[ce]0/i.test(c.sdpFmtpLine ?? ''),
    // From others; this side sends what stands first.
    (c) => is(c, 'video/vp9') && (!c.sdpFmtpLine || has(c, 'profile-id=0')),
    (c) => is(c, 'video/av1') && !/profile=[12]/.test(c.sdpFmtpLine ?? ''),
  ],
};

/** The header extensions that the server takes part in; the browser need not offer others. */
const spoken = [
  'urn:ietf:params:rtp-hdrext:sdes:mid',
  'urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id',
  'urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id',
  'urn:ietf:params:rtp-hdrext:ssrc-audio-level',
  'http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01',
  'http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time',
  'http://www.webrtc.org/experiments/rtp-hdrext/playout-delay',
];

/** Stops every header extension that the server does not know. */
export function extensions<E extends { uri: string; direction: string }>(all: readonly E[]): E[] {
  return all.map((e) => (spoken.includes(e.uri) ? e : { ...e, direction: 'stopped' }));
}

/**
 * In-band error correction for when RED is not spoken, and silence as it is or left out (RFC 7587 6.1). What is left out is cheap; but of the few packets that remain, one that is
 * lost cannot be had from the next, which comes 400 ms later.
 */
const opusWishes = (dtx: boolean): readonly (readonly [string, string])[] => [
  ['useinbandfec', '1'],
  ['usedtx', dtx ? '1' : '0'],
  ['minptime', '10'],
];

/** Writes the wishes about Opus into every Opus format line of a description; other lines stay as they are. `dtx`: silence is left out. */
export function withOpusWishes(sdp: string, dtx: boolean): string {
  const opus = new Set([...sdp.matchAll(/^a=rtpmap:(\d+) opus\/48000/gim)].map((m) => m[1]));
  const said = new Set<string>();
  const lines = sdp.split('\r\n').map((line) => {
    const [, type = '', parameters = ''] = /^a=fmtp:(\d+) (.*)$/.exec(line) ?? [];
    if (!opus.has(type)) return line;
    said.add(type);
    return `a=fmtp:${type} ${merge(parameters, dtx)}`;
  });
  return lines
    .flatMap((line) => {
      const type = /^a=rtpmap:(\d+) opus\/48000/i.exec(line)?.[1];
      return type && !said.has(type) ? [line, `a=fmtp:${type} ${merge('', dtx)}`] : [line];
    })
    .join('\r\n');
}

function merge(parameters: string, dtx: boolean): string {
  const all = new Map(
    parameters
      .split(';')
      .map((p) => p.trim())
      .filter(Boolean)
      .map((p) => {
        const [key = '', ...value] = p.split('=');
        return [key, value.join('=')] as const;
      }),
  );
  for (const [key, value] of opusWishes(dtx)) all.set(key, value);
  return [...all].map(([key, value]) => (value === '' ? key : `${key}=${value}`)).join(';');
}
