import type { Header } from './import-header.model';

/** What was found among dropped files: patients, studies and series, and what a DICOMDIR says beside it. Pure. */

/** An instance that could be sent; its number is its place among all files that were dropped. */
export interface Found {
  number: number;
  path: string;
  size: number;
  header: Header;
}

export interface SeriesFound {
  key: string;
  uid: string;
  modality: string;
  number: string;
  description: string;
  files: Found[];
  /** Paths that the disc's directory names and that are not there. */
  missing: string[];
}

export interface StudyFound {
  uid: string;
  date: string;
  description: string;
  accession: string;
  institution: string;
  series: SeriesFound[];
}

export interface Identity {
  name: string;
  number: string;
  birthDate: string;
  sex: string;
}

export interface PatientFound extends Identity {
  key: string;
  studies: StudyFound[];
}

/** Sorts instances into patients, studies and series. `twice` are further copies of one that is there already. */
export function arrange(files: Found[]): { patients: PatientFound[]; twice: Found[] } {
  const patients = new Map<string, PatientFound>();
  const series = new Map<string, SeriesFound>();
  const known = new Map<string, Set<string>>();
  const twice: Found[] = [];
  for (const file of files) {
    const { header } = file;
    // An identifier that two patients have is no copy: the archive decides.
    const copies = known.get(header.instance) ?? new Set();
    const copy = `${file.size} ${patientKey(header)}`;
    if (copies.has(copy)) {
      twice.push(file);
      continue;
    }
    known.set(header.instance, copies.add(copy));
    const patient = within(patients, patientKey(header), () => ({
      key: patientKey(header),
      name: header.patientName,
      number: header.patientId,
      birthDate: header.birthDate,
      sex: header.sex,
      studies: [],
    }));
    seriesOf(patient, file, series).files.push(file);
  }
  return { patients: [...patients.values()], twice };
}

const patientKey = (h: Header) => JSON.stringify([h.patientId, h.patientName, h.birthDate]);

function within<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const have = map.get(key);
  if (have) return have;
  const made = make();
  map.set(key, made);
  return made;
}

function seriesOf(patient: PatientFound, { header }: Found, all: Map<string, SeriesFound>): SeriesFound {
  let study = patient.studies.find((one) => one.uid === header.study);
  if (!study) {
    study = {
      uid: header.study,
      date: header.studyDate,
      description: header.studyDescription,
      accession: header.accession,
      institution: header.institution,
      series: [],
    };
    patient.studies.push(study);
  }
  const { series } = study;
  const key = JSON.stringify([patient.key, header.study, header.series]);
  return within(all, key, () => {
    const made: SeriesFound = {
      key,
      uid: header.series,
      modality: header.modality,
      number: header.seriesNumber,
      description: header.seriesDescription,
      files: [],
      missing: [],
    };
    series.push(made);
    return made;
  });
}

/** What a DICOMDIR lists, with the folder that it stands in ('' or ending with "/"). */
export interface Listing {
  folder: string;
  files: { path: string; study: string; series: string }[];
}

/**
 * File names of a disc as the systems of this world show them: in small letters, with the version or the dot of ISO 9660
 * (ECMA-119 7.5.1), or as they are.
 */
const comparable = (path: string) => path.replace(/;1$/, '').replace(/\.$/, '').toUpperCase();

/**
 * Compares directories with the files: notes in each series what is missing; answers how many files are missing in series of which
 * nothing is there, and how many instances no directory names.
 */
export function compare(
  patients: PatientFound[],
  listings: Listing[],
  paths: string[],
): { missing: string[]; extra: number } {
  const there = new Set(paths.map(comparable));
  const named = new Set<string>();
  const missing: string[] = [];
  const series = new Map(
    patients.flatMap((p) => p.studies.flatMap((st) => st.series.map((se) => [`${st.uid} ${se.uid}`, se] as const))),
  );
  for (const { folder, files } of listings) {
    for (const file of files) {
      const path = comparable(folder + file.path);
      named.add(path);
      if (there.has(path)) continue;
      const of = series.get(`${file.study} ${file.series}`);
      if (of) of.missing.push(folder + file.path);
      else missing.push(folder + file.path);
    }
  }
  if (listings.length === 0) return { missing, extra: 0 };
  const instances = [...series.values()].flatMap((se) => se.files);
  return { missing, extra: instances.filter((file) => !named.has(comparable(file.path))).length };
}

/** The files of the chosen series that are not here yet, in the order of the disc. */
export function toSend(patients: PatientFound[], chosen: ReadonlySet<string>, here: ReadonlySet<number>): Found[] {
  return allSeries(patients)
    .filter((series) => chosen.has(series.key))
    .flatMap((series) => series.files)
    .filter((file) => !here.has(file.number))
    .sort((a, b) => a.number - b.number);
}

export const allSeries = (patients: PatientFound[]): SeriesFound[] =>
  patients.flatMap((patient) => patient.studies.flatMap((study) => study.series));

export const filesOf = (studies: StudyFound[]): Found[] => studies.flatMap((st) => st.series.flatMap((se) => se.files));

/** Bytes of the data set, as the archive counts them. */
export const dataSize = (file: Found) => file.size - file.header.start;

/** How a patient of the files relates to one of ours. */
export type Fit =
  | { kind: 'same' | 'likely' | 'differs' | 'namesake'; patient: Ours; differs: Field[] }
  | { kind: 'new' };

export type Field = 'name' | 'sex' | 'birthDate' | 'number';

export interface Ours {
  id: string;
  name: string;
  latin?: string;
  number?: string;
  sex?: string;
  birthDate?: string;
}

/**
 * The patient of ours who is meant, or who could be mistaken: by number first, then by name with the day of birth, then by name. A
 * number that belongs to somebody else is the case that must not go through by a slip.
 */
export function fitOf(identity: Identity, ours: Ours[]): Fit {
  const rated = ours.map((patient) => ({ patient, differs: differences(identity, patient) }));
  const byNumber = identity.number !== '' && rated.find(({ differs }) => !differs.includes('number'));
  if (byNumber) return { kind: byNumber.differs.length === 0 ? 'same' : 'differs', ...byNumber };
  const named = rated.filter(({ differs }) => !differs.includes('name'));
  const born = named.find(
    ({ patient, differs }) => identity.birthDate !== '' && patient.birthDate && !differs.some((f) => f !== 'number'),
  );
  if (born) return { kind: 'likely', ...born };
  const [namesake] = named;
  return namesake ? { kind: 'namesake', ...namesake } : { kind: 'new' };
}

function differences(identity: Identity, ours: Ours): Field[] {
  const out: Field[] = [];
  if (!sameName(identity.name, ours)) out.push('name');
  if (/^[MF]$/.test(identity.sex) && /^[MF]$/.test(ours.sex ?? '') && identity.sex !== ours.sex) out.push('sex');
  const birth = (ours.birthDate ?? '').replaceAll('-', '');
  if (identity.birthDate !== '' && birth !== '' && identity.birthDate !== birth) out.push('birthDate');
  if (identity.number !== ours.number) out.push('number');
  return out;
}

const letters = (name: string) =>
  name
    .normalize('NFKC')
    .toUpperCase()
    .replaceAll(/[^\p{L}]/gu, '');

function sameName(name: string, ours: Ours): boolean {
  const asked = letters(name);
  return asked !== '' && [ours.name, ours.latin ?? ''].some((own) => letters(own) === asked);
}

/** What is ticked before anybody chose: everything when there is one patient whom nothing contradicts, else nothing. */
export function firstChoice(patients: PatientFound[], fits: Fit[]): Set<string> {
  const [only] = fits;
  if (patients.length !== 1 || only?.kind === 'differs') return new Set();
  return new Set(allSeries(patients).map((series) => series.key));
}
