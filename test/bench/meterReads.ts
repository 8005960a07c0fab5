/** Reading one flow or a page of the list while the file grows, and opening a large one. */
import { once } from 'node:events';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Worker } from 'node:worker_threads';
import { dayMs, hourMs } from '../../src/contract/calendar';
import { granularities, metricNames, type Granularity } from '../../src/contract/metric';
import { createApp } from '../../src/server/app';
import { addMilliseconds, encode, newHistogram } from '../../src/store/latencyHistogram';
import { rollups, quarterMs } from '../../src/store/rollups';
import type { MeterStore } from '../../src/store/meterStore';
import { openMeterStore } from '../../src/store/openMeterStore';
import { figureColumns } from '../../src/store/sqlite/schema';
import { atMost, type BenchRun, type Row } from './row';
import { inTurns, spread, timed } from './samples';

const measuredFlow = 50;
const now = Math.floor(Date.parse('2026-03-12T14:18:00Z') / quarterMs) * quarterMs;

export async function readRows(run: BenchRun, folder: string): Promise<readonly Row[]> {
  const file = (flows: number, days: number): string => path.join(folder, `${flows}-${days}.db`);
  for (const [flows, days] of [
    [100, 36],
    [100, 365],
    [1000, 365],
  ] as const) {
    await fill(file(flows, days), flows, days, run.quick ? 24 : 6);
  }
  return [
    ...(await growthRows(run, 'tenfold flows', file(100, 365), file(1000, 365), granularities)),
    ...(await growthRows(run, 'tenfold days', file(100, 36), file(100, 365), ['LIFETIME'])),
    await openRow(run, file(1000, 365)),
    await pageRow(run, folder),
  ];
}

/** The measured flow has figures in every quarter of an hour, the others in some hours of each day. */
async function fill(file: string, flows: number, days: number, everyHours: number): Promise<void> {
  await (await openMeterStore({ file, now: () => now })).close();
  const database = new DatabaseSync(file);
  database.exec('PRAGMA synchronous = OFF; BEGIN');
  const histogram = newHistogram();
  for (let i = 0; i < 40; i++) addMilliseconds(histogram, 50 + i * i);
  const bytes = encode(histogram);
  const series = (flow: string, stepMs: number): string => `
    WITH RECURSIVE flow (id) AS (${flow}), step (begin) AS (
      SELECT ${now - days * dayMs} UNION ALL SELECT begin + ${stepMs} FROM step WHERE begin + ${stepMs} < ${now})`;
  const others = `SELECT 1 UNION ALL SELECT id + 1 FROM flow WHERE id < ${flows}`;
  database.exec(`INSERT INTO flows (key, id) ${series(others, dayMs)} SELECT id, CAST(id AS TEXT) FROM flow`);
  for (const [flow, where, stepMs] of [
    [`SELECT ${measuredFlow}`, 'TRUE', quarterMs],
    [others, `id <> ${measuredFlow}`, everyHours * hourMs],
  ] as const) {
    rollups.forEach((length, level) => {
      const begin = `begin - begin % ${length}`;
      const group = `${series(flow, stepMs)} SELECT id, ${level}, ${begin} AS at`;
      const from = `FROM flow CROSS JOIN step WHERE ${where} GROUP BY id, at`;
      database.exec(`INSERT INTO buckets ${group}, ${figureColumns.map(() => '3 * count(*)').join(', ')} ${from}`);
      database.prepare(`INSERT INTO latencies ${group}, ? ${from}`).run(bytes);
    });
  }
  database.exec('COMMIT');
  database.close();
}

async function growthRows(
  { quick }: BenchRun,
  how: string,
  smallFile: string,
  largeFile: string,
  wanted: readonly Granularity[],
): Promise<readonly Row[]> {
  const [small, large] = [await openAt(smallFile), await openAt(largeFile)];
  const rows: Row[] = [];
  for (const granularity of wanted) {
    const read = (store: MeterStore) => (): Promise<number> => timed(() => readAll(store, granularity));
    await read(small)();
    await read(large)();
    const sides = await inTurns(quick ? 41 : 121, { small: read(small), large: read(large) });
    rows.push({
      area: 'meter',
      measured: `${granularity} of one flow, ${how}`,
      against: 'the same before',
      ...atMost(sides.large.median / sides.small.median, 1.5),
      detail: `five metrics in ${spread(sides.large)} against ${spread(sides.small)}`,
    });
  }
  await small.close();
  await large.close();
  return rows;
}

async function readAll(store: MeterStore, granularity: Granularity): Promise<void> {
  const days = { HOUR: 30, DAY: 90, LIFETIME: 365 }[granularity];
  const span = { begin: Math.floor(now / dayMs) * dayMs - days * dayMs, end: now };
  for (const metric of metricNames) {
    await store.readSeries({ flowId: String(measuredFlow), metric, granularity, span });
  }
}

async function openRow({ quick }: BenchRun, file: string): Promise<Row> {
  const sides = await inTurns(quick ? 5 : 15, {
    open: async () => {
      const begun = performance.now();
      const store = await openAt(file);
      await store.countRequests(String(measuredFlow), { begin: now - dayMs, end: now });
      const took = performance.now() - begun;
      await store.close();
      return took;
    },
    thread: () => timed(() => once(new Worker('', { eval: true }), 'exit')),
  });
  return {
    area: 'meter',
    measured: 'opening a year of 1000 flows, first figure',
    against: 'a thread that does nothing',
    ...atMost(sides.open.median / sides.thread.median, 3),
    detail: `${spread(sides.open)} against ${spread(sides.thread)}`,
  };
}

/** Pages from the middle of the list, as the server answers them. */
async function pageRow({ quick }: BenchRun, folder: string): Promise<Row> {
  const stores: MeterStore[] = [];
  const side = async (flows: number): Promise<() => Promise<number>> => {
    const file = path.join(folder, `${flows}-listed.db`);
    await (await openAt(file)).close();
    const database = new DatabaseSync(file);
    database.exec(`WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${flows})
      INSERT INTO flows (id, name) SELECT CAST(1000000 + i AS TEXT), 'Flow ' || i FROM n`);
    database.close();
    const store = await openAt(file);
    stores.push(store);
    const app = createApp({ store, meter: store, now: () => now, fixedClock: true, minRequests: 0, version: '0.0.0' });
    const after = Buffer.from(`flow:${1_000_000 + flows / 2}`).toString('base64url');
    const target = `/v26.0/${store.businessAccount.id}/flows?limit=25&after=${after}`;
    return () =>
      timed(async () => {
        for (let i = 0; i < 20; i++) {
          const { status } = await app({ method: 'GET', target, origin: 'http://127.0.0.1' });
          if (status !== 200) throw new Error(`A page was answered ${status}.`);
        }
      });
  };
  const [small, large] = [await side(100), await side(100_000)];
  await small();
  await large();
  const sides = await inTurns(quick ? 21 : 61, { small, large });
  for (const store of stores) await store.close();
  return {
    area: 'meter',
    measured: 'a page of 25 flows of 100 000',
    against: 'a page of 25 of 100',
    ...atMost(sides.large.median / sides.small.median, 2),
    detail: `20 pages in ${spread(sides.large)} against ${spread(sides.small)}`,
  };
}

function openAt(file: string): Promise<MeterStore> {
  return openMeterStore({ file, zone: 'UTC', now: () => now });
}
