/** From the values of a picture to the bytes of a display, where no graphics card does it (PS3.3 C.11.2.1). Pure. */
import type { Curve } from '../kinds/grey.model';
import type { Range } from '../window.model';

export interface Display {
  /** What is told apart: the ends that Cornerstone knows of a window. */
  readonly range: Range;
  readonly curve: Curve;
  readonly invert: boolean;
  /** Places from 0 to 1 with their red, green and blue, ascending; undefined: from black to white. */
  readonly map?: readonly number[];
}

type Rgb = readonly [number, number, number]; // 0 to 255, not rounded

/** What stands on the display for a value. */
export function shownBy(d: Display): (value: number) => Rgb {
  const part = partBy(d);
  const colour = d.map && d.map.length >= 8 ? colourBy(d.map) : (t: number): Rgb => [t * 255, t * 255, t * 255];
  if (!d.invert) return (value) => colour(part(value));
  return (value) => {
    const [r, g, b] = colour(part(value));
    return [255 - r, 255 - g, 255 - b];
  };
}

/** How far up the curve a value is, from 0 to 1. */
function partBy({ range: { lower, upper }, curve }: Display): (value: number) => number {
  if (curve === 'SIGMOID') {
    // Its range was made of a centre and a width as that of a straight line is.
    const [width, center] = [upper - lower + 1, (upper + lower + 1) / 2];
    return (value) => 1 / (1 + Math.exp((-4 * (value - center)) / width));
  }
  const width = upper - lower;
  return (value) => (value <= lower ? 0 : value >= upper ? 1 : (value - lower) / width);
}

/** The colour at a place of a map, on straight lines between its points. */
function colourBy(map: readonly number[]): (t: number) => Rgb {
  const last = map.length / 4 - 1;
  const at = (i: number, n: number) => map[4 * i + n] ?? 0;
  return (t) => {
    let [low, high] = [0, last];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (at(middle, 0) <= t) low = middle;
      else high = middle;
    }
    const wide = at(high, 0) - at(low, 0);
    const share = wide > 0 ? Math.min(1, Math.max(0, (t - at(low, 0)) / wide)) : 0;
    const one = (n: number) => 255 * (at(low, n) + (at(high, n) - at(low, n)) * share);
    return [one(1), one(2), one(3)];
  };
}

const most = 65_536; // values of which a table is made

/** Writes red, green, blue and opacity of each pixel; values are one a pixel, or three or four in colour. */
export function paint(values: ArrayLike<number>, pixels: number, d: Display, out: Uint8ClampedArray): void {
  const samples = Math.round(values.length / pixels);
  const shown = tabled(values, shownBy(d));
  for (let i = 0; i < pixels; i++) {
    const from = i * samples;
    const rgb = shown(values[from] ?? 0);
    out[4 * i] = rgb[0];
    out[4 * i + 1] = samples > 1 ? shown(values[from + 1] ?? 0)[1] : rgb[1];
    out[4 * i + 2] = samples > 1 ? shown(values[from + 2] ?? 0)[2] : rgb[2];
    out[4 * i + 3] = 255;
  }
}

/** Answers for whole values out of a table that fills as they come. */
function tabled(values: ArrayLike<number>, shown: (value: number) => Rgb): (value: number) => Rgb {
  if (values instanceof Float32Array || values instanceof Float64Array) return shown;
  const first = values instanceof Int16Array || values instanceof Int8Array ? -32_768 : 0;
  const table: (Rgb | undefined)[] = new Array(most);
  return (value) => {
    const at = value - first;
    const known = table[at];
    if (known) return known;
    const rgb = shown(value);
    if (at >= 0 && at < most) table[at] = rgb;
    return rgb;
  };
}
