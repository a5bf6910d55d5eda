/** Fetches the first picture of a study while the page that will show it is still being made. */
import { Enums, imageLoader } from '@cornerstonejs/core';
import type { QueryClient } from '@tanstack/react-query';
import { Holding } from '../holding';
import { start } from '../start';
import { firstSeries, opensAt } from '../study.model';
import { studyQuery } from '../useStudy';
import { stream } from './stream';

const handover = 5_000; // ms until the viewer of that page holds the series, or nobody does

/** What was opened last. */
let latest: Beginning | undefined;

/** Ends when the picture is there, small or whole. Who opens something else has left what was opened before; who presses twice opens one study. */
export function begin(client: QueryClient, study: string): Promise<void> {
  if (latest?.study === study && !latest.isOver) return latest.there;
  latest?.letGo();
  latest = new Beginning(client, study);
  return latest.there;
}

class Beginning {
  readonly there: Promise<void>;
  #holding: Holding | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isOver = false;

  constructor(
    client: QueryClient,
    readonly study: string,
  ) {
    this.there = this.#fetch(client).catch((err: unknown) => {
      this.letGo(); // who opens it once more asks anew
      throw err;
    });
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  letGo(): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
    this.#holding?.release();
    this.#holding = undefined;
  }

  async #fetch(client: QueryClient): Promise<void> {
    const [all] = await Promise.all([client.fetchQuery(studyQuery(this.study, client)), start()]);
    const first = firstSeries(all);
    if (this.#isOver || first?.kind !== 'stack') return;
    this.#holding = new Holding();
    const at = opensAt(first);
    const id = this.#holding.images(first)[at];
    stream.expect(first.uid, at);
    this.#timer = setTimeout(() => this.letGo(), handover);
    if (id) await imageLoader.loadAndCacheImage(id, { requestType: Enums.RequestType.Interaction, priority: 0 });
  }
}
