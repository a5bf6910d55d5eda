/** A volume seen as a body that is turned by hand. Touches Cornerstone3D. */
import { Enums as CoreEnums, getRenderingCapabilities, type RenderingEngine, type Types } from '@cornerstonejs/core';
import {
  addTool,
  PanTool,
  Enums as ToolEnums,
  ToolGroupManager,
  TrackballRotateTool,
  ZoomTool,
} from '@cornerstonejs/tools';
import { cameBack } from '../recovery';
import { Surface } from '../surface';
import { nextDistance, presetOf, type SolidLook } from './solid.model';

let added = false;

export class Solid {
  #look: SolidLook = 'bone';
  #distance = software() ? 3 : 1;
  #filling: Promise<void> | undefined;
  #over = false;
  #front: Types.ICamera | undefined;
  readonly #id: string;
  readonly #surface: Surface<Types.IVolumeViewport>;
  readonly #viewport: Types.IVolumeViewport;

  constructor(
    private readonly engine: RenderingEngine,
    group: string,
    private readonly element: HTMLDivElement,
    private readonly onDrawn: (ms: number) => void,
    onLost: () => void,
  ) {
    this.#id = `${group}-solid`;
    // Tools of its own: a group of the same name.
    bindHands(this.#id);
    this.#surface = new Surface<Types.IVolumeViewport>(engine, this.#id, element, {
      viewportId: this.#id,
      type: CoreEnums.ViewportType.VOLUME_3D,
      defaultOptions: { orientation: CoreEnums.OrientationAxis.CORONAL },
    });
    this.#viewport = this.#surface.viewport;
    this.#surface.onWheel(() => ({ zoomBy: (factor) => this.zoomBy(factor) }));
    // Planes fill the volume's texture again; a body beside them empties it for both.
    this.#surface.onAny(cameBack, onLost);
  }

  async show(volumeId: string): Promise<void> {
    await this.#filling;
    if (this.#over) return;
    const before = this.#viewport.getActors().length > 0 ? this.#viewport.getCamera() : undefined;
    this.#filling = this.#viewport.setVolumes([{ volumeId }]);
    await this.#filling;
    if (this.#over) return;
    if (before) this.#viewport.setCamera(before);
    else this.#front = this.#viewport.getCamera();
    this.look(this.#look);
  }

  look(name: SolidLook): void {
    this.#look = name;
    if (this.#viewport.getActors().length === 0) return;
    this.#viewport.setProperties({ preset: presetOf(name) as never, sampleDistanceMultiplier: this.#distance });
    // Neither shading nor gradients where every sample is a processor's work.
    const property = (this.#viewport.getDefaultActor()?.actor as Types.VolumeActor | undefined)?.getProperty();
    property?.setUseGradientOpacity(0, false);
    if (software()) property?.setShade(false);
    this.#viewport.render();
    this.#measured();
  }

  /** From the front again, as it opened. */
  reset(): void {
    if (!this.#front) return;
    this.#viewport.setCamera(this.#front);
    this.#viewport.render();
  }

  zoomBy(factor: number): void {
    this.#viewport.setZoom(this.#viewport.getZoom() * factor);
    this.#viewport.render();
  }

  destroy(): void {
    this.#over = true;
    this.#surface.destroy();
    ToolGroupManager.destroyToolGroup(this.#id);
  }

  /** Draws once by the clock, and keeps the distance between samples that this machine can afford. */
  #measured(): void {
    this.#once(() => {
      const began = performance.now();
      this.engine.renderViewport(this.#id);
      this.#once(() => {
        // Reading a pixel waits for the picture; without it only the asking would be timed.
        this.#viewport.getCanvas().getContext('2d')?.getImageData(0, 0, 1, 1);
        const took = performance.now() - began;
        this.onDrawn(took);
        const next = nextDistance(this.#distance, took);
        if (Math.abs(next - this.#distance) < 0.2) return;
        this.#distance = next;
        this.#viewport.setProperties({ sampleDistanceMultiplier: next });
      });
    });
  }

  #once(act: () => void): void {
    const drawn = () => !this.#over && act();
    this.element.addEventListener(CoreEnums.Events.IMAGE_RENDERED, drawn, { once: true });
  }
}

function bindHands(name: string): void {
  if (!added) addTool(TrackballRotateTool);
  added = true;
  const group = ToolGroupManager.createToolGroup(name);
  if (!group) throw new Error('tool group exists');
  for (const tool of [TrackballRotateTool, PanTool, ZoomTool]) group.addTool(tool.toolName);
  const { Primary, Secondary, Auxiliary } = ToolEnums.MouseBindings;
  group.setToolActive(TrackballRotateTool.toolName, { bindings: [{ mouseButton: Primary }] });
  group.setToolActive(PanTool.toolName, { bindings: [{ mouseButton: Auxiliary }] });
  group.setToolActive(ZoomTool.toolName, { bindings: [{ mouseButton: Secondary }, { numTouchPoints: 2 }] });
}

/** Whether the pictures are drawn without a graphics card. */
export function software(): boolean {
  return getRenderingCapabilities().softwareRasterizer;
}
