/** `backup`: a whole copy of a file of measurements, also while others write to it. */
import { rmSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { print } from '../process/output';
import { MeterError } from '../store/meterStore';
import { backUpMeterStore } from '../store/openMeterStore';
import { misreadArguments, StartError, storeFile, UsageError, withoutName, type Command } from './command';

const help = `Usage: node dist/flowmeter.js backup --store FILE --to FILE

Writes a whole copy of a file of measurements, while serve, record or the editor may go on using it. The newest
measurements are in a journal beside the file, so that a copy of the file alone lacks them.

  --store FILE  the file of measurements, such as meter.db
  --to FILE     the copy: a new name, since nothing is replaced; it appears once it is whole
`;

export const backupCommand: Command = {
  name: 'backup',
  summary: 'copies a file of measurements, also while it is in use',
  help,
  run: backup,
};

async function backup(args: readonly string[]): Promise<void> {
  const { store, to } = readBackupOptions(args);
  const draft = `${to}.${process.pid}.part`;
  const stop = (): void => {
    rmSync(draft, { force: true });
    process.exit(1);
  };
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.once(signal, stop);
  try {
    const bytes = await backUpMeterStore(store, to, draft);
    print(`${store} is backed up as ${to} (${bytes} bytes)\n`);
  } catch (error) {
    if (!(error instanceof MeterError)) throw error;
    throw new StartError(withoutName(withoutName(error.message, store, '--store'), to, '--to'));
  }
}

interface BackupOptions {
  readonly store: string;
  readonly to: string;
}

/** Throws `UsageError`. */
export function readBackupOptions(args: readonly string[]): BackupOptions {
  const { store, to } = parse(args);
  if (store === undefined) throw new UsageError('--store FILE is missing: the file of measurements, such as meter.db.');
  if (to === undefined) throw new UsageError('--to FILE is missing: the name of the copy, such as backup.db.');
  if (to === '') throw new UsageError('--to must be the name of a file, such as backup.db.');
  return { store: storeFile(store), to };
}

// The return type is what parseArgs infers from the options below.
function parse(args: readonly string[]) {
  const options = { store: { type: 'string' }, to: { type: 'string' } } as const;
  try {
    return parseArgs({ args: [...args], options }).values;
  } catch (error) {
    throw misreadArguments(error, args, options);
  }
}
