/** Makes images of the previews that come next, one at a time, so that turning finds them. */
import { cache, type Types } from '@cornerstonejs/core';
import type { Held } from './held';
import { imageOfPreview } from './image';
import { Part } from './schedule.model';

const steps = 6; // pictures

export class Ahead {
  #isBusy = false;

  constructor(private readonly place: (id: string, image: Types.IImage) => void) {}

  /** Until the next pictures in the direction of turning are made. */
  make(held: Held): void {
    const next = this.#isBusy ? undefined : nextOf(held);
    if (!next) return;
    const { id, small } = next;
    this.#isBusy = true;
    void imageOfPreview(id, small, {})
      .then((image) => {
        if (held.holders > 0 && !cache.getImageLoadObject(id)) this.place(id, image);
      })
      .then(() => true)
      .catch(() => false) // who looks at it is told
      .then((made) => {
        this.#isBusy = false;
        if (made) this.make(held);
      });
  }
}

function nextOf(held: Held) {
  const look = held.look;
  if (!look) return undefined;
  for (let i = 1; i <= steps; i++) {
    const index = look.at + i * (look.way || 1);
    const [id, small] = [held.ids[index], held.small[index]];
    if (id === undefined || !small || held.pixels[index] === Part.asked) continue;
    if (!cache.getImageLoadObject(id)) return { id, small };
  }
  return undefined;
}
