/** Deletes old figures in the background, a few at a time so that commits need not wait. */
import type { SQLInputValue } from 'node:sqlite';
import { dayMs } from '../../contract/calendar';
import type { Connection } from './connection';
import { rollups, quarterMs } from '../rollups';
import type { SweepTimes } from '../storeEngine';
import { idLifeMs } from './writer';

const idsPerStep = 5_000;
const quartersPerStep = 3_000;
const flowsPerStep = 2_000;
/**
 * A computer that starts with a wrong clock must not cost what was measured. So nothing grows old where the meter was
 * away for longer than this, by its own notes of when it ran, until it has run for a day since.
 */
const longestAwayMs = 7 * dayMs;
const quartersOfADay = dayMs / quarterMs;
/** Before every flow. */
const firstFlow = Number.MIN_SAFE_INTEGER;
/** How long emptying the journal waits for those who read: commits wait meanwhile. */
const checkpointMs = 100;
/** All ids are looked through once in so long. */
const idRoundMs = 3_600_000;

/** A walk through a table of ids, some at each step. */
class IdRound {
  /** Where it has come to; undefined at the beginning. */
  private last: readonly SQLInputValue[] | undefined;

  constructor(
    private readonly table: string,
    /** Columns of the primary key. */
    private readonly key: readonly string[],
  ) {}

  /** Forgets some of those that were seen before; false where the walk has come to its end, which begins the next one. */
  step(connection: Connection, before: number): boolean {
    const columns = this.key.join(', ');
    const place = `(${this.key.map(() => '?').join(', ')})`;
    const after = this.last ? `(${columns}) > ${place}` : 'TRUE';
    const from = this.last ?? [];
    const row = connection
      .statement(
        `SELECT ${columns} FROM ${this.table} WHERE ${after} ORDER BY ${columns} LIMIT 1 OFFSET ${idsPerStep - 1}`,
      )
      .get(...from);
    const end = row && this.key.map((column) => row[column]!);
    const until = end ? `(${columns}) <= ${place}` : 'TRUE';
    connection.write(() =>
      connection
        .statement(`DELETE FROM ${this.table} WHERE ${after} AND ${until} AND seen <= ?`)
        .run(...from, ...(end ?? []), before),
    );
    this.last = end;
    return end !== undefined;
  }
}

export class Retention {
  private readonly rounds = [new IdRound('ids', ['id']), new IdRound('event_ids', ['flow', 'id'])];
  /** Which of them is under way. */
  private round = 0;
  private nextRound = -Infinity;
  /** Of the flows, those up to this one were looked through for old figures. */
  private lastFlow = firstFlow;
  private begun = false;

  /** One step of each kind; returns true where there is more to do at once. */
  step(connection: Connection, { now, retentionNow, retentionDays }: SweepTimes): boolean {
    connection.write(() => {
      connection.statement('INSERT INTO presence (begin) VALUES (?) ON CONFLICT DO NOTHING').run(quarterOf(now));
    });
    if (!this.begun) {
      // A program that has just opened the file wants to read: old figures can wait.
      this.begun = true;
      return true;
    }
    const ages = isPlausible(connection, retentionNow);
    const moreIds = ages && this.forgetIds(connection, retentionNow);
    const moreFigures = ages && this.forgetFigures(connection, retentionNow - retentionDays * dayMs);
    if (moreIds || moreFigures) return true;
    // A copy of the file alone, and one that is moved away, then lack no more than the last minute.
    connection.checkpoint(checkpointMs);
    return false;
  }

  private forgetIds(connection: Connection, retentionNow: number): boolean {
    if (retentionNow < this.nextRound) return false;
    if (this.rounds[this.round]!.step(connection, retentionNow - idLifeMs)) return true;
    this.round = (this.round + 1) % this.rounds.length;
    if (this.round > 0) return true;
    this.nextRound = retentionNow + idRoundMs;
    return false;
  }

  /** Rows that ended before `cutoff`, some of one flow. */
  private forgetFigures(connection: Connection, cutoff: number): boolean {
    const last = cutoff - quarterMs;
    const end = connection
      .statement(`SELECT key FROM flows WHERE key > ? ORDER BY key LIMIT 1 OFFSET ${flowsPerStep - 1}`)
      .get(this.lastFlow)?.key as number | undefined;
    const old = connection
      .statement(
        `SELECT key, (SELECT begin FROM buckets WHERE flow = key AND level = 0 ORDER BY begin LIMIT 1) AS first
         FROM flows WHERE key > ? AND key <= ? AND first <= ? LIMIT 1`,
      )
      .get(this.lastFlow, end ?? Number.MAX_SAFE_INTEGER, last);
    const until = old && Math.min(last, (old.first as number) + quartersPerStep * quarterMs);
    connection.write(() => {
      connection.statement('DELETE FROM presence WHERE begin <= ?').run(last);
      connection.statement('DELETE FROM notices WHERE time <= ?').run(last);
      connection.statement('DELETE FROM marks WHERE time <= ?').run(last);
      if (until === undefined) return;
      for (const table of ['buckets', 'latencies']) {
        rollups.forEach((length, level) =>
          connection
            .statement(`DELETE FROM ${table} WHERE flow = ? AND level = ? AND begin <= ?`)
            .run(old!.key!, level, until + quarterMs - length),
        );
      }
      connection.statement('DELETE FROM failures WHERE flow = ? AND begin <= ?').run(old!.key!, until);
    });
    if (old) return true;
    this.lastFlow = end ?? firstFlow;
    return end !== undefined;
  }
}

/** False where the last day of running has a hole before which the clock may have been another one. */
function isPlausible(connection: Connection, present: number): boolean {
  let later = present;
  const rows = connection
    .statement(`SELECT begin FROM presence WHERE begin <= ? ORDER BY begin DESC LIMIT ${quartersOfADay}`)
    .all(present) as { begin: number }[];
  return rows.every(({ begin }) => {
    const away = later - begin;
    later = begin;
    return away <= longestAwayMs;
  });
}

function quarterOf(instant: number): number {
  return Math.floor(instant / quarterMs) * quarterMs;
}
