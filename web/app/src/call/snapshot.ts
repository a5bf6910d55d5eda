// The parts of a call put together into what the page sees.

import type { LineNow } from './line.model';
import type { Measuring } from './measuring';
import type { MediaLink } from './media';
import type { Switches } from './protocol';
import { remotes, type Session } from './session.model';
import { gradeOf } from './stats.model';
import type { CallState, LocalMedia } from './types';

export interface Parts {
  phase: CallState['phase'];
  session: Session;
  media: MediaLink;
  measuring: Measuring;
  lineNow: LineNow;
  switches: Switches;
  graceEnds: number | null;
  ended: CallState['ended'];
}

export function snapshot({ phase, session, media, measuring, lineNow, switches, graceEnds, ended }: Parts): CallState {
  const { you, room, canSend, chat, pending, shared, lines, clockOffset } = session;
  const { chair, waiting, audience, presenter, speaker, recording, asked } = session;
  const { figures, path } = measuring;
  const line = lines[you] ?? null;
  return {
    phase,
    media: media.state,
    you,
    room,
    canSend,
    people: remotes(session, (mid) => media.stream(mid)),
    local: localMedia(media, switches),
    chat,
    pending,
    shared,
    grade: gradeOf(line, figures),
    line,
    path,
    link: session.people.find((p) => p.id === you)?.link ?? 'connecting',
    lineState: lineNow.state,
    figures,
    chair,
    waiting,
    audience,
    presenter,
    speaker,
    recording,
    asked,
    graceEnds,
    ended,
    clockOffset,
  };
}

function localMedia(media: MediaLink, switches: Switches): LocalMedia {
  const extras: { [source: string]: MediaStreamTrack } = {};
  for (const [source, track] of Object.entries(media.tracks))
    if (track && source !== 'mic' && source !== 'camera' && source !== 'screen') extras[source] = track;
  const { mic, camera, screen } = media.tracks;
  return { mic: mic ?? null, camera: camera ?? null, screen: screen ?? null, extras, switches };
}
