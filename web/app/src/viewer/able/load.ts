/**
 * Brings the pictures that the processor draws. By itself Cornerstone shows there whatever comes last, be it of the stack of before, and
 * who waits for a picture that nobody wants any more waits for ever. Touches Cornerstone3D.
 */
import { Enums, eventTarget, imageLoader, StackViewport, type Types, triggerEvent } from '@cornerstonejs/core';

const { PRE_STACK_NEW_IMAGE, STACK_NEW_IMAGE, IMAGE_LOAD_ERROR } = Enums.Events;

/** What is used here of Cornerstone's own stack. */
interface ProcessorStack {
  readonly id: string;
  readonly renderingEngineId: string;
  readonly element: HTMLDivElement;
  viewportStatus: Enums.ViewportStatus;
  getCurrentImageId(): string;
  render(): void;
  _setCSImage(image: Types.IImage): void;
  _updateToDisplayImageCPU(image: Types.IImage): void;
  _loadAndDisplayImageCPU(imageId: string, imageIdIndex: number): Promise<string>;
}

/** From now on. */
export function showWhatIsWanted(): void {
  const stack = StackViewport.prototype as unknown as ProcessorStack;
  stack._loadAndDisplayImageCPU = async function loaded(this: ProcessorStack, imageId, imageIdIndex) {
    const about = { imageId, imageIdIndex, viewportId: this.id, renderingEngineId: this.renderingEngineId };
    triggerEvent(this.element, PRE_STACK_NEW_IMAGE, about);
    const image = await fetched(imageId, imageIdIndex);
    if (this.getCurrentImageId() !== imageId) return imageId; // another is wanted by now
    this._setCSImage(image);
    this.viewportStatus = Enums.ViewportStatus.PRE_RENDER;
    triggerEvent(this.element, STACK_NEW_IMAGE, { ...about, image });
    this._updateToDisplayImageCPU(image);
    this.render();
    return imageId;
  };
}

async function fetched(imageId: string, imageIdIndex: number): Promise<Types.IImage> {
  const additionalDetails = { imageId, imageIdIndex };
  const options = { useRGBA: true, requestType: Enums.RequestType.Interaction, additionalDetails, priority: -5 };
  try {
    return await imageLoader.loadAndCacheImage(imageId, options);
  } catch (error) {
    triggerEvent(eventTarget, IMAGE_LOAD_ERROR, { ...additionalDetails, error });
    throw error;
  }
}
