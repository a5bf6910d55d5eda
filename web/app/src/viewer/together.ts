/** Looking together: what the viewer tells of its active pane and what it is told. The call's side of it is the page's business. */

/** What a pane shows, in the picture's own coordinates. */
export interface PaneLook {
  readonly series: string;
  readonly instance: string;
  readonly frame: number;
  readonly window?: { readonly center: number; readonly width: number };
  /** 1: the whole picture fits. */
  readonly zoom: number;
  /** The point in the middle, in the patient's millimetres. */
  readonly focus?: readonly number[];
  readonly rotation: number;
  readonly flip: readonly [boolean, boolean];
  readonly invert: boolean;
}

/** A place in a picture, in the patient's millimetres. */
export interface Pointing {
  readonly series: string;
  readonly instance: string;
  readonly frame: number;
  readonly at: readonly number[];
}

export interface TogetherState {
  readonly leading: boolean;
  readonly following: boolean;
  readonly look: (PaneLook & { readonly study: string }) | undefined;
  readonly marks: { readonly study: string; readonly marks: readonly { id: string }[] } | undefined;
}

/** The other people, as the viewer sees them. */
export interface Together {
  subscribe: (listener: () => void) => () => void;
  snapshot: () => TogetherState;
  /** Leads with what is on show here; ignored while somebody else leads. */
  show(look: PaneLook & { study: string }): void;
  point(at: Pointing | null): void;
  mark(study: string, marks: readonly { id: string }[]): void;
  follow(on: boolean): void;
  onPointer(listener: (p: { from: string; value: Pointing | null }) => void): () => void;
}
