import type { Disc } from '@/api/imports';
import {
  arrange,
  compare,
  dataSize,
  type Fit,
  type Found,
  filesOf,
  fitOf,
  type Listing,
  type Ours,
  type PatientFound,
} from './import-plan.model';
import type { Result } from './import-run.model';
import { type Kind, look, type Source } from './import-source';

/** What the service is asked before anything is sent. */
export interface Asked {
  readDisc: (directory: Blob, signal?: AbortSignal) => Promise<Disc>;
  hereOf: (study: string, instances: { uid: string; size: number }[], signal?: AbortSignal) => Promise<Set<string>>;
  ours: (q: string) => Promise<Ours[]>;
}

/** Files that were looked through: what they are, whose, and what of them is here. */
export interface Prepared {
  sources: Source[];
  results: Result[];
  patients: PatientFound[];
  fits: Fit[];
  here: Set<number>;
  /** Undefined: there was no DICOMDIR. */
  disc?: DiscFindings;
}

export interface DiscFindings {
  studies: number;
  files: number;
  /** Named by the directory in series of which nothing is there. */
  missing: string[];
  extra: number;
  /** A directory could not be read; the files speak for themselves. */
  failed: boolean;
}

export type Stage =
  | { stage: 'files'; done: number; total: number }
  | { stage: 'disc'; studies: number; files: number }
  | { stage: 'asking' };

const atOnce = 8;

/** Looks through files and asks what the service knows of them. */
export async function prepare(
  sources: Source[],
  asked: Asked,
  onStage: (stage: Stage) => void,
  signal: AbortSignal,
): Promise<Prepared> {
  const discs = await readDirectories(sources, asked, signal);
  if (discs) onStage({ stage: 'disc', studies: discs.studies, files: discs.listings.flatMap((l) => l.files).length });
  const kinds = await lookThrough(sources, onStage, signal);
  const found: Found[] = kinds.flatMap((kind, number) => {
    const { path, size } = sources[number] as Source;
    return kind.kind === 'image' ? [{ number, path, size, header: kind.header }] : [];
  });
  const { patients, twice } = arrange(found);
  const results = kinds.map((kind): Result => ({ outcome: kind.kind === 'image' ? 'left' : kind.kind }));
  for (const file of twice) results[file.number] = { outcome: 'twice' };
  onStage({ stage: 'asking' });
  const here = await askHere(patients, asked, signal);
  for (const number of here) results[number] = { outcome: 'here' };
  const fits = await Promise.all(patients.slice(0, 100).map((patient) => askFit(patient, asked)));
  const prepared: Prepared = { sources, results, patients, fits, here };
  if (discs) {
    const compared = compare(
      patients,
      discs.listings,
      sources.map((source) => source.path),
    );
    const files = discs.listings.reduce((n, listing) => n + listing.files.length, 0);
    prepared.disc = { studies: discs.studies, files, failed: discs.failed, ...compared };
  }
  return prepared;
}

async function lookThrough(sources: Source[], onStage: (stage: Stage) => void, signal: AbortSignal): Promise<Kind[]> {
  const kinds: Kind[] = new Array(sources.length);
  let next = 0;
  let done = 0;
  const worker = async () => {
    while (next < sources.length) {
      signal.throwIfAborted();
      const at = next++;
      kinds[at] = await look(sources[at] as Source);
      if (++done % 20 === 0 || done === sources.length) onStage({ stage: 'files', done, total: sources.length });
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return kinds;
}

const directoryName = /(^|\/)DICOMDIR(\.?(;1)?)?$/i;
/** What the service takes; a larger one is no directory of a disc. */
const maxDirectory = 16 << 20;

async function readDirectories(
  sources: Source[],
  asked: Asked,
  signal: AbortSignal,
): Promise<{ listings: Listing[]; studies: number; failed: boolean } | undefined> {
  const directories = sources.filter((source) => directoryName.test(source.path)).slice(0, 20);
  if (directories.length === 0) return;
  const listings: Listing[] = [];
  const studies = new Set<string>();
  let failed = false;
  for (const directory of directories) {
    try {
      if (directory.size > maxDirectory) throw new Error('no directory is so large');
      const disc = await asked.readDisc(await directory.whole(), signal);
      for (const patient of disc.patients) for (const study of patient.studies) studies.add(study.uid);
      listings.push(listingOf(directory.path.replace(directoryName, '$1'), disc));
    } catch {
      signal.throwIfAborted();
      failed = true;
    }
  }
  return { listings, studies: studies.size, failed };
}

function listingOf(folder: string, disc: Disc): Listing {
  const files = disc.patients.flatMap((patient) =>
    patient.studies.flatMap((study) =>
      study.series.flatMap((series) =>
        series.files.map((file) => ({ path: file.path, study: study.uid, series: series.uid })),
      ),
    ),
  );
  return { folder, files };
}

async function askHere(patients: PatientFound[], asked: Asked, signal: AbortSignal): Promise<Set<number>> {
  const here = new Set<number>();
  const studies = new Map<string, Found[]>();
  for (const study of patients.flatMap((patient) => patient.studies))
    studies.set(study.uid, [...(studies.get(study.uid) ?? []), ...filesOf([study])]);
  for (const [uid, files] of studies) {
    const known = await asked.hereOf(
      uid,
      files.map((file) => ({ uid: file.header.instance, size: dataSize(file) })),
      signal,
    );
    for (const file of files) if (known.has(file.header.instance)) here.add(file.number);
  }
  return here;
}

async function askFit(patient: PatientFound, asked: Asked): Promise<Fit> {
  const questions = [...new Set([patient.number, patient.name])].filter(Boolean).map((q) => q.slice(0, 64));
  const found = await Promise.all(questions.map(asked.ours));
  return fitOf(patient, found.flat());
}
