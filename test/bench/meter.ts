/** Rows about the meter's store: what it costs that events are on disk, counted once, before they are acknowledged. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type MeterEvent, createEventIds } from '../../src/contract/event';
import type { MeterStore } from '../../src/store/meterStore';
import { openMeterStore } from '../../src/store/openMeterStore';
import { readRows } from './meterReads';
import { httpRow } from './meterHttp';
import { atLeast, type BenchRun, type Row } from './row';
import { inTurns, spread } from './samples';

const flows = Array.from({ length: 10 }, (_, i) => String(1_000_000_000 + i));

export async function meterRows(run: BenchRun): Promise<readonly Row[]> {
  const folder = mkdtempSync(path.join(tmpdir(), 'flowmeter-bench-'));
  try {
    return [...(await ingestRows(run, folder)), await httpRow(run, folder), ...(await readRows(run, folder))];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function ingestRows({ quick }: BenchRun, folder: string): Promise<readonly Row[]> {
  const store = await openMeterStore({ file: path.join(folder, 'ingest.db') });
  // Short turns: how fast a disk is changes from second to second.
  const forMs = quick ? 250 : 500;
  const sides = await inTurns(quick ? 9 : 31, {
    one: () => perSecond(store, 1, 1, forMs),
    many: () => perSecond(store, 64, 1, forMs),
    batches: () => perSecond(store, 64, 100, forMs),
  });
  await store.close();
  const ratioOf = (side: 'many' | 'batches'): number => sides[side].median / sides.one.median;
  const base = { area: 'meter', against: 'one event per commit' };
  const told = (side: 'many' | 'batches'): string =>
    `${spread(sides[side], 'events/s')} against ${spread(sides.one, 'events/s')}`;
  return [
    {
      ...base,
      measured: 'events on disk, ids kept, 64 clients',
      ...atLeast(ratioOf('many'), 15),
      detail: told('many'),
    },
    {
      ...base,
      measured: 'events on disk, ids kept, 64 clients × 100',
      ...atLeast(ratioOf('batches'), 40),
      detail: told('batches'),
    },
  ];
}

/** Acknowledged events per second of clients that each wait for one answer before they send the next. */
async function perSecond(store: MeterStore, clients: number, size: number, forMs: number): Promise<number> {
  const begun = performance.now();
  let acknowledged = 0;
  await Promise.all(
    Array.from({ length: clients }, async () => {
      const nextId = createEventIds();
      while (performance.now() - begun < forMs) {
        const events = Array.from({ length: size }, (_, i): MeterEvent => ({
          id: nextId(),
          flowId: flows[i % flows.length]!,
          time: Date.now(),
          outcome: 'success',
          milliseconds: (i * 37) % 2500,
        }));
        const { accepted } = await store.record(events);
        acknowledged += accepted;
      }
    }),
  );
  return (acknowledged * 1000) / (performance.now() - begun);
}
