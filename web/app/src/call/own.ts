// What this device sends, and what the others are told of it: tracks, switches, the raised hand.

import type { MediaLink } from './media';
import type { Source, Switches } from './protocol';
import type { Stills } from './stills';

export class Own {
  hand = false;

  constructor(
    private readonly media: MediaLink,
    private readonly stills: Stills,
    /** The switches are others now. */
    private readonly changed: () => void,
  ) {}

  setTrack(source: Source, track: MediaStreamTrack | null): void {
    if (track && source !== 'mic' && source !== 'camera') {
      // The browser's own "stop sharing", or an instrument that was unplugged.
      track.addEventListener('ended', () => this.media.tracks[source] === track && this.setTrack(source, null));
    }
    this.media.setTrack(source, track);
    if (source === 'camera') this.stills.source(track);
    this.changed();
  }

  setEnabled(source: Source, on: boolean): void {
    const track = this.media.tracks[source];
    if (track && (source === 'mic' || source === 'camera')) track.enabled = on;
    this.changed();
  }

  raise(up: boolean): void {
    this.hand = up;
    this.changed();
  }

  switches(): Switches {
    const on = (t: MediaStreamTrack | null | undefined): boolean => t?.enabled === true && t.readyState === 'live';
    const { mic, camera, screen } = this.media.tracks;
    const hidden = globalThis.document?.visibilityState === 'hidden';
    return { mic: on(mic), camera: on(camera), screen: on(screen), hidden, hand: this.hand };
  }
}
