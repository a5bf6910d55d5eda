/** Why a file is offered instead of being shown. Pure. */
import { type DicomJson, tag, text } from '../dicom.model';

/** private: its maker's own format; document: one of a type that no page opens; the others by what they hold. */
export type Unshown =
  | { readonly why: 'private' | 'other'; readonly what: string }
  | { readonly why: 'document'; readonly what: string }
  | { readonly why: 'radiotherapy' | 'raw' | 'spectrum' | 'mesh' };

const storage = '1.2.840.10008.5.1.4.1.1.';

export function unshownBy(d: DicomJson): Unshown {
  const sop = text(d, tag.sopClass);
  const mime = text(d, tag.mimeType);
  if (!sop.startsWith('1.2.840.10008.')) return { why: 'private', what: sop };
  const after = sop.startsWith(storage) ? sop.slice(storage.length) : '';
  if (/^104\.[345]/.test(after)) return { why: 'mesh' };
  if (/^104\./.test(after) || mime) return { why: 'document', what: mime || sop };
  if (/^(481|246)\./.test(after)) return { why: 'radiotherapy' };
  if (/^66$/.test(after)) return { why: 'raw' };
  if (/^4\.2$/.test(after)) return { why: 'spectrum' };
  return { why: 'other', what: sop };
}

/** Transfer syntaxes that the page, or the server for it, decodes. */
const decoded = /^1\.2\.840\.10008\.1\.2(\.1(\.99)?|\.2|\.5|\.4\.(5[017]|70|8[01]|9[01]|20[123]|10[0-8]))?$/;

/** The transfer syntax by which a picture cannot be shown; undefined where it is one that is decoded: then its data are damaged. */
export function unshownSyntax(uid: string): string | undefined {
  return uid && !decoded.test(uid) ? uid : undefined;
}
