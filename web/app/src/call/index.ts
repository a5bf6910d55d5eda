// The call library's one door: a plain TypeScript client of signaling/PROTOCOL.md that React subscribes to.
// biome-ignore-all lint/performance/noBarrelFile: the library has one entry file

export { createCall } from './client';
export type { ChatLine, Grade, Line, Link, Participant, SharedValue, Source, Switches } from './protocol';
export type {
  Call,
  CallEvents,
  CallOptions,
  CallState,
  Ended,
  LocalMedia,
  MediaState,
  Phase,
  RemotePerson,
} from './types';
