/** One plane of a reconstruction: a Cornerstone3D volume viewport that is told where to look. */
import { Enums as CoreEnums, type RenderingEngine, type Types, utilities } from '@cornerstonejs/core';
import { Surface } from '../surface';
import { add, dot, type Place, scale, sub, unit, type Vec, vec } from '../vector.model';
import { type Camera, cameraFor, type Plane, type PlaneName, type Slab } from './planes.model';
import { sampleSlab } from './slab';

const blends = {
  average: CoreEnums.BlendModes.AVERAGE_INTENSITY_BLEND,
  maximum: CoreEnums.BlendModes.MAXIMUM_INTENSITY_BLEND,
  minimum: CoreEnums.BlendModes.MINIMUM_INTENSITY_BLEND,
} as const;

/** What the set of planes wants to know from one of them. */
export interface PlaneHome {
  readonly engine: RenderingEngine;
  readonly group: string;
  /** Something that is drawn over the picture may have moved. */
  drawn: () => void;
  scrolled: (name: PlaneName, steps: number) => void;
  /** A tool moved the camera out of its plane, by mm towards the reader. */
  pushed: (name: PlaneName, mm: number) => void;
  windowed: (name: PlaneName, range: { lower: number; upper: number }) => void;
}

/** What draws a plane: the graphics card, or the processor. */
export type PlaneDrawer = Pick<PlanePane, keyof PlanePane>;

export class PlanePane {
  #placing = false;
  #at: Vec | undefined;
  readonly #viewport: Types.IVolumeViewport;
  readonly #surface: Surface<Types.IVolumeViewport>;

  constructor(
    private readonly home: PlaneHome,
    readonly name: PlaneName,
    element: HTMLDivElement,
  ) {
    this.#surface = new Surface<Types.IVolumeViewport>(home.engine, home.group, element, {
      viewportId: `${home.group}-${name}`,
      type: CoreEnums.ViewportType.ORTHOGRAPHIC,
      defaultOptions: { orientation: CoreEnums.OrientationAxis[name.toUpperCase() as 'AXIAL'] },
    });
    this.#viewport = this.#surface.viewport;
    this.#surface.on([CoreEnums.Events.CAMERA_MODIFIED], () => this.#moved());
    this.#surface.on([CoreEnums.Events.IMAGE_RENDERED], () => home.drawn());
    this.#surface.on([CoreEnums.Events.VOI_MODIFIED], (e) => {
      const { range } = (e as CustomEvent<{ range?: { lower: number; upper: number } }>).detail;
      if (range) home.windowed(name, range);
    });
    this.#surface.onSize(() => home.drawn());
    this.#surface.onWheel(() => ({
      zoomBy: (factor) => this.zoomBy(factor),
      scroll: (steps) => home.scrolled(name, steps),
    }));
  }

  /** Puts a volume on show; the way it is looked at stays. */
  async show(volumeId: string, slab: Slab): Promise<void> {
    const before = this.#viewport.getActors().length > 0 ? this.#viewport.getCamera() : undefined;
    const range = before && this.range();
    await this.#viewport.setVolumes([{ volumeId }]);
    if (before) this.#viewport.setCamera(before);
    if (range) this.#viewport.setProperties({ voiRange: range }, undefined, true);
    this.setSlab(slab);
  }

  render(): void {
    if (this.filled) this.#viewport.render();
  }

  get filled(): boolean {
    return this.#viewport.getActors().length > 0;
  }

  /** Looks at a plane through a point. */
  place(plane: Plane, at: Vec): void {
    if (!this.filled) return;
    const next = cameraFor(this.#camera(), plane, at);
    this.#at = at;
    this.#placing = true;
    this.#viewport.setCamera({
      viewPlaneNormal: [...next.normal],
      viewUp: [...next.up],
      focalPoint: [...next.focalPoint],
      position: [...next.position],
    });
    // Cornerstone leaves what it cuts out of the volume as it was where a camera only turns about its own middle; asked for its slab, it cuts anew.
    this.#viewport.setSlabThickness(this.#viewport.getSlabThickness());
    this.#placing = false;
    this.#viewport.render();
  }

  setSlab(slab: Slab): void {
    if (!this.filled) return;
    sampleSlab(this.#viewport, slab.mm);
    this.#viewport.setBlendMode(slab.mm > 0 ? blends[slab.blend] : CoreEnums.BlendModes.COMPOSITE);
    // Cornerstone's thickness is what lies on either side of the plane.
    this.#viewport.setSlabThickness(slab.mm > 0 ? slab.mm / 2 : 0);
    this.#viewport.render();
  }

  range(): { lower: number; upper: number } | undefined {
    return this.#viewport.getProperties()?.voiRange;
  }

  setRange(voiRange: { lower: number; upper: number }): void {
    if (!this.filled) return;
    this.#viewport.setProperties({ voiRange }, undefined, true);
    this.#viewport.render();
  }

  invert(on: boolean): void {
    if (!this.filled) return;
    this.#viewport.setProperties({ invert: on });
    this.#viewport.render();
  }

  zoomBy(factor: number): void {
    this.#viewport.setZoom(this.#viewport.getZoom() * factor);
    this.#viewport.render();
  }

  /** The whole volume in the middle again. */
  fit(): void {
    if (!this.filled) return;
    this.#placing = true;
    this.#viewport.resetCamera();
    this.#placing = false;
  }

  zoom(): number {
    return this.#viewport.getZoom();
  }

  toCanvas(p: Vec): Place {
    return this.#surface.toCanvas(p);
  }

  toWorld(p: Place): Vec {
    return this.#surface.toWorld(p);
  }

  get size(): { width: number; height: number } {
    return this.#surface.size;
  }

  destroy(): void {
    this.#surface.destroy();
  }

  #camera(): Camera {
    const c = this.#viewport.getCamera();
    return {
      focalPoint: vec(c.focalPoint ?? []),
      position: vec(c.position ?? []),
      normal: unit(vec(c.viewPlaneNormal ?? [])),
      up: unit(vec(c.viewUp ?? [])),
    };
  }

  /** The scroll tool moves the camera through the volume by itself. */
  #moved(): void {
    if (this.#placing || !this.#at || !this.filled) return;
    const { focalPoint, normal } = this.#camera();
    const away = sub(focalPoint, this.#at);
    const mm = dot(away, normal);
    if (Math.abs(mm) > 0.01) {
      this.#at = add(this.#at, scale(normal, mm));
      this.home.pushed(this.name, mm);
    }
    this.home.drawn();
  }
}

/** The window's edges of a centre and a width, and back. */
export const rangeOf = (center: number, width: number) => utilities.windowLevel.toLowHighRange(width, center);
export const windowOf = (r: { lower: number; upper: number }) => {
  const { windowCenter, windowWidth } = utilities.windowLevel.toWindowLevel(r.lower, r.upper);
  return { center: windowCenter, width: windowWidth };
};

/** Half a line on either side of a point, for projecting. */
export function segment(at: Vec, direction: Vec, mm: number): readonly [Vec, Vec] {
  return [sub(at, scale(direction, mm)), add(at, scale(direction, mm))];
}
