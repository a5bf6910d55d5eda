// The order of codecs and the wishes about Opus in an offer: pure functions over what the browser lists and writes.

type Codec = Pick<RTCRtpCodec, 'mimeType'>;

/**
 * RED before Opus: what one lost packet carried is in the next ones, too. Everything else keeps the browser's order; where it knows no RED there is nothing to do and the
 * answer is undefined.
 */
export function redFirst<C extends Codec>(codecs: readonly C[]): C[] | undefined {
  const red = codecs.filter((c) => is(c, 'audio/red'));
  if (red.length === 0) return undefined;
  const opus = codecs.filter((c) => is(c, 'audio/opus'));
  return [...red, ...opus, ...codecs.filter((c) => !red.includes(c) && !opus.includes(c))];
}

const is = (c: Codec, mime: string): boolean => c.mimeType.toLowerCase() === mime;

/** In-band error correction for when RED is not spoken, and silence that costs nothing. RFC 7587 6.1. */
const opusWishes: readonly (readonly [string, string])[] = [
  ['useinbandfec', '1'],
  ['usedtx', '1'],
  ['minptime', '10'],
];

/** Writes the wishes about Opus into every Opus format line of a description; other lines stay as they are. */
export function withOpusWishes(sdp: string): string {
  const opus = new Set([...sdp.matchAll(/^a=rtpmap:(\d+) opus\/48000/gim)].map((m) => m[1]));
  const said = new Set<string>();
  const lines = sdp.split('\r\n').map((line) => {
    const [, type = '', parameters = ''] = /^a=fmtp:(\d+) (.*)$/.exec(line) ?? [];
    if (!opus.has(type)) return line;
    said.add(type);
    return `a=fmtp:${type} ${merge(parameters)}`;
  });
  return lines
    .flatMap((line) => {
      const type = /^a=rtpmap:(\d+) opus\/48000/i.exec(line)?.[1];
      return type && !said.has(type) ? [line, `a=fmtp:${type} ${merge('')}`] : [line];
    })
    .join('\r\n');
}

function merge(parameters: string): string {
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
  for (const [key, value] of opusWishes) all.set(key, value);
  return [...all].map(([key, value]) => (value === '' ? key : `${key}=${value}`)).join(';');
}
