/** Who holds the values of a volume while it is looked at: the graphics card, or the page where the processor draws. Touches Cornerstone3D. */
import { cache, type Types, volumeLoader } from '@cornerstonejs/core';
import type { Voxels } from './reslice.model';
import type { VolumeShape } from './volume.model';

export interface Holder {
  /** A picture has been fetched for a volume to be made. */
  loaded(id: string, image: Types.IImage): void;
  /** Makes a volume of slices that have come; ids are those of the shape's frames. */
  make(name: string, shape: VolumeShape, ids: readonly string[]): Promise<void>;
  /** A picture came, or came again in better quality; false where a volume has none of it. */
  take(name: string, id: string): boolean;
  /** All pictures of a volume are read again. */
  refill(name: string): void;
  /** The values, for the processor to draw. */
  voxels(name: string): Voxels | undefined;
  release(name: string): void;
}

/** The part of Cornerstone's streaming volume that is used here; its own loading is not. */
interface Filled {
  invalidateVolume(immediate: boolean): void;
  readonly imageIds: string[];
  readonly voxelManager?: { invalidateCache?: () => void };
  readonly vtkOpenGLTexture: {
    setUpdatedFrame(i: number): void;
    releaseGraphicsResources(): void;
    delete(): void;
  };
}

const filled = (name: string) => cache.getVolume(name) as unknown as Filled | undefined;

/** A texture in three dimensions. */
export const onCard: Holder = {
  loaded: () => undefined,
  async make(name, _, ids) {
    const made = (await volumeLoader.createAndCacheVolume(name, { imageIds: [...ids] })) as unknown as Filled;
    made.invalidateVolume(false);
  },
  take(name, id) {
    const volume = filled(name);
    const at = volume?.imageIds.indexOf(id) ?? -1;
    if (!volume || at < 0) return false;
    volume.voxelManager?.invalidateCache?.();
    volume.vtkOpenGLTexture.setUpdatedFrame(at);
    return true;
  },
  refill(name) {
    const volume = filled(name);
    volume?.voxelManager?.invalidateCache?.();
    volume?.invalidateVolume(true);
  },
  voxels: () => undefined,
  /** Cornerstone's own clean-up would empty the pictures, too, which the stacks still show. */
  release(name) {
    const volume = filled(name);
    if (!volume) return;
    volume.vtkOpenGLTexture.releaseGraphicsResources();
    volume.vtkOpenGLTexture.delete();
    cache.removeVolumeLoadObject(name);
  },
};

interface Kept {
  readonly shape: VolumeShape;
  readonly ids: readonly string[];
  readonly slices: (ArrayLike<number> | undefined)[];
}

/** The pictures' own values, which are held here from when they come: the cache may let go of a picture, and a plane would have a hole. */
export class InMemory implements Holder {
  readonly #values = new Map<string, ArrayLike<number>>();
  readonly #kept = new Map<string, Kept>();

  loaded(id: string, image: Types.IImage): void {
    this.#values.set(id, image.voxelManager?.getScalarData() ?? image.getPixelData());
  }

  async make(name: string, shape: VolumeShape, ids: readonly string[]): Promise<void> {
    this.#kept.set(name, { shape, ids, slices: ids.map((id) => this.#newest(id)) });
  }

  take(name: string, id: string): boolean {
    const kept = this.#kept.get(name);
    const at = kept?.ids.indexOf(id) ?? -1;
    if (!kept || at < 0) return false;
    kept.slices[at] = this.#newest(id);
    return true;
  }

  refill(name: string): void {
    const kept = this.#kept.get(name);
    kept?.ids.forEach((id, i) => {
      kept.slices[i] = this.#newest(id);
    });
  }

  voxels(name: string): Voxels | undefined {
    return this.#kept.get(name);
  }

  release(name: string): void {
    this.#kept.delete(name);
  }

  /** What the cache has, which may be better than what came first, or what it has let go of. */
  #newest(id: string): ArrayLike<number> | undefined {
    const image = cache.getImage(id);
    if (image) this.loaded(id, image);
    return this.#values.get(id);
  }
}
