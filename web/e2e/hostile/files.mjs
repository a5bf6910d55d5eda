/** The files of the tests with hostile ones: found, and given identifiers of their own, so that the archive keeps each. */
import { execFile } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import { promisify } from 'node:util';
import { root } from '../program.mjs';
import { folder } from '../world.mjs';

const run = promisify(execFile);
const beside = join(root, '../shared/dicom/malformed');

/** All files below a folder. */
function under(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((e) =>
    e.isDirectory() ? under(join(folder, e.name)) : [join(folder, e.name)],
  );
}

const ofUse = ({ name }) => /\.(dcm|zip)$/.test(name);

/** Files of our own, {name, path}. */
export async function ownFiles() {
  const tmp = await folder();
  for (const script of ['make.py', 'objects.py'])
    await run('/usr/bin/python3', ['-W', 'ignore', join(root, 'web/e2e/hostile', script), tmp]);
  return under(tmp)
    .map((path) => ({ name: relative(tmp, path), path }))
    .filter(ofUse);
}

/** The files of the collection beside the project, where it is there. */
export function collected() {
  if (!existsSync(beside)) return [];
  return under(beside)
    .map((path) => ({ name: relative(beside, path), path }))
    .filter(ofUse);
}

// Study, Series and SOP Instance UID.
const tags = { study: [0x0020, 0x000d], series: [0x0020, 0x000e], instance: [0x0008, 0x0018] };

/** The value of an attribute wherever its tag stands first: with its VR or without, in either byte order. */
function firstOf(bytes, [group, element]) {
  for (const little of [true, false]) {
    const number = (n, size) => {
      const b = Buffer.alloc(size);
      if (size === 2) little ? b.writeUInt16LE(n) : b.writeUInt16BE(n);
      return b;
    };
    const tag = Buffer.concat([number(group, 2), number(element, 2)]);
    for (let at = bytes.indexOf(tag); at >= 0; at = bytes.indexOf(tag, at + 1)) {
      const vr = bytes.toString('latin1', at + 4, at + 6);
      const length = little ? bytes.readUInt16LE(at + (/^(UI|LO)$/.test(vr) ? 6 : 4)) : bytes.readUInt16BE(at + 6);
      const value = bytes.toString('latin1', at + 8, at + 8 + length).replace(/[\0 ]+$/, '');
      if (/^[0-9.]{1,64}$/.test(value)) return value;
    }
  }
}

/** The n-th identifier of this length. */
const unique = (length, n, k) => `1.2.1${String(n * 10 + k).padStart(length - 5, '0')}`;

/**
 * The bytes of a file with identifiers that no other has, as long as the old ones and wherever those stood; what cannot be found stays. study: by which the
 * archive lists it then, undefined where nothing here can tell.
 */
export function renamed(bytes, n) {
  const old = Object.values(tags).map((tag) => firstOf(bytes, tag));
  let text = bytes.toString('latin1');
  const given = new Map();
  const distinct = [...new Set(old)].filter((uid) => uid?.length >= 12);
  // The longest first: one may be the beginning of another.
  for (const uid of distinct.toSorted((a, b) => b.length - a.length)) {
    given.set(uid, unique(uid.length, n, given.size));
    text = text.replaceAll(uid, given.get(uid));
  }
  return { bytes: Buffer.from(text, 'latin1'), study: given.get(old[0]) ?? old[0] };
}

/** Writes each file, but archives, with identifiers of its own, numbered from `first` on, into a folder: {name, path, study}. */
export function ownIdentifiers(files, folder, first = 1) {
  return Promise.all(
    files
      .filter(({ name }) => name.endsWith('.dcm'))
      .map(async ({ name, path }, n) => {
        const { bytes, study } = renamed(await readFile(path), first + n);
        const to = join(folder, `${first + n}-${basename(name)}`);
        await writeFile(to, bytes);
        return { name, path: to, study };
      }),
  );
}
