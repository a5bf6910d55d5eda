/** How the picture of one stack viewport is presented: its window, size, place and turn. Touches Cornerstone3D, as pane.ts does. */
import { type Types, utilities } from '@cornerstonejs/core';
import type { DicomJson } from './dicom.model';
import { Look } from './kinds/look';
import type { Framing, Hung, ViewportState } from './pane.model';
import type { PaneLook } from './together';
import { valuesIn } from './tools/region-tools';
import { vec } from './vector.model';
import { type Range, rangeOf, type Window, windowIn, windowOf } from './window.model';

type Size = Pick<HTMLElement, 'clientWidth' | 'clientHeight'>;

export class Presentation {
  readonly #look: Look;

  /** `changed` is called after what Cornerstone tells of by no event of its own. */
  constructor(
    private readonly viewport: Types.IStackViewport,
    private readonly size: Size,
    private readonly changed: () => void,
  ) {
    this.#look = new Look(viewport);
  }

  /** A picture is on show, the first of its stack if `fresh`: it may have a curve of its own. */
  arrived(d: DicomJson, fresh: boolean): void {
    this.#look.arrived(d, fresh);
  }

  setWindow(center: number, width: number): void {
    this.setRange(this.#rangeOf({ center, width }));
  }

  /** The lowest and the highest value of the window; undefined before there is one. */
  get range(): { lower: number; upper: number } | undefined {
    return this.viewport.getProperties().voiRange;
  }

  setRange(voiRange: { lower: number; upper: number }): void {
    this.viewport.setProperties({ voiRange });
    this.#drawn();
  }

  /** The next map of colours. */
  colours(): void {
    this.#look.next();
    this.#drawn();
  }

  invert(): void {
    this.viewport.setProperties({ invert: !this.viewport.getProperties().invert });
    this.#drawn();
  }

  zoomBy(factor: number): void {
    this.viewport.setZoom(this.viewport.getZoom() * factor);
    this.#drawn();
  }

  rotate(): void {
    const { rotation = 0 } = this.viewport.getViewPresentation();
    this.viewport.setViewPresentation({ rotation: (rotation + 90) % 360 });
    this.viewport.render();
  }

  flip(): void {
    const { flipHorizontal } = this.viewport.getCamera();
    this.viewport.setCamera({ flipHorizontal: !flipHorizontal });
    this.viewport.render();
  }

  flipUpDown(): void {
    const { flipVertical } = this.viewport.getCamera();
    this.viewport.setCamera({ flipVertical: !flipVertical });
    this.viewport.render();
  }

  /** The window that shows what is in sight. */
  auto(): void {
    const { clientWidth: width, clientHeight: height } = this.size;
    const w = windowOf(valuesIn(this.viewport, { x: 0, y: 0, width, height }));
    if (w) this.setWindow(w.center, w.width);
  }

  reset(): void {
    this.#look.reset();
    this.viewport.resetCamera();
    this.viewport.setViewPresentation({ rotation: 0 });
    this.#drawn();
  }

  /** The next stack is not turned, moved or enlarged as this one was: Cornerstone would take that over. */
  anew(): void {
    if (!this.viewport.getImageData()) return; // nothing was shown
    this.viewport.resetCamera();
    this.viewport.setViewPresentation({ rotation: 0 });
  }

  /** Mirrors, and moves the picture to a side of its pane. */
  hang({ mirror, side, field }: Hung): void {
    this.viewport.resetCamera();
    if (mirror) this.viewport.setCamera({ flipHorizontal: true });
    const { imageData, dimensions } = this.viewport.getImageData() ?? {};
    if (field && dimensions) {
      const pixels = ([columns, rows]: readonly number[]) =>
        Math.max((columns ?? 0) / this.size.clientWidth, (rows ?? 0) / this.size.clientHeight);
      this.viewport.setZoom(pixels(dimensions) / pixels(field));
    }
    if (side && imageData && dimensions) {
      const [columns, rows] = dimensions;
      const ends = [0, columns - 1].map((i) => {
        const edge = vec(utilities.transformIndexToWorld(imageData as never, [i, rows / 2, 0]));
        return this.viewport.worldToCanvas([...edge])[0];
      });
      const [x, y] = this.viewport.getPan();
      const way = side === 'left' ? -Math.min(...ends) : this.size.clientWidth - Math.max(...ends);
      this.viewport.setPan([x + way, y]);
    }
    this.viewport.render();
  }

  /** As a page shows it; colour pictures have no window. */
  state(colour: boolean): Pick<ViewportState, 'center' | 'width' | 'zoom' | 'invert' | 'colours'> {
    const { voiRange, invert, VOILUTFunction } = this.viewport.getProperties();
    const w = voiRange && !colour ? windowIn(voiRange, VOILUTFunction) : undefined;
    return {
      center: w?.center,
      width: w?.width,
      zoom: this.viewport.getZoom(),
      invert: invert ?? false,
      colours: this.#look.colours,
    };
  }

  /** How it is turned, and what is in its middle. */
  turned(): Pick<PaneLook, 'focus' | 'rotation' | 'flip'> {
    const { rotation = 0, flipHorizontal = false, flipVertical = false } = this.viewport.getViewPresentation();
    return { focus: this.viewport.getCamera().focalPoint, rotation, flip: [flipHorizontal, flipVertical] };
  }

  /** As somebody else presents the same picture. */
  take({ window: w, zoom, focus, rotation, flip, invert }: PaneLook): void {
    // Not with the rest: there Cornerstone mirrors, and never back.
    this.viewport.setCamera({ flipHorizontal: flip[0], flipVertical: flip[1] });
    this.viewport.setViewPresentation({ rotation, zoom });
    this.viewport.setProperties({
      ...(w ? { voiRange: this.#rangeOf(w) } : {}),
      invert,
    });
    if (focus) this.#centre(focus);
    this.#drawn();
  }

  /** How the picture lies, in parts of the pane. */
  framing({ center, width, zoom }: ViewportState): Framing {
    const [x, y] = this.viewport.getPan();
    const part = (v: number, of: number) => Math.round((v / Math.max(1, of)) * 1000) / 1000;
    return {
      ...(center !== undefined && width !== undefined ? { window: { center, width } } : {}),
      zoom,
      pan: [part(x, this.size.clientWidth), part(y, this.size.clientHeight)],
    };
  }

  /** Lies as another picture does. */
  frame({ window: w, zoom, pan }: Partial<Framing>): void {
    if (w) this.viewport.setProperties({ voiRange: this.#rangeOf(w) });
    if (zoom !== undefined) this.viewport.setZoom(zoom);
    if (pan) this.viewport.setPan([pan[0] * this.size.clientWidth, pan[1] * this.size.clientHeight]);
    this.viewport.render();
  }

  /** Moves a point of the patient to the middle, within the plane of the picture. */
  #centre(focus: readonly number[]): void {
    const { focalPoint, position, viewPlaneNormal: n } = this.viewport.getCamera();
    if (!focalPoint || !position || !n) return;
    const way = focalPoint.map((v, i) => (focus[i] ?? v) - v);
    const depth = way.reduce((sum, v, i) => sum + v * (n[i] ?? 0), 0);
    const shift = (p: Types.Point3): Types.Point3 =>
      p.map((v, i) => v + (way[i] ?? 0) - depth * (n[i] ?? 0)) as Types.Point3;
    this.viewport.setCamera({ focalPoint: shift(focalPoint), position: shift(position) });
  }

  #rangeOf(w: Window): Range {
    return rangeOf(w, this.viewport.getProperties().VOILUTFunction);
  }

  #drawn(): void {
    this.viewport.render();
    this.changed();
  }
}
