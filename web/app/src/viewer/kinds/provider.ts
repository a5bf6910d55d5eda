/** What Cornerstone is told of a picture where its own reading of the metadata falls short. Touches Cornerstone3D. */
import { metaData, type Types } from '@cornerstonejs/core';
import loader from '@cornerstonejs/dicom-image-loader';
import { type DicomJson, num, numbers, tag } from '../dicom.model';
import { fileScale } from '../tools/scale.model';
import { curveOf, isInverse, voiTable, windowOfTable } from './grey.model';
import { addColourMaps } from './look';
import { suvOf } from './suv.model';

const { wadors } = loader;
const before = 20_000; // the loader's own

export function tellPictures(): void {
  addColourMaps();
  metaData.addProvider(provide, before);
}

function provide(type: string, id: string): unknown {
  const tell = asked[type];
  const d = tell && (wadors.metaDataManager.get(id) as unknown as DicomJson | undefined);
  return d ? tell?.(d, id) : undefined;
}

const own = (type: string, id: string) => wadors.metaData.metaDataProvider(type, id) as object | undefined;

const asked: Record<string, ((d: DicomJson, id: string) => unknown) | undefined> = {
  voiLutModule: (d) => windowModule(d),

  /** By what the values of a PET picture are multiplied to be uptake. */
  scalingModule: (d) => {
    const suv = suvOf(d);
    return suv && suv.flaw === undefined ? { suvbw: suv.factor } : undefined;
  },

  /** Light and dark change places where the presentation LUT says so, too. */
  imagePixelModule: (d, id) => {
    const module = own('imagePixelModule', id) as { photometricInterpretation?: string } | undefined;
    const turned = module?.photometricInterpretation === 'MONOCHROME2' && isInverse(d);
    return turned ? { ...module, photometricInterpretation: 'MONOCHROME1' } : undefined;
  },

  /** Pixels that are not square stay so without a Pixel Spacing. */
  imagePlaneModule: (d, id) => {
    const { x, y } = fileScale(d);
    if (x === y || numbers(d, tag.pixelSpacing).length === 2) return undefined;
    return { ...own('imagePlaneModule', id), columnPixelSpacing: 1, rowPixelSpacing: y / x, pixelSpacing: [y / x, 1] };
  },
};

const narrowest = 1.001; // a window of one is a step (PS3.3 C.11.2.1.2.1); without any width there is no range

/** The window, its curve as a list, as the loader takes it. */
function windowModule(d: DicomJson): Pick<Types.IImage, 'windowCenter' | 'windowWidth'> & { voiLUTFunction: string[] } {
  const table = voiTable(d);
  const whole = table && windowOfTable(table);
  const [bits = 0, width] = [num(d, '00280100'), num(d, tag.windowWidth)];
  const voiLUTFunction = [suvOf(d) ? 'LINEAR_EXACT' : table ? 'LINEAR' : curveOf(d)];
  if (whole) return { windowCenter: [whole.center], windowWidth: [whole.width], voiLUTFunction };
  if (width === undefined) {
    // Eight bits are shown as they are: a loop would flicker if each of its pictures had a window of its own.
    const plain = bits === 8 && num(d, '00281053') === undefined && !d['00283000'];
    return { ...(plain ? { windowCenter: [128], windowWidth: [256] } : {}), voiLUTFunction } as never;
  }
  return {
    windowCenter: numbers(d, tag.windowCenter),
    windowWidth: numbers(d, tag.windowWidth).map((w) => Math.max(voiLUTFunction[0] === 'LINEAR' ? narrowest : 1e-6, w)),
    voiLUTFunction,
  };
}
