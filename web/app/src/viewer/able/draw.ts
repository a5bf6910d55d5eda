/**
 * Draws stacks by the processor with the curves, tables and colours that the graphics card applies. Cornerstone's own way knows straight
 * lines only, of whole values, and loses the window of a picture when another is turned to. Touches Cornerstone3D.
 */
import { StackViewport, type Types, utilities } from '@cornerstonejs/core';
import type { Curve } from '../kinds/grey.model';
import { type Range, rangeOf } from '../window.model';
import { type Display, paint } from './display.model';

/** A viewport as Cornerstone's processor knows it. */
interface Enabled {
  readonly canvas: HTMLCanvasElement;
  readonly image: Types.IImage;
  readonly renderingTools: object;
  readonly viewport: {
    voi?: { windowCenter: number; windowWidth: number };
    invert?: boolean;
    readonly scale?: number;
    readonly rotation?: number;
    readonly translation?: { readonly x: number; readonly y: number };
    readonly hflip?: boolean;
    readonly vflip?: boolean;
    readonly pixelReplication?: boolean;
  };
}

/** What is used here of Cornerstone's own stack, and made better. */
interface ProcessorStack {
  readonly _cpuFallbackEnabledElement: Enabled;
  stackInvalidated: boolean;
  voiUpdatedWithSetProperties: boolean;
  voiRange: Range | null | undefined;
  readonly VOILUTFunction?: Curve;
  readonly colormap?: { readonly name?: string };
  readonly invert: boolean;
  setInvertColorCPU(on: boolean): void;
  setVOICPU(range: Range | undefined, options?: { voiUpdatedWithSetProperties?: boolean }): void;
  _updateToDisplayImageCPU(image: Types.IImage): void;
  _getInitialVOIRange(image: Types.IImage): Range | undefined;
  _getVOIFromCache(): Range | null | undefined;
}

type Drawn = Omit<Types.IImage, 'render'> & { render?: (e: Enabled) => void; readonly invert?: boolean };

const owners = new WeakMap<Enabled, ProcessorStack>();

/** From now on; also for pictures that a card has drawn until then. */
export function drawAsCards(): void {
  const stack = StackViewport.prototype as unknown as ProcessorStack;
  const { _updateToDisplayImageCPU: shown, setVOICPU: windowed } = stack;
  stack.setVOICPU = function windowedByHand(this: ProcessorStack, range, options = {}) {
    windowed.call(this, range, options);
    if (options.voiUpdatedWithSetProperties) this.voiUpdatedWithSetProperties = true;
  };
  stack._updateToDisplayImageCPU = function shownAsByCards(this: ProcessorStack, shownNow) {
    const image = shownNow as unknown as Drawn;
    const [isFresh, before] = [this.stackInvalidated, this.voiRange];
    image.render = draw;
    shown.call(this, shownNow);
    owners.set(this._cpuFallbackEnabledElement, this);
    this.voiRange = before;
    const range = isFresh ? this._getInitialVOIRange(shownNow) : this._getVOIFromCache();
    if (range) windowed.call(this, range, {});
    // Uptake was asked for dark on light before its first picture was there.
    if (isFresh) this.setInvertColorCPU(this.invert || image.invert === true);
  };
}

function displayOf(e: Enabled): Display {
  const s = owners.get(e);
  const { windowCenter: center = 128, windowWidth: width = 256 } = e.viewport.voi ?? {};
  const curve = ((s ? s.VOILUTFunction : e.image.voiLUTFunction) as Curve | undefined) ?? 'LINEAR';
  return {
    range: s?.voiRange ?? rangeOf({ center, width }, curve),
    curve: e.image.color ? 'LINEAR' : curve,
    invert: e.viewport.invert ?? false,
    map: e.image.color ? undefined : mapOf(s?.colormap?.name),
  };
}

function mapOf(name: string | undefined): readonly number[] | undefined {
  if (!name || name === 'Grayscale') return undefined;
  return (utilities.colormap.getColormap(name) as { RGBPoints?: readonly number[] } | undefined)?.RGBPoints;
}

/** The picture in its own pixels, as it was drawn last. */
interface Kept {
  readonly image: Types.IImage;
  readonly how: Display;
  readonly canvas: HTMLCanvasElement;
}

const kept = new WeakMap<object, Kept>();

function pictureOf(e: Enabled): HTMLCanvasElement {
  const how = displayOf(e);
  const last = kept.get(e.renderingTools);
  if (last?.image === e.image && isSame(last.how, how)) return last.canvas;
  const { columns, rows, voxelManager } = e.image;
  const canvas = last?.canvas ?? document.createElement('canvas');
  if (canvas.width !== columns || canvas.height !== rows) Object.assign(canvas, { width: columns, height: rows });
  const pixels = new ImageData(columns, rows);
  paint(voxelManager?.getScalarData() ?? e.image.getPixelData(), columns * rows, how, pixels.data);
  canvas.getContext('2d')?.putImageData(pixels, 0, 0);
  kept.set(e.renderingTools, { image: e.image, how, canvas });
  return canvas;
}

function isSame(a: Display, b: Display): boolean {
  const sameRange = a.range.lower === b.range.lower && a.range.upper === b.range.upper;
  return sameRange && a.curve === b.curve && a.invert === b.invert && a.map === b.map;
}

/** As Cornerstone lays a picture: its middle moved from that of the canvas, turned, mirrored, its pixels as broad as they are. */
function draw(e: Enabled): void {
  const context = e.canvas.getContext('2d');
  if (!context) return;
  const { columns, rows, rowPixelSpacing: down, columnPixelSpacing: across } = e.image;
  const { scale = 1, rotation = 0, translation = { x: 0, y: 0 }, hflip, vflip, pixelReplication } = e.viewport;
  const [y, x] = [down || 1, across || 1];
  const least = Math.min(x, y);
  const turn = (rotation * Math.PI) / 180;
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.fillStyle = 'black';
  context.fillRect(0, 0, e.canvas.width, e.canvas.height);
  context.imageSmoothingEnabled = !pixelReplication;
  context.translate(e.canvas.width / 2, e.canvas.height / 2);
  context.rotate(turn);
  context.scale((scale * x) / least, (scale * y) / least);
  context.rotate(-turn);
  context.translate(translation.x, translation.y);
  context.rotate(turn);
  context.scale(hflip ? -1 : 1, vflip ? -1 : 1);
  context.drawImage(pictureOf(e), -columns / 2, -rows / 2);
}
