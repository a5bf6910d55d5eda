/** The curve and the colours of one stack viewport. Touches Cornerstone3D, as presentation.ts does. */
import { type Types, utilities } from '@cornerstonejs/core';
import { type DicomJson, tag, text } from '../dicom.model';
import { rangeOf } from '../window.model';
import { type ColourMap, colourMaps, nextMap } from './colours.model';
import { isInverse, pointsOf, type Table, voiTable } from './grey.model';

const grey = 'Grayscale'; // a map of Cornerstone's: from black to white in one line

const colourName = (map: ColourMap) => `yilian-${map}`;

/** Tells Cornerstone of our maps, once. */
export function addColourMaps(): void {
  for (const [map, points] of Object.entries(colourMaps)) {
    const Name = colourName(map as ColourMap);
    utilities.colormap.registerColormap({ Name, ColorSpace: 'RGB', RGBPoints: [...points] } as never);
  }
}

/** Much is dark: as the file wants it, or as uptake is read. */
function isDark(d: DicomJson): boolean {
  return isInverse(d) || text(d, tag.modality) === 'PT';
}

export class Look {
  #entries: Table['entries'] | undefined;
  #shown: DicomJson | undefined;
  #colours: ColourMap | undefined;

  constructor(private readonly viewport: Types.IStackViewport) {}

  /** A picture is on show, the first of its stack if `fresh`; what its VOI LUT says takes the place of a straight line. */
  arrived(d: DicomJson, fresh: boolean): void {
    this.#shown = d;
    if (fresh) this.#begin(d);
    const table = voiTable(d);
    const before = this.#entries;
    this.#entries = table?.entries;
    if (this.#colours) return;
    if (table && (fresh || table.entries !== before)) this.#paint(this.#mapOf(table));
    else if (!table && before) this.#paint(grey);
  }

  get colours(): ColourMap | undefined {
    return this.#colours;
  }

  /** The next map of colours; with one, light is what is much. */
  next(): void {
    if (!this.#shown || this.viewport.getCornerstoneImage()?.color) return;
    this.#colours = nextMap(this.#colours);
    const table = voiTable(this.#shown);
    if (this.#colours) {
      this.#paint(colourName(this.#colours));
      this.viewport.setProperties({ invert: false });
    } else {
      this.#paint(table ? this.#mapOf(table) : grey);
      this.viewport.setProperties({ invert: isDark(this.#shown) });
    }
  }

  /** A stack of its own: no colours of the one before; uptake is dark on light. */
  #begin(d: DicomJson): void {
    if (this.#colours) {
      this.#colours = undefined;
      this.#paint(grey);
    }
    if (isDark(d) && !isInverse(d)) this.viewport.setProperties({ invert: true });
  }

  /** One name a viewport: the map of the picture before is not kept. */
  #mapOf(table: Table): string {
    const name = `voi-${this.viewport.id}`;
    utilities.colormap.registerColormap({ Name: name, ColorSpace: 'RGB', RGBPoints: pointsOf(table) } as never);
    return name;
  }

  /** As the file wants it. Cornerstone's own way back knows straight lines only. */
  reset(): void {
    if (this.#colours) {
      this.#colours = undefined;
      const table = this.#shown && voiTable(this.#shown);
      this.#paint(table ? this.#mapOf(table) : grey);
    }
    const image = this.viewport.getCornerstoneImage();
    const [center, width] = [image?.windowCenter, image?.windowWidth].map((v) => (Array.isArray(v) ? v[0] : v));
    if (typeof center !== 'number' || typeof width !== 'number') return;
    const voiRange = rangeOf({ center, width }, image?.voiLUTFunction);
    this.viewport.setProperties({
      voiRange,
      invert: this.#shown !== undefined && isDark(this.#shown),
    });
    // Pictures with windows of their own have them again.
    (this.viewport as unknown as { voiUpdatedWithSetProperties: boolean }).voiUpdatedWithSetProperties = false;
  }

  /** Colours come as they are: what was dark and light in turn is turned again. */
  #paint(name: string): void {
    const { invert = false } = this.viewport.getProperties();
    if (invert) this.viewport.setProperties({ invert: false });
    this.viewport.setProperties({ colormap: { name } });
    if (invert) this.viewport.setProperties({ invert: true });
  }
}
