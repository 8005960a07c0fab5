/** The meter as a program of its own: one argument, the folder. Windows start it, and it outlives each of them. */
import { startMeter } from './meter';
import { elsewhereCode, MeterStartError, type StartMessage } from './problem';

/** After the last window has gone. */
const defaultGraceMs = 30_000;

async function main(): Promise<void> {
  const [folder] = process.argv.slice(2);
  if (!folder) throw new MeterStartError('settings', 'The folder is missing.');
  const meter = await startMeter({
    folder,
    graceMs: millisecondsOf('FLOWMETER_METER_GRACE_MS') ?? defaultGraceMs,
    ...optional('patienceMs', millisecondsOf('FLOWMETER_METER_PATIENCE_MS')),
    ...optional('checkMs', millisecondsOf('FLOWMETER_METER_CHECK_MS')),
  });
  if (!meter) {
    await tell({ kind: 'elsewhere' });
    process.exitCode = elsewhereCode;
    letGo();
    return;
  }
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => meter.end());
  // A terminal that closes is none of its business.
  process.on('SIGHUP', () => undefined);
  await tell({ kind: 'ready' });
  letGo();
  await meter.ended;
  // Whatever still holds a socket must not keep a meter that has ended.
  process.exit(0);
}

/** Who started this process may be gone already. */
function tell(message: StartMessage): Promise<void> {
  return new Promise((resolve) => {
    if (!process.connected) return resolve();
    process.send!(message, () => resolve());
  });
}

function letGo(): void {
  if (process.connected) process.disconnect();
}

/** For tests, which do not wait as long as people do. */
function millisecondsOf(name: string): number | undefined {
  const text = process.env[name];
  return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}

function optional<K extends string>(name: K, value: number | undefined): Partial<Record<K, number>> {
  return value === undefined ? {} : ({ [name]: value } as Record<K, number>);
}

main().catch(async (error: unknown) => {
  const known = error instanceof MeterStartError;
  const message = error instanceof Error ? error.message : String(error);
  const port = known && error.port !== undefined ? { port: error.port } : {};
  await tell({ kind: 'failed', problem: known ? error.problem : 'crashed', message, ...port });
  process.stderr.write(`flowmeter: ${message}\n`);
  process.exit(1);
});
