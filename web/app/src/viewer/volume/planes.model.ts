/** The three planes of a reconstruction, the point where they cross, and how dragging turns them. Pure. */
import { add, cross, dot, length, type Place, scale, sub, turned, unit, type Vec } from '../vector.model';

export type PlaneName = 'axial' | 'coronal' | 'sagittal';

export const planeNames: readonly PlaneName[] = ['axial', 'coronal', 'sagittal'];

export interface Plane {
  readonly normal: Vec; // towards the reader
  readonly up: Vec;
}

export interface Crossing {
  readonly at: Vec; // in all three planes
  readonly planes: Readonly<Record<PlaneName, Plane>>;
}

/** As films are hung: feet towards the reader, then from the front, then from the left. */
const upright: Readonly<Record<PlaneName, Plane>> = {
  axial: { normal: [0, 0, -1], up: [0, -1, 0] },
  coronal: { normal: [0, -1, 0], up: [0, 0, 1] },
  sagittal: { normal: [1, 0, 0], up: [0, 0, 1] },
};

export function crossingAt(at: Vec): Crossing {
  return { at, planes: upright };
}

/** To the right of the picture. */
export function rightOf(p: Plane): Vec {
  return unit(cross(p.up, p.normal));
}

/** A drag about the crossing in one plane turns the other two. Radians, counterclockwise as the reader sees it. */
export function turn(c: Crossing, inPlane: PlaneName, angle: number): Crossing {
  const axis = c.planes[inPlane].normal;
  const about = (p: Plane): Plane => ({
    normal: unit(turned(p.normal, axis, angle)),
    up: unit(turned(p.up, axis, angle)),
  });
  const planes = { ...c.planes };
  for (const name of planeNames) if (name !== inPlane) planes[name] = about(planes[name]);
  return { ...c, planes };
}

/** Turns the picture of one plane within itself. */
export function roll(c: Crossing, name: PlaneName, angle: number): Crossing {
  const p = c.planes[name];
  return { ...c, planes: { ...c.planes, [name]: { ...p, up: unit(turned(p.up, p.normal, angle)) } } };
}

/** Moves the crossing along the normal of a plane: the other two stay. In mm, positive towards the reader. */
export function advance(c: Crossing, name: PlaneName, mm: number): Crossing {
  return { ...c, at: add(c.at, scale(c.planes[name].normal, mm)) };
}

/** Moves the crossing to a place, which one plane shows: that plane stays. */
export function moveTo(c: Crossing, name: PlaneName, place: Vec): Crossing {
  const n = c.planes[name].normal;
  const way = sub(place, c.at);
  return { ...c, at: add(c.at, sub(way, scale(n, dot(way, n)))) };
}

/** Planes through a place, one of which looks along a direction: as they are, where one of them does already. */
export function crossingOn(
  now: Crossing,
  look: Plane,
  at: Vec,
): { readonly crossing: Crossing; readonly plane: PlaneName } {
  const there = nearestTo(now, look.normal);
  if (isAlong(now.planes[there].normal, look.normal)) return { crossing: { ...now, at }, plane: there };
  const plane = nearestTo(crossingAt(at), look.normal);
  const from = upright[plane];
  const normal = scale(look.normal, Math.sign(dot(from.normal, look.normal)) || 1);
  const axis = cross(from.normal, normal);
  const angle = Math.atan2(length(axis), dot(from.normal, normal));
  const turnedBy = (v: Vec) => (angle < 1e-9 ? v : unit(turned(v, unit(axis), angle)));
  const planes = { ...upright };
  for (const name of planeNames)
    planes[name] = { normal: turnedBy(upright[name].normal), up: turnedBy(upright[name].up) };
  return { crossing: { at, planes: { ...planes, [plane]: { normal, up: look.up } } }, plane };
}

function nearestTo(c: Crossing, normal: Vec): PlaneName {
  const lean = (name: PlaneName) => Math.abs(dot(c.planes[name].normal, normal));
  return planeNames.reduce((best, name) => (lean(name) > lean(best) ? name : best));
}

const parallel = 0.99999; // cosine: a quarter of a degree

function isAlong(a: Vec, b: Vec): boolean {
  return Math.abs(dot(a, b)) > parallel;
}

/** Whether what was drawn on a plane through a place lies in a slab, so far on either side, that looks along a normal at a point. */
export function isInSlab(
  drawn: { readonly normal: Vec; readonly at: Vec },
  slab: { readonly normal: Vec; readonly at: Vec; readonly half: number },
): boolean {
  return isAlong(drawn.normal, slab.normal) && Math.abs(dot(sub(drawn.at, slab.at), slab.normal)) <= slab.half;
}

/** The direction in which another plane cuts this one; undefined where they are parallel. */
export function cutDirection(here: Plane, other: Plane): Vec | undefined {
  const d = cross(here.normal, other.normal);
  return dot(d, d) > 1e-6 ? unit(d) : undefined;
}

/** Whether any plane leans against the patient's axes. */
export function isOblique(c: Crossing): boolean {
  return planeNames.some((name) => c.planes[name].normal.every((v) => Math.abs(v) < 0.99999));
}

/** How far one step of the wheel goes: the spacing of the voxels that the normal meets, in mm. */
export function strideAlong(normal: Vec, axes: readonly Vec[], spacing: Vec): number {
  const part = axes.map((a, i) => Math.abs(dot(normal, a)) * (spacing[i] ?? 0));
  return Math.max(0.1, Math.hypot(...part));
}

/** A line through two points of a pane, as long as the pane is; undefined where it does not cross it. */
export function lineAcross(
  p: Place,
  q: Place,
  width: number,
  height: number,
): { readonly from: Place; readonly to: Place } | undefined {
  const dx = q.x - p.x;
  const dy = q.y - p.y;
  const l = Math.hypot(dx, dy);
  if (l < 1e-6) return undefined;
  let near = -Infinity;
  let far = Infinity;
  for (const [at, way, end] of [
    [p.x, dx / l, width],
    [p.y, dy / l, height],
  ] as const) {
    if (Math.abs(way) < 1e-9) {
      if (at < 0 || at > end) return undefined;
      continue;
    }
    const a = -at / way;
    const b = (end - at) / way;
    near = Math.max(near, Math.min(a, b));
    far = Math.min(far, Math.max(a, b));
  }
  if (near >= far) return undefined;
  const on = (t: number): Place => ({ x: p.x + (dx / l) * t, y: p.y + (dy / l) * t });
  return { from: on(near), to: on(far) };
}

/** The angle of a drag about a point, in radians, counterclockwise as seen. */
export function angleOf(about: Place, from: Place, to: Place): number {
  const a = Math.atan2(-(from.y - about.y), from.x - about.x);
  const b = Math.atan2(-(to.y - about.y), to.x - about.x);
  const d = b - a;
  return Math.atan2(Math.sin(d), Math.cos(d));
}

/** How a slab is made one picture, and how thick it is. */
export type Blend = 'average' | 'maximum' | 'minimum';

export interface Slab {
  readonly mm: number; // 0: one plane
  readonly blend: Blend;
}

export const thin: Slab = { mm: 0, blend: 'maximum' };

export const thicknesses: readonly number[] = [0, 3, 5, 10, 20, 40];

/** The next thickness; after the last comes none. */
export function nextThickness(mm: number): number {
  return thicknesses[(thicknesses.indexOf(mm) + 1) % thicknesses.length] ?? 0;
}

export interface Camera {
  readonly focalPoint: Vec;
  readonly position: Vec;
  readonly normal: Vec;
  readonly up: Vec;
}

/** The camera of a plane through a point: a camera that looks the same way keeps its middle, a turned one keeps it beside the point. */
export function cameraFor(now: Camera, plane: Plane, at: Vec): Camera {
  const distance = Math.hypot(...sub(now.position, now.focalPoint));
  const offset = sub(now.focalPoint, at);
  const still = dot(now.normal, plane.normal) > 0.999999 && dot(now.up, plane.up) > 0.999999;
  const focalPoint = still
    ? sub(now.focalPoint, scale(plane.normal, dot(offset, plane.normal)))
    : add(
        add(at, scale(rightOf(plane), dot(offset, unit(cross(now.up, now.normal))))),
        scale(plane.up, dot(offset, now.up)),
      );
  return { focalPoint, position: add(focalPoint, scale(plane.normal, distance)), normal: plane.normal, up: plane.up };
}
