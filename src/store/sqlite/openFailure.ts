/** Why a meter's file cannot be where it was said to be. */
import { closeSync, lstatSync, openSync, readlinkSync, statSync, type Stats } from 'node:fs';
import path from 'node:path';
import { fileParts } from './fileParts';
import { MeterError } from '../meterStore';

const allowed = "A meter's file is an ordinary file: choose one, or a new name in a folder that exists.";

/** Throws where something stands under one of the file's names that is no ordinary file: opening it could wait for ever. */
export function refuseSpecialFiles(file: string): void {
  if (endsAsFolder(file)) throw openFailure(file);
  for (const part of fileParts) {
    const found = statSync(file + part, { throwIfNoEntry: false });
    if (!found || found.isFile()) continue;
    const what = part === '' ? 'it' : `its own ${file + part}`;
    throw new MeterError('unusable', `${file} cannot be opened: ${what} is ${kindOf(found)}. ${allowed}`);
  }
}

/** The file could not be opened or made. */
export function openFailure(file: string): MeterError {
  return new MeterError('unusable', `${file} cannot be opened: ${reasonOf(file)}. ${allowed}`);
}

function reasonOf(file: string): string {
  const folder = path.dirname(file);
  if (endsAsFolder(file)) return 'its name ends with "/", as that of a folder';
  const problem = folderProblem(folder);
  if (problem !== undefined) return problem;
  const link = linkOf(file);
  if (link !== undefined) {
    const code = codeOf(() => statSync(file));
    if (code === 'ELOOP') return 'it is a symbolic link that leads in a circle';
    const target = path.resolve(folder, link);
    if (code === 'ENOENT') return `it is a symbolic link to ${target}, and ${reasonOf(target)}`;
  }
  if (codeOf(() => lstatSync(file)) === 'ENAMETOOLONG') return 'its name is too long';
  if (codeOf(() => statSync(file)) === 'EACCES') return 'the user of this program may not enter its folder';
  const found = statSync(file, { throwIfNoEntry: false });
  if (found && !found.isFile()) return `it is ${kindOf(found)}`;
  if (found && codeOf(() => closeSync(openSync(file, 'r+'))) !== undefined) {
    return 'the user of this program may not read and write it';
  }
  return 'the folder cannot be written to, or permission is missing';
}

function endsAsFolder(file: string): boolean {
  return file.endsWith('/') || file.endsWith(path.sep);
}

function folderProblem(folder: string): string | undefined {
  const code = codeOf(() => {
    if (!statSync(folder).isDirectory()) throw Object.assign(new Error(), { code: 'ENOTDIR' });
  });
  switch (code) {
    case undefined:
      return undefined;
    case 'ENOENT':
      return `there is no folder ${folder}`;
    case 'ENOTDIR':
      return `${folder} is not a folder`;
    case 'ELOOP':
      return `the folder ${folder} is a symbolic link that leads in a circle`;
    case 'ENAMETOOLONG':
      return `the name of the folder ${folder} is too long`;
    default:
      return `the folder ${folder} cannot be read (${code})`;
  }
}

/** Where a symbolic link leads; undefined where there is none. */
function linkOf(file: string): string | undefined {
  try {
    return readlinkSync(file);
  } catch {
    return undefined;
  }
}

function kindOf(found: Stats): string {
  if (found.isDirectory()) return 'a folder';
  if (found.isFIFO()) return 'a named pipe';
  if (found.isSocket()) return 'a socket';
  return 'a device';
}

/** The code of the error that the action throws. */
function codeOf(action: () => void): string | undefined {
  try {
    action();
    return undefined;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? 'unknown';
  }
}
