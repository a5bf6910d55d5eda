// Looking together within a call: by which way it goes, and what a welcome or a new transport means for it.

import { Looking } from './looking';
import type { ClientMessage, SharedValue, Welcome } from './protocol';
import type { Session } from './session.model';

const crowded = 4096; // bytes; from there on only the newest of a kind is sent

export interface TogetherLink {
  session(): Session;
  post(m: ClientMessage): void;
  /** Sends over the data channel; false if that is no way now. */
  say(m: ClientMessage): boolean;
  /** Bytes that the data channel has not sent yet. */
  unsent(): number;
}

export class Together {
  readonly looking: Looking;
  private channels = false; // the server listens on the data channel

  constructor(link: TogetherLink) {
    this.looking = new Looking({
      you: () => link.session().you,
      presenter: () => link.session().presenter,
      share: (topic, n, data, keep) => {
        const m: ClientMessage = { type: 'share', topic, n, data, ...(keep ? { keep } : {}) };
        if (!this.channels || !link.say(m)) link.post(m);
      },
      present: (on) => link.post({ type: 'present', on }),
      busy: () => link.unsent() > crowded,
    });
  }

  welcomed(w: Welcome): void {
    this.channels = w.channels?.includes('looking') === true;
    this.look(w.shared);
    if (w.resumed) this.looking.resend();
  }

  /** What the room kept. */
  look(shared: readonly SharedValue[] | null | undefined): void {
    for (const value of shared ?? []) this.looking.receive(value);
    this.looking.refresh();
  }
}
