/** The looks of a volume seen as a body, and how finely it is drawn. Pure. */

export type SolidLook = 'bone' | 'vessels' | 'soft' | 'lung';

export const solidLooks: readonly SolidLook[] = ['bone', 'vessels', 'soft', 'lung'];

/** Opacity and colour by HU, in the form that Cornerstone reads: count, then value and figures in turn. */
export interface Preset {
  readonly name: string;
  readonly gradientOpacity: string;
  readonly specularPower: string;
  readonly scalarOpacity: string;
  readonly specular: string;
  readonly shade: string;
  readonly ambient: string;
  readonly colorTransfer: string;
  readonly diffuse: string;
  readonly interpolation: string;
}

interface Stop {
  readonly hu: number;
  readonly opacity: number;
  readonly rgb: readonly [number, number, number];
}

const stops: Readonly<Record<SolidLook, readonly Stop[]>> = {
  bone: [
    { hu: -1024, opacity: 0, rgb: [0, 0, 0] },
    { hu: 150, opacity: 0, rgb: [0.55, 0.28, 0.2] },
    { hu: 300, opacity: 0.35, rgb: [0.85, 0.7, 0.52] },
    { hu: 600, opacity: 0.8, rgb: [0.96, 0.91, 0.8] },
    { hu: 3071, opacity: 0.95, rgb: [1, 1, 1] },
  ],
  vessels: [
    { hu: -1024, opacity: 0, rgb: [0, 0, 0] },
    { hu: 130, opacity: 0, rgb: [0.5, 0.05, 0.05] },
    { hu: 180, opacity: 0.25, rgb: [0.75, 0.15, 0.1] },
    { hu: 320, opacity: 0.7, rgb: [0.95, 0.45, 0.3] },
    { hu: 700, opacity: 0.75, rgb: [0.98, 0.92, 0.82] },
    { hu: 3071, opacity: 0.85, rgb: [1, 1, 1] },
  ],
  soft: [
    { hu: -1024, opacity: 0, rgb: [0, 0, 0] },
    { hu: -250, opacity: 0, rgb: [0.6, 0.4, 0.3] },
    { hu: -120, opacity: 0.18, rgb: [0.85, 0.68, 0.55] },
    { hu: 40, opacity: 0.4, rgb: [0.82, 0.45, 0.38] },
    { hu: 300, opacity: 0.8, rgb: [0.95, 0.9, 0.8] },
    { hu: 3071, opacity: 0.9, rgb: [1, 1, 1] },
  ],
  lung: [
    { hu: -1024, opacity: 0, rgb: [0, 0, 0] },
    { hu: -960, opacity: 0, rgb: [0.25, 0.3, 0.4] },
    { hu: -850, opacity: 0.04, rgb: [0.45, 0.6, 0.75] },
    { hu: -700, opacity: 0.12, rgb: [0.85, 0.75, 0.65] },
    { hu: -500, opacity: 0.02, rgb: [0.9, 0.7, 0.6] },
    { hu: -300, opacity: 0, rgb: [0.9, 0.7, 0.6] },
    { hu: 3071, opacity: 0, rgb: [1, 1, 1] },
  ],
};

export function presetOf(look: SolidLook): Preset {
  const all = stops[look];
  const opacity = all.flatMap((s) => [s.hu, s.opacity]);
  const colour = all.flatMap((s) => [s.hu, ...s.rgb]);
  return {
    name: `yilian-${look}`,
    scalarOpacity: [opacity.length, ...opacity].join(' '),
    colorTransfer: [colour.length, ...colour].join(' '),
    gradientOpacity: '4 0 1 255 1',
    shade: look === 'lung' ? '0' : '1',
    ambient: '0.25',
    diffuse: '0.8',
    specular: '0.15',
    specularPower: '12',
    interpolation: '1',
  };
}

const slow = 250; // ms for one picture
const quick = 60;
const finest = 1;
const coarsest = 6;

/** The next distance between samples, in steps of the usual one: coarser where a picture took long, finer where it did not. */
export function nextDistance(now: number, tookMs: number): number {
  if (tookMs > slow) return Math.min(coarsest, now * Math.min(2, tookMs / slow));
  if (tookMs < quick) return Math.max(finest, now / 1.5);
  return now;
}
