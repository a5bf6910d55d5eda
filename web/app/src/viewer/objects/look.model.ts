/** How a picture is shown: out of a presentation state for a pane, and out of a pane to be kept with a measurement. Pure. */
import { type DicomJson, num, numbers, tag } from '../dicom.model';
import type { PaneLook } from '../together';
import { type Pixel, type Placement, pixelAt } from './drawing.model';
import type { Shown } from './presentation.model';
import { planeOfPicture } from './segmentation.model';

/** As it is kept beside a mark; the server writes it as a presentation state. */
export interface KeptLook {
  readonly window?: { readonly center: number; readonly width: number };
  /** Left, top, right, bottom in pixels, 0 being the outer edge of the first. */
  readonly area?: readonly [number, number, number, number];
  readonly turn: number; // clockwise: 0, 90, 180, 270
  readonly flip: boolean;
  readonly invert: boolean;
}

interface Size {
  readonly width: number;
  readonly height: number;
}

/** What of a picture is seen on an element, in whole pixels; undefined where nothing of it is. */
export function areaOn(m: Placement, element: Size, picture: Size): KeptLook['area'] {
  const corners: Pixel[] = [
    [0, 0],
    [element.width, 0],
    [0, element.height],
    [element.width, element.height],
  ];
  const at = corners.map((c) => pixelAt(m, c)).filter((p) => p !== undefined);
  if (at.length < 4) return undefined;
  const xs = at.map((p) => p[0]);
  const ys = at.map((p) => p[1]);
  const within = (v: number, most: number) => Math.round(Math.min(most, Math.max(0, v)));
  const area = [
    within(Math.min(...xs), picture.width),
    within(Math.min(...ys), picture.height),
    within(Math.max(...xs), picture.width),
    within(Math.max(...ys), picture.height),
  ] as const;
  return area[2] > area[0] && area[3] > area[1] ? area : undefined;
}

/** The look of a pane as it is kept: quarter turns, and one flip (two flips are a half turn). */
export function keptLook(look: PaneLook, m: Placement | undefined, element: Size, picture: Size): KeptLook {
  const [horizontal, vertical] = look.flip;
  const turn = (Math.round(look.rotation / 90) * 90 + (vertical ? 180 : 0) + 720) % 360;
  return {
    window: look.window && { center: round(look.window.center), width: round(look.window.width) },
    area: m && areaOn(m, element, picture),
    turn,
    flip: horizontal !== vertical,
    invert: look.invert,
  };
}

function round(v: number): number {
  return Math.round(v * 100) / 100;
}

/** What a pane has to show for a presentation state. */
export function paneLook(s: Shown, series: string, d: DicomJson, element: Size): PaneLook {
  const picture = { width: num(d, tag.columns) ?? 1, height: num(d, tag.rows) ?? 1 };
  const [left, top, right, bottom] = s.area ?? [0, 0, picture.width, picture.height];
  const turned = s.rotation % 180 !== 0;
  const [dy = 1, dx = 1] = numbers(d, tag.pixelSpacing);
  const scaleFor = (w: number, h: number) => {
    const [across, down] = turned ? [h * dy, w * dx] : [w * dx, h * dy];
    return Math.min(element.width / across, element.height / down);
  };
  const plane = planeOfPicture(d) ?? { origin: [0, 0, 0], right: [dx, 0, 0], down: [0, dy, 0] };
  const [x, y] = [(left + right) / 2 - 0.5, (top + bottom) / 2 - 0.5];
  return {
    series,
    instance: s.picture.instance,
    frame: s.picture.frame,
    ...(s.window ? { window: s.window } : {}),
    zoom: scaleFor(right - left, bottom - top) / scaleFor(picture.width, picture.height),
    focus: [0, 1, 2].map((i) => (plane.origin[i] ?? 0) + x * (plane.right[i] ?? 0) + y * (plane.down[i] ?? 0)) as [
      number,
      number,
      number,
    ],
    rotation: s.rotation,
    flip: [s.flip, false],
    invert: s.invert,
  };
}
