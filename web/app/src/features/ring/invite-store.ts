import { type InviteEvent, type Invites, next, uninvited } from './invite.model';

/** Who asks this person in now, for every page. One value, changed only through the model. */
class InviteStore {
  #state: Invites = uninvited;
  #listeners = new Set<() => void>();

  state = (): Invites => this.#state;

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  dispatch(event: InviteEvent): void {
    const before = this.#state;
    this.#state = next(before, event);
    if (this.#state !== before) for (const listener of this.#listeners) listener();
  }
}

export const inviteStore = new InviteStore();
