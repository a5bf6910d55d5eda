/** JPEG-LS in colour comes pixel by pixel or plane by plane; which, only its own markers say (PS3.5 8.2.3, ISO 14495-1 C.2). Pure. */

const frameHeader = 0xf7; // SOF55
const scanHeader = 0xda; // SOS

/** Several components, of which the first scan has one: the planes follow one another. */
export function isByPlane(body: Uint8Array): boolean {
  let at = frameStart(body);
  let components = 0;
  while (at >= 0 && at + 4 < body.length && body[at] === 0xff) {
    const marker = body[at + 1];
    const length = ((body[at + 2] ?? 0) << 8) | (body[at + 3] ?? 0);
    if (marker === frameHeader) components = body[at + 9] ?? 0;
    if (marker === scanHeader) return components > 1 && body[at + 4] === 1;
    at += 2 + Math.max(2, length);
  }
  return false;
}

/** Where the first marker after the start of the image stands; what comes before are the headers of a multipart answer. */
function frameStart(body: Uint8Array): number {
  const end = Math.min(body.length - 3, 2048);
  for (let i = 0; i < end; i++) if (body[i] === 0xff && body[i + 1] === 0xd8 && body[i + 2] === 0xff) return i + 2;
  return -1;
}
