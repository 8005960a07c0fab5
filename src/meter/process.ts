/** The meter as a program of its own: one argument, the folder. Windows start it, and it outlives each of them. */
import { surviveExceptions } from '../process/uncaughtErrors';
import { logCounted } from '../process/countedLog';
import { onEndSignal } from '../process/signals';
import { defined } from '../util/defined';
import { runMeter } from './meter';
import { elsewhereCode, MeterStartError, type StartMessage } from './startMessage';

/** After the last window has gone. */
const defaultGraceMs = 30_000;

async function main(): Promise<void> {
  const [folder] = process.argv.slice(2);
  if (!folder) throw new MeterStartError('settings', 'The folder is missing.');
  // Windows read its notes: its own stderr leads nowhere where one of them started it.
  let unexpected: string | undefined;
  const onException = surviveExceptions({ log: logCounted, onException: (summary) => (unexpected = summary) });
  const meter = await runMeter({
    folder,
    onException,
    notes: () =>
      unexpected === undefined ? [] : [`Something unexpected happened, and the meter goes on: ${unexpected}`],
    graceMs: millisecondsOf('FLOWMETER_METER_GRACE_MS') ?? defaultGraceMs,
    ...defined({
      patienceMs: millisecondsOf('FLOWMETER_METER_PATIENCE_MS'),
      checkMs: millisecondsOf('FLOWMETER_METER_CHECK_MS'),
    }),
  });
  if (!meter) {
    await report({ kind: 'elsewhere' });
    process.exitCode = elsewhereCode;
    disconnect();
    return;
  }
  // It outlives the window that started it, and so the terminal of that.
  onEndSignal(() => meter.end(), { hangUp: 'ignore' });
  await report({ kind: 'ready' });
  disconnect();
  await meter.ended;
  // A socket that is still open must not keep a meter that has ended.
  process.exit(0);
}

/** The window that started this process may be gone already. */
function report(message: StartMessage): Promise<void> {
  return new Promise((resolve) => {
    if (!process.connected) return resolve();
    process.send!(message, () => resolve());
  });
}

function disconnect(): void {
  if (process.connected) process.disconnect();
}

/** For tests, which do not wait as long as people do. */
function millisecondsOf(name: string): number | undefined {
  const text = process.env[name];
  return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}

main().catch(async (error: unknown) => {
  const { problem, port } = error instanceof MeterStartError ? error : { problem: 'crashed' as const };
  const message = error instanceof Error ? error.message : String(error);
  await report({ kind: 'failed', problem, message, ...defined({ port }) });
  logCounted(message);
  process.exit(1);
});
