/** What a page knows of one viewport. Pure. */
import type { Failure } from './failure.model';
import type { ColourMap } from './kinds/colours.model';
import type { Window } from './window.model';

/** What a page shows around one viewport. */
export interface ViewportState {
  readonly index: number; // of the picture that is wanted; while loading, an older one may still be on show
  readonly count: number;
  readonly center?: number;
  readonly width?: number;
  readonly zoom: number;
  readonly invert: boolean;
  /** The map of colours; undefined: grey. */
  readonly colours?: ColourMap;
  readonly loading: boolean;
  readonly preview: boolean; // what is on show is coarser than the picture
  /** At the edges, as the picture is turned now; undefined where the device wrote no orientation. */
  readonly edges?: { readonly left: string; readonly right: string; readonly top: string; readonly bottom: string };
  /** Undefined where the size of a pixel is not known. */
  readonly mmPerPixel?: number;
  readonly failure?: Failure;
  /** Frames a second of the cine that plays. */
  readonly rate?: number;
}

export const idle: ViewportState = { index: 0, count: 0, zoom: 1, invert: false, loading: false, preview: false };

/** How a picture lies in its pane, for others to lie the same. */
export interface Framing {
  readonly window?: Window;
  readonly zoom: number;
  readonly pan: readonly [number, number]; // in parts of the pane
}

/** How a picture is hung, beyond its place in the layout. */
export interface Hung {
  readonly index?: number;
  readonly mirror?: boolean;
  readonly side?: 'left' | 'right';
  /** What its pane would hold of it if it held the largest of its group: columns and rows of its own pixels. So all have one scale. */
  readonly field?: readonly [number, number];
}
