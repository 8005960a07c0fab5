/** The files of a meter: every window and the meter itself know no more of each other than this folder. */
import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { readRegularFile } from '../process/regularFile';
import { closeToOthers, replacePrivateFile, writePrivateFile } from '../process/privateFiles';
import { objectOf } from '../util/json';

interface MeterFiles {
  readonly folder: string;
  /** The flows and the port; windows write it. */
  readonly settings: string;
  readonly database: string;
  /** Of the meter that runs. Mode 0600: who may read it may read and stop the meter. */
  readonly token: string;
  /** Where the running meter is; advisory, for its word is only taken once the meter has proved itself. */
  readonly owner: string;
  /** Public keys of endpoints, one file for each flow. */
  readonly keys: string;
}

export function meterFiles(folder: string): MeterFiles {
  const inside = (name: string): string => path.join(folder, name);
  return {
    folder,
    settings: inside('meter.json'),
    database: inside('meter.db'),
    token: inside('token'),
    owner: inside('owner.json'),
    keys: inside('keys'),
  };
}

/** Writes the PEM of a flow's public key; resolves to the file. */
export async function writeKey(folder: string, flowId: string, pem: string): Promise<string> {
  const file = path.join(meterFiles(folder).keys, `${flowId}.pem`);
  await writePrivateFile(file, pem);
  return file;
}

/** The content of `owner.json`. */
export interface OwnerRecord {
  readonly pid: number;
  readonly apiPort: number;
  readonly recorderPort: number;
  /** See `readStartStamp`. Absent where it could not be read, a moment after the start, and in records of earlier versions. */
  readonly startStamp?: string;
}

const maxStampLength = 200;
/** The settings of as many flows as a meter may have, with room. */
const maxJsonBytes = 64 * 1024 * 1024;

/** Undefined where there is no such file, or one that nobody can have written properly. */
export async function readOwner(folder: string): Promise<OwnerRecord | undefined> {
  const json = await readJson(meterFiles(folder).owner).catch(() => undefined);
  const { pid, apiPort, recorderPort, startStamp } = objectOf(json) ?? {};
  const isOwner = Number.isSafeInteger(pid) && (pid as number) > 0 && isPort(apiPort) && isPort(recorderPort);
  if (!isOwner) return undefined;
  const isStamp = typeof startStamp === 'string' && startStamp.length <= maxStampLength;
  return { pid, apiPort, recorderPort, ...(isStamp ? { startStamp } : {}) } as OwnerRecord;
}

export async function writeOwner(folder: string, owner: OwnerRecord): Promise<void> {
  await replacePrivateFile(meterFiles(folder).owner, `${JSON.stringify(owner)}\n`);
}

/** Removes the record where it is still that of this process. The token stays until the next one: it opens nothing now. */
export async function removeOwner(folder: string, pid: number): Promise<void> {
  if ((await readOwner(folder))?.pid === pid) await rm(meterFiles(folder).owner, { force: true });
}

/** Makes a token up, and keeps it in place of that of the meter before: what somebody learnt of that one opens nothing. */
export async function makeToken(folder: string): Promise<string> {
  const token = randomBytes(32).toString('base64url');
  await replacePrivateFile(meterFiles(folder).token, `${token}\n`);
  return token;
}

/** Undefined where there is none; rejects where the file cannot be read. */
export async function readMeterToken(folder: string): Promise<string | undefined> {
  // It is ours, so that what anybody has opened of it is closed again.
  closeToOthers(meterFiles(folder).token);
  const bytes = await readRegularFile(meterFiles(folder).token).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  const text = bytes?.toString('utf8').trim() ?? '';
  return /^[A-Za-z0-9_-]{43}$/.test(text) ? text : undefined;
}

export async function readJson(file: string): Promise<unknown> {
  return JSON.parse((await readRegularFile(file, maxJsonBytes)).toString('utf8'));
}

export function isPort(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 1 && (value as number) <= 65_535;
}
