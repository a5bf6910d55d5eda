/** Keeps one person's choices here and on the server the same. No React, no network of its own: whoever makes it gives it both. */
import type { KeptPreferences } from '@/api/preferences';
import { agree } from './agree.model';

type Sections = KeptPreferences['sections'];

/** What this browser and the server last agreed on; version 0 where only its sections were noted. */
export type Agreed = KeptPreferences;

/** How the saving ended: kept; somebody else was first; nobody could be asked; or it is refused. */
export type Saved = { readonly kept: KeptPreferences } | 'stale' | 'offline' | 'refused';

export interface Ports {
  /** What the server said last, as far as this page knows. */
  heard(): KeptPreferences | undefined;
  /** Asks it now; undefined if it cannot be asked. */
  ask(): Promise<KeptPreferences | undefined>;
  save(version: number, sections: Sections): Promise<Saved>;
  /** Of this browser: all its windows share it. */
  local(): Sections;
  store(sections: Sections): void;
  agreed(): Agreed | undefined;
  settle(agreed: Agreed): void;
  /** Changed here and elsewhere, and this one holds. */
  overtaken(): void;
}

/** How often somebody else may be first before it waits for the next occasion. */
const tries = 5;

export class Keeping {
  #running = false;
  #again = false;
  readonly #ports: Ports;

  constructor(ports: Ports) {
    this.#ports = ports;
  }

  /** Looks once, and once more for all that happened meanwhile. */
  async look(): Promise<void> {
    this.#again = true;
    if (this.#running) return;
    this.#running = true;
    try {
      for (let n = 0; n < tries && this.#again; n++) {
        this.#again = false;
        await this.#once();
      }
    } finally {
      this.#running = false;
    }
  }

  async #once(): Promise<void> {
    const p = this.#ports;
    const server = await this.#latest();
    if (!server) return;
    const before = p.local();
    const now = agree(p.agreed()?.sections, server.sections, before);
    if (JSON.stringify(now.local) !== JSON.stringify(before)) p.store(now.local);
    p.settle(server);
    if (now.overtaken.length > 0) p.overtaken();
    if (!now.push) return;
    const saved = await p.save(server.version, now.push);
    if (typeof saved === 'object') p.settle(saved.kept);
    if (saved === 'stale' && (await p.ask())) this.#again = true;
  }

  /** What the server says; asked anew where another window of this browser has heard more than this page: by what is older, what was
   *  chosen there would be taken back. */
  async #latest(): Promise<KeptPreferences | undefined> {
    const heard = this.#ports.heard();
    const known = this.#ports.agreed()?.version ?? 0;
    return heard && heard.version < known ? this.#ports.ask() : heard;
  }
}
