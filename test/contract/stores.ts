/** The stores that the contract suite runs against, each holding the same figures. */
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { startOfDay } from '../../src/contract/calendar';
import { metricNames, type MetricName } from '../../src/contract/metric';
import { createDemoStore } from '../../src/store/demo/demoStore';
import { figureAt, figureCount } from '../../src/store/bucketRow';
import { rollups } from '../../src/store/rollups';
import type { MeterStore } from '../../src/store/meterStore';
import { openMeterStore } from '../../src/store/openMeterStore';
import { figureColumns } from '../../src/store/sqlite/schema';
import type { MetricStore } from '../../src/store/metricStore';

export interface Surroundings {
  /** Epoch milliseconds at which the clock stands. */
  readonly clock: number;
  readonly zone: string;
}

export interface StoreUnderTest {
  readonly kind: string;
  open(surroundings: Surroundings): Promise<MetricStore>;
  /** Closes and deletes all that was opened. */
  close(): Promise<void>;
}

/** The demo store itself: the oracle of the others. */
export function demoStoreOf({ clock, zone }: Surroundings): MetricStore {
  return createDemoStore({ seed: 1, now: () => clock, zone });
}

export function storesUnderTest(): readonly StoreUnderTest[] {
  return [
    {
      kind: 'demo',
      open: (surroundings) => Promise.resolve(demoStoreOf(surroundings)),
      close: () => Promise.resolve(),
    },
    meterUnderTest(),
  ];
}

/** The SQLite store with the demo's figures in its file; what Meta alone knows of flows still comes from the demo. */
function meterUnderTest(): StoreUnderTest {
  const files = new Map<number, string>();
  const opened: MeterStore[] = [];
  let folder: string | undefined;

  async function fileOf({ clock, zone }: Surroundings): Promise<string> {
    folder ??= mkdtempSync(path.join(tmpdir(), 'flowmeter-contract-'));
    const filled = files.get(clock) ?? path.join(folder, `${clock}.db`);
    if (!files.has(clock)) {
      await fill(filled, { clock, zone });
      files.set(clock, filled);
    }
    const copy = path.join(folder, `${clock}-${opened.length}.db`);
    copyFileSync(filled, copy);
    return copy;
  }

  return {
    kind: 'meter',
    open: async (surroundings) => {
      const { clock, zone } = surroundings;
      const meter = await openMeterStore({ file: await fileOf(surroundings), zone, now: () => clock });
      opened.push(meter);
      const { businessAccount, listFlows, readFlow } = demoStoreOf(surroundings);
      // The store passes calls on to its engine, which a spread would not copy.
      return Object.setPrototypeOf({ businessAccount, listFlows, readFlow }, meter) as MetricStore;
    },
    close: async () => {
      for (const meter of opened) await meter.close();
      if (folder) rmSync(folder, { recursive: true, force: true });
    },
  };
}

const firstPlaces: Readonly<Record<Exclude<MetricName, 'ENDPOINT_REQUEST_ERROR_RATE'>, number>> = {
  ENDPOINT_REQUEST_COUNT: figureAt.requests,
  ENDPOINT_REQUEST_ERROR: figureAt.errors,
  ENDPOINT_REQUEST_LATENCY_SECONDS_CEIL: figureAt.latency,
  ENDPOINT_AVAILABILITY: figureAt.succeeded,
};

/** Months of events would take minutes, so the figures go straight into the tables. */
async function fill(file: string, surroundings: Surroundings): Promise<void> {
  const { clock, zone } = surroundings;
  await (await openMeterStore({ file, now: () => clock })).close();
  const demo = demoStoreOf(surroundings);
  const database = new DatabaseSync(file, { timeout: 10_000 });
  database.exec('BEGIN');
  const addFlow = database.prepare('INSERT INTO flows (key, id) VALUES (?, ?)');
  const add = database.prepare(
    `INSERT INTO buckets VALUES (?, ?, ?, ${figureColumns.map(() => '?').join(', ')}) ON CONFLICT DO UPDATE SET
     ${figureColumns.map((column) => `${column} = ${column} + excluded.${column}`).join(', ')}`,
  );
  const { flows } = (await demo.listFlows({ limit: 100 }))!;
  for (const [i, { id }] of flows.entries()) {
    addFlow.run(i, id);
    const first = await demo.firstStoredDay(id);
    if (first === undefined) continue;
    const span = { begin: startOfDay(first, zone), end: clock };
    const rows = new Map<number, number[]>();
    for (const metric of metricNames) {
      if (metric === 'ENDPOINT_REQUEST_ERROR_RATE') continue;
      const { begins, columns } = await demo.readSeries({ flowId: id, metric, granularity: 'HOUR', span });
      begins.forEach((begin, j) => {
        const row = rows.get(begin) ?? new Array<number>(figureCount).fill(0);
        columns.forEach(({ values }, k) => (row[firstPlaces[metric] + k] = values[j]!));
        rows.set(begin, row);
      });
    }
    for (const [begin, row] of rows) {
      rollups.forEach((length, level) => add.run(i, level, Math.floor(begin / length) * length, ...row));
    }
  }
  database.exec('COMMIT');
  database.close();
}
