// Which encodings of a picture are sent, and how much each may cost: pure decisions over the shapes of RTCRtpEncodingParameters.

import type { Layer, LayersWanted } from './protocol';

/** What a source is made of when nobody said otherwise. */
interface Plan {
  rid: Layer;
  scale: number;
  maxBps: number;
  maxFps?: number;
}

/** A face: the smallest layer is what a weak line still carries beside the voice. */
const camera: readonly Plan[] = [
  { rid: 'l', scale: 4, maxBps: 110_000, maxFps: 15 },
  { rid: 'm', scale: 2, maxBps: 350_000 },
  { rid: 'h', scale: 1, maxBps: 1_300_000 },
];

/** A screen or a document: letters must stay legible, so that the picture comes less often rather than smaller. */
const still: readonly Plan[] = [
  { rid: 'l', scale: 2, maxBps: 200_000, maxFps: 3 },
  { rid: 'h', scale: 1, maxBps: 2_000_000, maxFps: 10 },
];

/** A moving picture of an instrument (otoscope, ultrasound): colour and motion both count. */
const scope: readonly Plan[] = [
  { rid: 'l', scale: 2, maxBps: 300_000, maxFps: 15 },
  { rid: 'h', scale: 1, maxBps: 1_800_000 },
];

/** What kind of picture a source carries; the browser spares motion or detail accordingly. */
export type Picture = 'face' | 'page' | 'scope';

export function pictureKind(source: string): Picture {
  if (source === 'camera') return 'face';
  return source === 'screen' || source.startsWith('document') ? 'page' : 'scope';
}

const plans: Readonly<Record<Picture, readonly Plan[]>> = { face: camera, page: still, scope };

/** Sum of the smallest and the largest an unlayered picture may take. */
export const wholeBps: Readonly<Record<Picture, number>> = { face: 1_300_000, page: 2_000_000, scope: 1_800_000 };

export const contentHints: Readonly<Record<Picture, string>> = { face: 'motion', page: 'detail', scope: 'motion' };

/** What to give up first when the line or the machine is short. */
export const sparing: Readonly<Record<Picture, RTCDegradationPreference>> = {
  face: 'balanced',
  page: 'maintain-resolution',
  scope: 'maintain-framerate',
};

/** The encodings to offer for a source; `wide` is the width of the track in pixels, 0 while unknown. */
export function encodingsOf(source: string, wide = 0): RTCRtpEncodingParameters[] {
  return usable(plans[pictureKind(source)], wide).map(({ rid, scale, maxBps, maxFps }) => ({
    rid,
    active: true,
    scaleResolutionDownBy: scale,
    maxBitrate: maxBps,
    ...(maxFps ? { maxFramerate: maxFps } : {}),
  }));
}

/**
 * Browsers send three layers from 960 pixels of width on, two from 480 on, and of more than that they would leave out the largest, not the smallest. So a smaller picture is
 * offered in fewer layers.
 */
function usable(plan: readonly Plan[], wide: number): readonly Plan[] {
  if (wide <= 0 || wide >= 960) return plan;
  return plan.slice(wide >= 480 ? -2 : -1);
}

/**
 * Applies what the server needs now. Encodings it does not name are switched off; without simulcast (one encoding, no rid) the picture is sent whole, or not at all
 * when nobody looks. Answers undefined when nothing changes: setParameters is not free.
 */
export function withLayers(
  now: readonly RTCRtpEncodingParameters[],
  source: string,
  wanted: LayersWanted | undefined,
): RTCRtpEncodingParameters[] | undefined {
  const next = now.map((e) => (e.rid ? layered(e, source, wanted) : whole(e, source, wanted)));
  const same = next.every(
    (e, i) =>
      e.active === (now[i]?.active ?? true) &&
      e.maxBitrate === now[i]?.maxBitrate &&
      e.scaleResolutionDownBy === now[i]?.scaleResolutionDownBy,
  );
  return same ? undefined : next;
}

function layered(
  e: RTCRtpEncodingParameters,
  source: string,
  wanted: LayersWanted | undefined,
): RTCRtpEncodingParameters {
  const plan = plans[pictureKind(source)].find((p) => p.rid === e.rid);
  if (!plan) return e;
  const active = wanted ? (wanted.active ?? []).includes(plan.rid) : true;
  const limit = wanted?.maxKbps?.[plan.rid];
  return { ...e, active, maxBitrate: limit ? Math.min(plan.maxBps, limit * 1000) : plan.maxBps };
}

/** The other side took no simulcast: what was meant for the smallest layer must not be all it gets. */
function whole(
  e: RTCRtpEncodingParameters,
  source: string,
  wanted: LayersWanted | undefined,
): RTCRtpEncodingParameters {
  const { maxFramerate: _, ...rest } = e;
  const limits = Object.values(wanted?.maxKbps ?? {}).filter((v) => v > 0);
  const most = wholeBps[pictureKind(source)];
  return {
    ...rest,
    active: wanted ? (wanted.active ?? []).length > 0 : true,
    scaleResolutionDownBy: 1,
    maxBitrate: limits.length > 0 ? Math.min(most, Math.max(...limits) * 1000) : most,
  };
}
