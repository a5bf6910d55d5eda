/** Text of a DICOM header in the character sets that discs have (PS3.3 C.12.1.1.2). Pure. */

/** Defined terms and the encodings of the web platform that contain them; what is not listed is Latin 1, which loses nothing. */
const encodings: Record<string, string> = {
  'ISO_IR 192': 'utf-8',
  GB18030: 'gb18030',
  GBK: 'gb18030',
  'ISO 2022 IR 58': 'gb18030',
  'ISO_IR 13': 'shift_jis',
  'ISO 2022 IR 13': 'shift_jis',
  'ISO 2022 IR 87': 'iso-2022-jp',
  'ISO 2022 IR 149': 'euc-kr',
  'ISO_IR 101': 'iso-8859-2',
  'ISO_IR 109': 'iso-8859-3',
  'ISO_IR 110': 'iso-8859-4',
  'ISO_IR 144': 'iso-8859-5',
  'ISO_IR 127': 'iso-8859-6',
  'ISO_IR 126': 'iso-8859-7',
  'ISO_IR 138': 'iso-8859-8',
  'ISO_IR 148': 'iso-8859-9',
  'ISO_IR 166': 'windows-874',
};

/**
 * Decodes text under the value of Specific Character Set (0008,0005). Without one, bytes that are valid UTF-8 are taken for it and
 * others for GB18030: that is what devices here write when they do not say.
 */
export function decodeText(bytes: Uint8Array, declared: string): string {
  const terms = declared.split('\\').map((term) => term.trim());
  const name = terms.map((term) => encodings[term]).findLast(Boolean);
  if (bytes.every((b) => b < 0x80 && b !== 0x1b)) return new TextDecoder('utf-8').decode(bytes);
  if (name === 'iso-2022-jp') return new TextDecoder(name).decode(bytes);
  // The escape that announces a set; the bytes behind it are those of the encoding (PS3.5 6.1.2.5).
  const plain = withoutEscapes(bytes);
  if (name) return new TextDecoder(name).decode(plain);
  if (terms.some(Boolean)) return new TextDecoder('windows-1252').decode(plain);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(plain);
  } catch {
    return new TextDecoder('gb18030').decode(plain);
  }
}

function withoutEscapes(bytes: Uint8Array): Uint8Array {
  if (!bytes.includes(0x1b)) return bytes;
  const out: number[] = [];
  for (let i = 0; i < bytes.length; i++) {
    const b = bytes[i] as number;
    if (b !== 0x1b) {
      out.push(b);
      continue;
    }
    // ESC, intermediate bytes (20–2F), one final byte (ECMA-35 13.2).
    i++;
    while (i < bytes.length && ((bytes[i] as number) === 0x24 || ((bytes[i] as number) & 0xf0) === 0x20)) i++;
  }
  return Uint8Array.from(out);
}

/** A name as the patient writes it: ideographic where there is one (PS3.5 6.2.1.1), its parts joined as the script wants it. */
export function displayName(value: string): string {
  const [alphabetic = '', ideographic = ''] = value.split('=');
  const name = ideographic.replaceAll('^', '').trim() === '' ? alphabetic : ideographic;
  const parts = name
    .split('^')
    .map((part) => part.trim())
    .filter(Boolean);
  return parts.join(/\p{Script=Han}/u.test(name) ? '' : ' ');
}
