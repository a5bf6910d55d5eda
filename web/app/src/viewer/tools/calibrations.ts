/** Asks for the length of a calibration line when it has been drawn. Touches Cornerstone3D, as engine.ts does. */
import { eventTarget } from '@cornerstonejs/core';
import { annotation, Enums, type Types as ToolTypes } from '@cornerstonejs/tools';
import type { AnnotationLike } from '../measurements.model';
import type { Words } from '../tools';
import { metadataOf } from './reading';
import { mayCalibrate } from './scale.model';

const completed = Enums.Events.ANNOTATION_COMPLETED;

export class Calibrations {
  constructor(
    /** Undefined while nobody looks: a viewer that only fetches hears of what is drawn in others. */
    private readonly words: () => Words | undefined,
    private readonly changed: () => void,
  ) {
    eventTarget.addEventListener(completed, this.#drawn as EventListener);
  }

  stop(): void {
    eventTarget.removeEventListener(completed, this.#drawn as EventListener);
  }

  readonly #drawn = (e: CustomEvent<{ annotation?: ToolTypes.Annotation }>) => {
    const line = e.detail.annotation;
    if (line?.metadata?.toolName === 'Calibration') void this.#ask(line);
  };

  async #ask(line: ToolTypes.Annotation): Promise<void> {
    const words = this.words();
    if (!words) return;
    const id = line.annotationUID ?? '';
    const d = metadataOf(line.metadata?.referencedImageId ?? '');
    if (!d || !mayCalibrate(d)) {
      annotation.state.removeAnnotation(id);
      words.refuseCalibration();
      return this.changed();
    }
    const known = Number.parseFloat(await words.ask('length', ''));
    if (known > 0) (line as AnnotationLike).data.known = known;
    else annotation.state.removeAnnotation(id);
    this.changed();
  }
}
