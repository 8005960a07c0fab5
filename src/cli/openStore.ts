/** Opens a meter's file for a command. */
import { logCounted } from '../process/countedLog';
import { MeterError, type MeterStore, type MeterStoreOptions } from '../store/meterStore';
import { openMeterStore } from '../store/openMeterStore';
import { StartError, withoutName } from './command';

/** Throws a `StartError` that says why the file cannot be used; what the store does by itself is told on stderr. */
export async function openStore(options: MeterStoreOptions): Promise<MeterStore> {
  try {
    return await openMeterStore({ ...options, report: logCounted });
  } catch (error) {
    throw error instanceof MeterError ? new StartError(withoutName(error.message, options.file, '--store')) : error;
  }
}
