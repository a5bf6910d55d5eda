/** Which pictures are held by viewers: their metadata and their memory go when the last viewer lets go of them. */
import { cache } from '@cornerstonejs/core';
import loader from '@cornerstonejs/dicom-image-loader';
import type { DicomJson } from './dicom.model';

export class Pictures {
  readonly #holders = new Map<string, number>();

  hold(id: string, metadata: DicomJson): void {
    const holders = this.#holders.get(id) ?? 0;
    this.#holders.set(id, holders + 1);
    // The loader's type asks for its own shape of the same DICOM JSON.
    if (holders === 0) loader.wadors.metaDataManager.add(id, metadata as never);
  }

  release(id: string): void {
    const left = (this.#holders.get(id) ?? 0) - 1;
    this.#holders.set(id, Math.max(0, left));
    if (left > 0) return;
    const loading = cache.getImageLoadObject(id)?.promise;
    // A decoder that is still at work asks for the metadata when it is done.
    if (loading) void Promise.allSettled([loading]).then(() => this.#forget(id));
    else this.#forget(id);
  }

  #forget(id: string): void {
    if (this.#holders.get(id) !== 0) return; // held again, or forgotten already
    this.#holders.delete(id);
    if (cache.getImageLoadObject(id)) cache.removeImageLoadObject(id);
    loader.wadors.metaDataManager.remove(id);
  }
}
