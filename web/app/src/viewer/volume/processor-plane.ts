/** One plane of a reconstruction, cut out of the volume by the processor: for browsers without WebGL, and when a graphics card was given up. */
import { add, cross, dot, type Place, scale, sub, type Vec } from '../vector.model';
import { draggedWindow, type Range, rangeOf, windowIn } from '../window.model';
import { Cutter } from './cutter';
import { type Handled, PlaneHands } from './plane-hands';
import type { PlaneDrawer, PlaneHome } from './plane-pane';
import { type Camera, cameraFor, type Plane, type PlaneName, rightOf, type Slab, thin } from './planes.model';
import { type Cut, extent, type Voxels } from './reslice.model';
import { middle, type VolumeShape } from './volume.model';

export interface ProcessorHome extends Omit<PlaneHome, 'engine' | 'group'>, Pick<Handled, 'handOf'> {
  readonly voxels: () => Voxels | undefined;
}

export class ProcessorPlane implements PlaneDrawer {
  #camera: Camera | undefined;
  #size = { width: 0, height: 0 };
  #extent: Place = { x: 1, y: 1 }; // of the volume on this plane when it was fitted, in mm
  #zoom = 1;
  #slab: Slab = thin;
  #range: Range | undefined;
  #invert = false;
  #fresh = 0;
  #frame: number | undefined;
  readonly #canvas = document.createElement('canvas');
  readonly #cutter: Cutter;
  readonly #hands: PlaneHands;
  readonly #sized = new ResizeObserver(() => this.#resize());

  constructor(
    private readonly home: ProcessorHome,
    readonly name: PlaneName,
    private readonly element: HTMLDivElement,
  ) {
    this.#canvas.className = 'volume-canvas';
    element.append(this.#canvas);
    this.#sized.observe(element);
    this.#cutter = new Cutter(this.#canvas, () => home.drawn());
    this.#hands = new PlaneHands(element, {
      handOf: home.handOf,
      moved: (by) => this.#move(by),
      zoomed: (factor) => this.zoomBy(factor),
      windowed: (by) => this.#window(by),
      turned: (steps) => home.scrolled(name, steps),
    });
  }

  async show(_: string, slab: Slab): Promise<void> {
    this.#fresh++;
    this.#slab = slab;
  }

  get filled(): boolean {
    return this.home.voxels() !== undefined;
  }

  /** The values may have changed. */
  render(): void {
    this.#fresh++;
    this.#later();
  }

  place(plane: Plane, at: Vec): void {
    const shape = this.home.voxels()?.shape;
    if (!shape) return;
    if (!this.#camera) {
      this.#camera = lookingOn(plane, middle(shape));
      this.fit();
    }
    this.#camera = cameraFor(this.#camera, plane, at);
    this.#later();
  }

  setSlab(slab: Slab): void {
    this.#slab = slab;
    this.#later();
  }

  range(): Range | undefined {
    const { slices = [] } = this.home.voxels() ?? {};
    const inside = slices[Math.floor(slices.length / 2)];
    this.#range ??= inside && extent(inside);
    return this.#range;
  }

  setRange(range: Range): void {
    this.#range = range;
    this.#later();
  }

  invert(on: boolean): void {
    this.#invert = on;
    this.#later();
  }

  zoomBy(factor: number): void {
    this.#zoom *= factor;
    this.#later();
  }

  fit(): void {
    const shape = this.home.voxels()?.shape;
    if (!shape || !this.#camera) return;
    this.#extent = extentOf(shape, this.#camera);
    this.#zoom = 1;
    this.#camera = lookingOn(this.#camera, middle(shape));
    this.#later();
  }

  zoom(): number {
    return this.#zoom;
  }

  get size(): { width: number; height: number } {
    return this.#size;
  }

  toCanvas(p: Vec): Place {
    const { width, height } = this.#size;
    const camera = this.#looking();
    const way = scale(sub(p, camera.focalPoint), 1 / this.#mm());
    return { x: width / 2 + dot(way, rightOf(camera)), y: height / 2 - dot(way, camera.up) };
  }

  toWorld({ x, y }: Place): Vec {
    const { width, height } = this.#size;
    const camera = this.#looking();
    const mm = this.#mm();
    const right = scale(rightOf(camera), (x - width / 2) * mm);
    return add(add(camera.focalPoint, right), scale(camera.up, (height / 2 - y) * mm));
  }

  destroy(): void {
    if (this.#frame !== undefined) cancelAnimationFrame(this.#frame);
    this.#cutter.stop();
    this.#hands.destroy();
    this.#sized.disconnect();
    this.#canvas.remove();
  }

  #looking(): Camera {
    return this.#camera ?? lookingOn({ normal: [0, 0, 1], up: [0, 1, 0] }, [0, 0, 0]);
  }

  /** A pixel of the page, in mm. */
  #mm(): number {
    const { width, height } = this.#size;
    return Math.max(this.#extent.x / Math.max(1, width), this.#extent.y / Math.max(1, height)) / this.#zoom;
  }

  #resize(): void {
    const { clientWidth: width, clientHeight: height } = this.element;
    this.#size = { width, height };
    this.#later();
  }

  /** Draws once a frame, however much happens in it. */
  #later(): void {
    this.#frame ??= requestAnimationFrame(() => {
      this.#frame = undefined;
      const [voxels, cut, range] = [this.home.voxels(), this.#cut(), this.range()];
      if (!voxels || !cut || !range || cut.width === 0 || cut.height === 0) return;
      this.#cutter.draw({ voxels, cut, range, slab: this.#slab, fresh: this.#fresh, invert: this.#invert });
    });
  }

  /** The picture that is wanted, in pixels of the screen. */
  #cut(): Cut | undefined {
    if (!this.#camera) return undefined;
    const by = window.devicePixelRatio || 1;
    const mm = this.#mm() / by;
    const right = rightOf(this.#camera);
    return {
      corner: this.toWorld({ x: 0.5 / by, y: 0.5 / by }),
      right: scale(right, mm),
      down: scale(cross(right, this.#camera.normal), mm),
      width: Math.round(this.#size.width * by),
      height: Math.round(this.#size.height * by),
    };
  }

  #window({ x, y }: Place): void {
    if (!this.#range) return;
    this.setRange(rangeOf(draggedWindow(windowIn(this.#range), x, y)));
    this.home.windowed(this.name, this.#range);
  }

  #move({ x, y }: Place): void {
    if (!this.#camera) return;
    const mm = this.#mm();
    const way = sub(scale(this.#camera.up, y * mm), scale(rightOf(this.#camera), x * mm));
    this.#camera = lookingOn(this.#camera, add(this.#camera.focalPoint, way));
    this.#later();
  }
}

function lookingOn({ normal, up }: Plane, focalPoint: Vec): Camera {
  return { focalPoint, position: add(focalPoint, normal), normal, up };
}

/** How broad and how high a volume is on a plane, in mm. */
function extentOf(s: VolumeShape, plane: Plane): Place {
  const sides = [scale(s.row, s.columns * s.spacing[0]), scale(s.column, s.rows * s.spacing[1])];
  sides.push(scale(s.normal, s.frames.length * s.spacing[2]));
  const along = (v: Vec) => sides.reduce((sum, side) => sum + Math.abs(dot(side, v)), 0);
  return { x: along(rightOf(plane)), y: along(plane.up) };
}
