import { fileSource, type Source } from './import-source';
import { isZip, zipSources } from './import-zip';

/** What systems leave in every folder. */
const litter = /(^|\/)(\.DS_Store|Thumbs\.db|desktop\.ini|\._[^/]*|__MACOSX\/.*)$/i;

/** The files of a choice, archives opened. */
export async function chosenSources(files: Iterable<File>, onFound: (n: number) => void): Promise<Source[]> {
  const out: Source[] = [];
  for (const file of files) await add(out, file.webkitRelativePath || file.name, file, onFound);
  return out;
}

/** The files of a drop: folders are walked to the bottom, archives opened. Call it in the event's own turn. */
export async function droppedSources(drop: DataTransfer, onFound: (n: number) => void): Promise<Source[]> {
  const entries = Array.from(drop.items, (item) => item.webkitGetAsEntry()).filter((entry) => entry !== null);
  if (entries.length === 0) return chosenSources(drop.files, onFound);
  const out: Source[] = [];
  // A stack in place of recursion: discs may be deep, and order is that of the names within a folder.
  const stack = entries.reverse();
  for (let entry = stack.pop(); entry; entry = stack.pop()) {
    const path = entry.fullPath.replace(/^\//, '');
    if (entry.isDirectory) stack.push(...(await children(entry as FileSystemDirectoryEntry)).reverse());
    else await add(out, path, await fileOf(entry as FileSystemFileEntry), onFound);
  }
  return out;
}

async function add(out: Source[], path: string, file: File | undefined, onFound: (n: number) => void): Promise<void> {
  if (!file || litter.test(path)) return;
  if (await isZip(file)) out.push(...(await zipSources(path, file)).filter((one) => !litter.test(one.path)));
  else out.push(fileSource(path, file));
  onFound(out.length);
}

/** A reader answers a hundred entries at a time, until none. */
async function children(folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = folder.createReader();
  const all: FileSystemEntry[] = [];
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve) => reader.readEntries(resolve, () => resolve([])));
    if (some.length === 0) return all.sort((a, b) => (a.name < b.name ? -1 : 1));
    all.push(...some);
  }
}

const fileOf = (entry: FileSystemFileEntry) =>
  new Promise<File | undefined>((resolve) => entry.file(resolve, () => resolve(undefined)));
