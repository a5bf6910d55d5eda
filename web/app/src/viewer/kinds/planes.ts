import loader from '@cornerstonejs/dicom-image-loader';
import { isByPlane } from './planes.model';

/** Before a frame is decoded: says in the metadata of JPEG-LS by planes that it is, for the decoder leaves them as they come. */
export async function tellPlanes(xhr: XMLHttpRequest): Promise<ArrayBuffer> {
  const body = xhr.response as ArrayBuffer;
  const coded = /4\.8[01]/.test(xhr.getResponseHeader('Content-Type') ?? '') || /image\/jls/.test(headOf(body));
  const metadata =
    coded && isByPlane(new Uint8Array(body)) && loader.wadors.metaDataManager.get(`wadors:${xhr.responseURL}`);
  if (metadata) Object.assign(metadata, { '00280006': { vr: 'US', Value: [1] } });
  return body;
}

/** The headers of the first part. */
function headOf(body: ArrayBuffer): string {
  return new TextDecoder('latin1').decode(body.slice(0, 512));
}
