/** The file of `record --config`: the same options as the arguments, and flows with more to say. */
import path from 'node:path';
import type { RecorderFlow } from '../recorder/recorderFlow';
import { isStoreName, UsageError } from './command';
import { readSecretText } from './secret';
import { objectOf } from '../util/json';
import { defined } from '../util/defined';

export interface RecordedFlow extends RecorderFlow {
  /** PEM of the public or the private key. */
  readonly keyFile?: string;
  readonly appSecretFile?: string;
}

export interface RecordConfig {
  /** Texts as arguments would have them, by the option's name without dashes in front. */
  readonly values: Readonly<Record<string, string>>;
  readonly flows: readonly RecordedFlow[];
}

/** Keys of the file and the options that they stand for. */
const numbers: Readonly<Record<string, string>> = {
  port: 'port',
  maxBodyMb: 'max-body-mb',
  retentionDays: 'retention-days',
  maxFlows: 'max-flows',
  checkSeconds: 'check-seconds',
  servePort: 'serve-port',
};
const switches: Readonly<Record<string, string>> = { sync: 'sync' };
const texts: Readonly<Record<string, string>> = { host: 'host', zone: 'zone', webhookForward: 'webhook-forward' };
/** Relative ones lie beside the file, wherever the command is started. */
const files: Readonly<Record<string, string>> = {
  store: 'store',
  passphraseFile: 'passphrase-file',
  appSecretFile: 'app-secret-file',
  verifyTokenFile: 'verify-token-file',
  tokenFile: 'token-file',
};
const flowFiles = ['publicKeyFile', 'privateKeyFile', 'appSecretFile'] as const;
const flowKeys: readonly string[] = ['id', 'name', 'upstream', ...flowFiles];

/** Throws a `UsageError` that names the place in the file, or a `StartError` where it cannot be read. */
export function readRecordConfig(file: string): RecordConfig {
  const refuse = (problem: string): never => {
    throw new UsageError(`${file}: ${problem}`);
  };
  const inFolder = (name: string): string => path.resolve(path.dirname(file), name);
  let json: unknown;
  try {
    json = JSON.parse(readSecretText(file, 'options', (text) => text.includes('"webhookForward"')));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    refuse('it is not JSON.');
  }
  const object = objectOf(json);
  if (!object) return refuse('it must be an object such as {"store":"meter.db","flows":[]}.');
  const { flows = [], ...options } = object;
  const values: Record<string, string> = {};
  for (const [key, value] of Object.entries(options)) {
    if (Object.hasOwn(numbers, key)) {
      values[numbers[key]!] = typeof value === 'number' ? String(value) : refuse(`"${key}" must be a number.`);
    } else if (Object.hasOwn(switches, key)) {
      values[switches[key]!] = typeof value === 'boolean' ? String(value) : refuse(`"${key}" must be true or false.`);
    } else if (Object.hasOwn(texts, key)) {
      values[texts[key]!] = typeof value === 'string' ? value : refuse(`"${key}" must be text.`);
    } else if (key === 'store' && typeof value === 'string' && value !== '' && !isStoreName(value)) {
      refuse('"store" must be a file with a dot or a slash in its name, such as meter.db.');
    } else if (Object.hasOwn(files, key)) {
      values[files[key]!] =
        typeof value === 'string' && value !== '' ? inFolder(value) : refuse(`"${key}" must be the path of a file.`);
    } else {
      const known = ['flows', ...Object.keys({ ...numbers, ...switches, ...texts, ...files })].join(', ');
      refuse(`${shownKey(key)} is not an option: there is ${known}.`);
    }
  }
  if (!Array.isArray(flows)) return refuse('"flows" must be a list.');
  return { values, flows: flows.map((flow: unknown, i) => readFlow(flow, inFolder, refuse, `flow ${i + 1}`)) };
}

function readFlow(
  flow: unknown,
  inFolder: (name: string) => string,
  refuse: (problem: string) => never,
  place: string,
): RecordedFlow {
  const object = objectOf(flow);
  if (!object) return refuse(`${place} must be an object such as {"id":"…","upstream":"http://…"}.`);
  for (const [key, value] of Object.entries(object)) {
    if (!flowKeys.includes(key)) refuse(`${place}: ${shownKey(key)} is not known, there is ${flowKeys.join(', ')}.`);
    if (typeof value !== 'string' || value === '') refuse(`${place}: "${key}" must be text, in quotes.`);
  }
  const { id, name, upstream, publicKeyFile, privateKeyFile, appSecretFile } = object as Record<string, string>;
  if (id === undefined || upstream === undefined) return refuse(`${place}: "id" and "upstream" must be there.`);
  if (publicKeyFile !== undefined && privateKeyFile !== undefined) {
    return refuse(`${place}: give "publicKeyFile" or "privateKeyFile", not both.`);
  }
  const keyFile = publicKeyFile ?? privateKeyFile;
  return {
    id,
    upstream,
    ...defined({ name }),
    ...(keyFile === undefined ? {} : { keyFile: inFolder(keyFile) }),
    ...(appSecretFile === undefined ? {} : { appSecretFile: inFolder(appSecretFile) }),
  };
}

/** A key that may be a slip of the pen; anything else may be a secret in the wrong place. */
function shownKey(key: string): string {
  return /^[a-z][A-Za-z]{0,24}$/.test(key) ? `"${key}"` : 'one of its keys';
}
