// The call library's one door: a plain TypeScript client of signaling/PROTOCOL.md that React subscribes to.
// biome-ignore-all lint/performance/noBarrelFile: the library has one entry file

export { createCall } from './client';
/** @public */
export {
  canShareScreen,
  DeviceError,
  devices,
  meter,
  onDevicesChanged,
  openCamera,
  openMic,
  openScreen,
} from './devices';
/** @public */
export { choose, type DeviceChoice, type DeviceList, type DeviceProblem } from './devices.model';
/** @public */
export type { ChatLine, Grade, Line, Link, Participant, SharedValue, Source, Switches } from './protocol';
/** @public */
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
