/** Cuts pictures out of a volume and draws them: coarse while they move, if they take long, and fine where they stand still. */
import type { Range } from '../window.model';
import type { Slab } from './planes.model';
import { type Cut, coarser, depthsOf, greysOf, reslice, type Voxels } from './reslice.model';

/** What is to be seen. */
export interface Wanted {
  readonly voxels: Voxels;
  /** Counts up when the values have changed. */
  readonly fresh: number;
  readonly cut: Cut; // in pixels of the screen
  readonly slab: Slab;
  readonly range: Range;
  readonly invert: boolean;
}

const soon = 40; // ms that a picture may take while it moves
const pause = 150; // ms without a change before it becomes fine
const coarsest = 4; // pixels of the screen across one of the picture
const rows = 16; // cut between two looks at the clock
const coarse = 'coarse'; // what is cut, by name, while it moves

interface Job {
  readonly voxels: Voxels;
  readonly cut: Cut;
  readonly slab: Slab;
  /** Names what is cut. */
  readonly of: string;
}

export class Cutter {
  #wanted: Wanted | undefined;
  #cut: { readonly of: string; readonly width: number; readonly height: number; readonly values: Float32Array } = {
    ...{ of: '', width: 0, height: 0 },
    values: new Float32Array(0),
  };
  #painted = ''; // the window in which that was drawn
  #rate = 3e-5; // ms for a sample, until it was measured
  #finer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly canvas: HTMLCanvasElement,
    private readonly drawn: () => void,
  ) {}

  draw(wanted: Wanted): void {
    this.#wanted = wanted;
    const { voxels, cut, slab, fresh } = wanted;
    const of = JSON.stringify([cut, slab, fresh]);
    if (of === this.#cut.of) this.#paint();
    else this.#begin({ voxels, cut, slab, of });
  }

  stop(): void {
    clearTimeout(this.#finer);
  }

  #begin(job: Job): void {
    clearTimeout(this.#finer);
    const { cut, slab, voxels } = job;
    const ms = cut.width * cut.height * depthsOf(slab, voxels.shape.spacing).length * this.#rate;
    const by = Math.min(coarsest, Math.ceil(Math.sqrt(ms / soon)));
    if (by > 1) this.#finer = setTimeout(() => this.#refine(job), pause);
    this.#whole(by > 1 ? { ...job, cut: coarser(cut, by), of: coarse } : job);
  }

  #whole(job: Job): void {
    const { width, height } = job.cut;
    // The one before is seen no more: its place is taken.
    const had = this.#cut.values;
    const values = had.length === width * height ? had : new Float32Array(width * height);
    const began = performance.now();
    reslice(job.voxels, job.cut, job.slab, values);
    this.#done(job, values, performance.now() - began);
  }

  /** In parts, so that hands and keys are heard between them. */
  #refine(job: Job): void {
    const { voxels, cut, slab } = job;
    const values = new Float32Array(cut.width * cut.height);
    let [row, ms] = [0, 0];
    const part = () => {
      const began = performance.now();
      while (row < cut.height && performance.now() - began < soon / 2) {
        const end = Math.min(cut.height, row + rows);
        reslice(voxels, cut, slab, values, row, end);
        row = end;
      }
      ms += performance.now() - began;
      if (row < cut.height) this.#finer = setTimeout(part);
      else this.#done(job, values, ms);
    };
    part();
  }

  #done({ of, cut: { width, height }, voxels, slab }: Job, values: Float32Array, ms: number): void {
    this.#rate = ms / Math.max(1, values.length * depthsOf(slab, voxels.shape.spacing).length);
    this.#cut = { of, width, height, values };
    this.#painted = '';
    this.#paint();
  }

  #paint(): void {
    const { of, width, height, values } = this.#cut;
    const { range, invert } = this.#wanted ?? {};
    const context = this.canvas.getContext('2d');
    const now = `${range?.lower} ${range?.upper} ${invert}`;
    if (!range || !context || values.length === 0 || now === this.#painted) return;
    this.#painted = now;
    if (this.canvas.width !== width || this.canvas.height !== height) Object.assign(this.canvas, { width, height });
    this.canvas.dataset.coarse = String(of === coarse);
    const picture = new ImageData(width, height);
    greysOf(values, range, invert === true, picture.data);
    context.putImageData(picture, 0, 0);
    this.drawn();
  }
}
