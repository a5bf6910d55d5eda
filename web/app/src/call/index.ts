// The call library's one door: a plain TypeScript client of signaling/PROTOCOL.md that React subscribes to.
// biome-ignore-all lint/performance/noBarrelFile: the library has one entry file

export { createCall } from './client';
export {
  blurOf,
  canShareScreen,
  DeviceError,
  devices,
  meter,
  onDevicesChanged,
  openCamera,
  openInstrument,
  openMic,
  openScreen,
  setBlur,
  voiceWishes,
  wishVoice,
} from './devices';
export {
  type DeviceChoice,
  type DeviceProblem,
  deviceKind,
  type Instrument,
  instrumentOf,
  instruments,
  nextDevice,
} from './devices.model';
export { callSupport, testLine } from './linetest';
export {
  advices,
  type Check,
  type CheckId,
  type Checks,
  isCutOff,
  type LineFigures,
  nothingYet,
  reportOf,
  verdictOf,
} from './linetest.model';
export type { LookingState } from './looking';
export type { Grade, Source } from './protocol';
export { isHeard, nextSpeaker, type Speaking, silence } from './speaker.model';
export type { Figures } from './stats.model';
export { type Still, stillCounts } from './stills.model';
export type {
  Call,
  CallState,
  Ended,
  RemotePerson,
} from './types';
