/** Reads studies from our DICOMweb door. */
import { steady } from '@/api/steady';
import { type DicomJson, first, tag, text } from './dicom.model';
import { withTables } from './kinds/tables';
import { mayBeVideo } from './kinds/video.model';
import { archivedAs, type Frame, orderSeries, partsOf, type Series } from './study.model';

/** The page of a link has a door of its own, which shows the one study of the link. */
export const shared = window.location.pathname.startsWith('/s/');

export const root = shared ? '/s-web' : '/dicom-web';

/** What people wrote and drew about pictures: that door keeps it back. */
const withheld = new Set(['SR', 'PR', 'KO', 'DOC']);

export class DicomWebError extends Error {
  constructor(
    readonly status: number,
    readonly url: string,
  ) {
    super(`DICOMweb ${status}`);
  }
}

async function json(url: string, signal?: AbortSignal): Promise<DicomJson[]> {
  const res = await steady(url, { headers: { Accept: 'application/dicom+json' }, credentials: 'same-origin', signal });
  if (res.status === 204) return [];
  if (!res.ok) throw new DicomWebError(res.status, url);
  return (await res.json()) as DicomJson[];
}

export function studyUrl(study: string): string {
  return `${root}/studies/${study}`;
}

export function seriesUrl(study: string, series: string): string {
  return `${studyUrl(study)}/series/${archivedAs(series)}`;
}

export function instanceUrl(study: string, series: string, instance: string): string {
  return `${seriesUrl(study, series)}/instances/${instance}`;
}

/** Its file as it is kept. What a browser asks for by itself would be packed into parts. */
export function fileUrl(study: string, series: string, instance: string): string {
  const accept = encodeURIComponent('application/dicom; transfer-syntax=*');
  return `${instanceUrl(study, series, instance)}?accept=${accept}`;
}

/** How its pixels are coded: the archive tells that in its lists alone (PS3.18 10.6.3.3.3). */
export async function transferSyntax(
  study: string,
  series: string,
  instance: string,
  signal?: AbortSignal,
): Promise<string> {
  const [listed] = await json(`${seriesUrl(study, series)}/instances?SOPInstanceUID=${instance}`, signal);
  return listed ? text(listed, tag.transferSyntax) : '';
}

/** All series of a study with the metadata of their instances; each is handed out as soon as it is there. */
export async function loadStudy(
  study: string,
  onSeries: (all: Series[]) => void,
  signal?: AbortSignal,
): Promise<Series[]> {
  const listed = await json(`${studyUrl(study)}/series`, signal);
  const found = listed.filter((s) => !shared || !withheld.has(text(s, tag.modality)));
  let all: Series[] = [];
  await Promise.all(
    found.map(async (s) => {
      const metadata = await json(`${seriesUrl(study, text(s, tag.seriesUid))}/metadata`, signal);
      const parts = partsOf(await Promise.all((await coded(metadata, signal)).map((d) => withTables(d, signal))));
      if (parts.length === 0) return;
      all = orderSeries([...all, ...parts]);
      onSeries(all);
    }),
  );
  return all;
}

/** Adds how the pixels of videos are coded: the archive tells that in its lists alone (PS3.18 10.6.3.3.3). */
async function coded(metadata: DicomJson[], signal?: AbortSignal): Promise<DicomJson[]> {
  const lead = metadata.find(mayBeVideo);
  if (!lead) return metadata;
  const listed = await json(
    `${seriesUrl(text(lead, tag.studyUid), text(lead, tag.seriesUid))}/instances`,
    signal,
  ).catch(() => []);
  const syntaxes = new Map(listed.map((i) => [text(i, tag.sopInstance), i[tag.transferSyntax]]));
  return metadata.map((d) => ({ ...d, [tag.transferSyntax]: syntaxes.get(text(d, tag.sopInstance)) }));
}

export function frameUrl(study: string, series: string, frame: Pick<Frame, 'instanceUid' | 'frame'>): string {
  return `${instanceUrl(study, series, frame.instanceUid)}/frames/${frame.frame}`;
}

/** The pixels of a frame without any packing, of those that the server can unpack. */
export async function plainFrame(
  study: string,
  series: string,
  frame: Pick<Frame, 'instanceUid' | 'frame'>,
  signal?: AbortSignal,
): Promise<ArrayBuffer> {
  const url = frameUrl(study, series, frame);
  const headers = { Accept: 'application/octet-stream; transfer-syntax=1.2.840.10008.1.2.1' };
  const res = await steady(url, { headers, credentials: 'same-origin', signal });
  if (!res.ok) throw new DicomWebError(res.status, url);
  return res.arrayBuffer();
}

/** Bulk data of an attribute: inline, or fetched from its URI. Answers undefined when the attribute carries none. */
export async function bulk(d: DicomJson, attribute: string, signal?: AbortSignal): Promise<ArrayBuffer | undefined> {
  const a = d[attribute];
  if (a?.InlineBinary !== undefined) return base64(a.InlineBinary);
  if (!a?.BulkDataURI) {
    const v = first(d, attribute);
    return typeof v === 'string' ? base64(v) : undefined;
  }
  const res = await steady(a.BulkDataURI, {
    headers: { Accept: 'multipart/related; type="application/octet-stream"' },
    credentials: 'same-origin',
    signal,
  });
  if (!res.ok) throw new DicomWebError(res.status, a.BulkDataURI);
  return firstPart(await res.arrayBuffer(), res.headers.get('Content-Type') ?? '');
}

function base64(s: string): ArrayBuffer {
  return Uint8Array.from(atob(s), (c) => c.charCodeAt(0)).buffer;
}

/** The body of the first part of a multipart answer (RFC 2046 5.1.1), or the whole of any other. */
export function firstPart(body: ArrayBuffer, contentType: string): ArrayBuffer {
  return partOf(body, contentType).content;
}

/** The first part with its type: there the transfer syntax stands (PS3.18 8.7.3.5). */
export function partOf(body: ArrayBuffer, contentType: string): { content: ArrayBuffer; type: string } {
  const whole = { content: body, type: contentType };
  const boundary = /boundary="?([^";]+)"?/i.exec(contentType)?.[1];
  if (!/^multipart\//i.test(contentType) || !boundary) return whole;
  const bytes = new Uint8Array(body);
  const start = indexOf(bytes, new TextEncoder().encode('\r\n\r\n'), 0);
  if (start < 0) return whole;
  const end = indexOf(bytes, new TextEncoder().encode(`\r\n--${boundary}`), start + 4);
  const headers = new TextDecoder('latin1').decode(bytes.subarray(0, start));
  const type = /^content-type:\s*(.+)$/im.exec(headers)?.[1] ?? contentType;
  return { content: body.slice(start + 4, end < 0 ? undefined : end), type };
}

function indexOf(hay: Uint8Array, needle: Uint8Array, from: number): number {
  for (let i = hay.indexOf(needle[0] ?? 0, from); i >= 0; i = hay.indexOf(needle[0] ?? 0, i + 1)) {
    let k = 1;
    while (k < needle.length && hay[i + k] === needle[k]) k++;
    if (k === needle.length) return i;
  }
  return -1;
}
