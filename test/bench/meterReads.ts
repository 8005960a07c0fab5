/** Reading one flow while the file grows, and opening a large one. */
import { once } from 'node:events';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Worker } from 'node:worker_threads';
import { dayMs, hourMs } from '../../src/contract/calendar';
import { granularities, metricNames, type Granularity } from '../../src/contract/metric';
import { addMilliseconds, encode, newHistogram } from '../../src/server/meter/latencyHistogram';
import { levels, quarterMs } from '../../src/server/meter/levels';
import type { MeterStore } from '../../src/server/meter/meterStore';
import { openMeterStore } from '../../src/server/meter/openMeterStore';
import { figureColumns } from '../../src/server/meter/schema';
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
    levels.forEach((length, level) => {
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

function openAt(file: string): Promise<MeterStore> {
  return openMeterStore({ file, zone: 'UTC', now: () => now });
}
