/** Which earlier study is hung beside the one that is read. Pure. */

interface Earlier {
  readonly study: string;
  readonly date?: string;
  readonly modality: string;
  readonly description?: string;
}

const regions = [
  /head|brain|颅|脑|头/i,
  /chest|thorax|lung|胸|肺/i,
  /abd|pelvi|liver|腹|肝|盆/i,
  /spine|椎/i,
  /breast|乳/i,
  /heart|心/i,
];

/** The newest one of the same kind and part of the body; none rather than one of another part. */
export function priorToHang<E extends Earlier>(
  modality: string,
  description: string,
  all: readonly E[],
): E | undefined {
  const kind = (m: string) => (['CR', 'DX', 'DR'].includes(m) ? 'X' : m);
  const region = regions.findIndex((r) => r.test(description));
  return [...all]
    .filter((p) => kind(p.modality) === kind(modality))
    .filter((p) => region < 0 || regions[region]?.test(p.description ?? ''))
    .sort((a, b) => (b.date ?? '').localeCompare(a.date ?? ''))[0];
}
