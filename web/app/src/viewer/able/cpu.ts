/** Makes stacks that the processor draws lie by the same numbers as those of the graphics card. Touches Cornerstone3D. */
import { StackViewport } from '@cornerstonejs/core';
import { drawAsCards } from './draw';
import { showWhatIsWanted } from './load';

type Pair = [number, number];

/** What is used here of Cornerstone's own way of drawing by the processor. */
interface ProcessorStack {
  readonly _cpuFallbackEnabledElement: {
    readonly canvas: HTMLCanvasElement;
    readonly image?: {
      readonly rows: number;
      readonly columns: number;
      readonly rowPixelSpacing?: number;
      readonly columnPixelSpacing?: number;
    };
    readonly viewport: {
      scale?: number;
      rotation?: number;
      hflip?: boolean;
      vflip?: boolean;
      translation?: { x: number; y: number };
    };
  };
  readonly element: HTMLElement;
  resizeForRenderingEngine(): void;
  setCameraCPU(camera: { scale?: number }): void;
  getZoomCPU(): number;
  setZoomCPU(zoom: number): void;
  getPanCPU(): Pair;
  setPanCPU(pan: Pair): void;
  setFlipCPU(flips: { flipHorizontal?: boolean; flipVertical?: boolean }): void;
  resetCameraCPU(what: object): void;
}

/** Pixels of the canvas for one of the picture when it fits. */
function fitOf({ _cpuFallbackEnabledElement: e }: ProcessorStack): number {
  if (!e.image || e.canvas.width === 0 || e.canvas.height === 0) return 1;
  const { rows, columns, rowPixelSpacing: down, columnPixelSpacing: across } = e.image;
  const [y, x] = [down || 1, across || 1];
  const least = Math.min(x, y);
  return Math.min(e.canvas.width / ((columns * x) / least), e.canvas.height / ((rows * y) / least));
}

/**
 * By itself it counts its zoom in pixels of the picture and takes a way across the screen for a place of the patient: a page
 * would tell another zoom than the one beside it, and pictures that are kept together would lie apart.
 */
export function evenOut(): void {
  showWhatIsWanted();
  drawAsCards();
  const stack = StackViewport.prototype as unknown as ProcessorStack;
  const scaleOf = (s: ProcessorStack) => s._cpuFallbackEnabledElement.viewport.scale ?? fitOf(s);
  stack.getZoomCPU = function zoom(this: ProcessorStack) {
    return scaleOf(this) / fitOf(this);
  };
  stack.setZoomCPU = function zoomTo(this: ProcessorStack, zoom) {
    this.setCameraCPU({ scale: zoom * fitOf(this) });
  };
  stack.getPanCPU = function pan(this: ProcessorStack) {
    const { x = 0, y = 0 } = this._cpuFallbackEnabledElement.viewport.translation ?? {};
    const step = scaleOf(this) / window.devicePixelRatio;
    return [x * step, y * step];
  };
  stack.setPanCPU = function panTo(this: ProcessorStack, [x, y]) {
    const { translation } = this._cpuFallbackEnabledElement.viewport;
    const step = scaleOf(this) / window.devicePixelRatio;
    if (translation) Object.assign(translation, { x: x / step, y: y / step });
    this.setCameraCPU({});
  };
  // A picture that lies turned is mirrored as it lies on the screen, not as it lay before.
  const { setFlipCPU: flipped, resetCameraCPU: fitted } = stack;
  stack.setFlipCPU = function flippedAsSeen(this: ProcessorStack, flips) {
    const { viewport } = this._cpuFallbackEnabledElement;
    const isMirrored = () => Boolean(viewport.hflip) !== Boolean(viewport.vflip);
    const before = isMirrored();
    flipped.call(this, flips);
    if (isMirrored() !== before) viewport.rotation = (360 - (viewport.rotation ?? 0)) % 360;
  };
  stack.resetCameraCPU = function fittedUpright(this: ProcessorStack, what) {
    this.setFlipCPU({ flipHorizontal: false, flipVertical: false });
    this._cpuFallbackEnabledElement.viewport.rotation = 0;
    fitted.call(this, what);
  };
  // The zoom and what is in the middle are kept, and a dense screen stays one; Cornerstone's own way loses a little of each.
  stack.resizeForRenderingEngine = function resized(this: ProcessorStack) {
    const { canvas, image } = this._cpuFallbackEnabledElement;
    const { clientWidth, clientHeight } = this.element;
    if (clientWidth === 0 || clientHeight === 0) return;
    const zoom = image ? this.getZoomCPU() : undefined;
    const by = window.devicePixelRatio || 1;
    Object.assign(canvas, { width: Math.round(clientWidth * by), height: Math.round(clientHeight * by) });
    if (zoom !== undefined) this.setZoomCPU(zoom);
  };
}
