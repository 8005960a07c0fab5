/** What is done in the background, a little at a time so that commits need not wait. */
import { dayMs } from '../../contract/calendar';
import type { Connection } from './database';
import { levels, quarterMs } from './levels';
import { idLifeMs } from './writer';

export interface HouseTimes {
  /** The present by the system's clock. */
  readonly now: number;
  /** The present by which things grow old: does not follow a clock that jumps. */
  readonly trusted: number;
  readonly retentionDays: number;
}

const idsPerStep = 5_000;
const quartersPerStep = 3_000;
/** All ids are looked through once in so long. */
const idRoundMs = 3_600_000;

export class House {
  /** Where the present round through the ids has come to. */
  private lastId = '';
  private nextRound = -Infinity;
  private begun = false;

  /** One step of each kind; returns true where there is more to do at once. */
  step(connection: Connection, times: HouseTimes): boolean {
    connection.write(() => {
      connection.statement('INSERT INTO presence (begin) VALUES (?) ON CONFLICT DO NOTHING').run(quarterOf(times.now));
    });
    if (!this.begun) {
      // Whoever has just opened the file wants to read: what is old can wait.
      this.begun = true;
      return true;
    }
    const moreIds = this.forgetIds(connection, times.trusted);
    const moreFigures = this.forgetFigures(connection, times.trusted - times.retentionDays * dayMs);
    return moreIds || moreFigures;
  }

  private forgetIds(connection: Connection, trusted: number): boolean {
    if (trusted < this.nextRound) return false;
    const end = connection
      .statement('SELECT id FROM ids WHERE id > ? ORDER BY id LIMIT 1 OFFSET ?')
      .get(this.lastId, idsPerStep - 1)?.id as string | undefined;
    connection.write(() =>
      connection
        .statement('DELETE FROM ids WHERE id > ? AND id <= coalesce(?, id) AND seen <= ?')
        .run(this.lastId, end ?? null, trusted - idLifeMs),
    );
    this.lastId = end ?? '';
    if (end === undefined) this.nextRound = trusted + idRoundMs;
    return end !== undefined;
  }

  /** Rows that ended before `cutoff`, some of one flow. */
  private forgetFigures(connection: Connection, cutoff: number): boolean {
    const last = cutoff - quarterMs;
    const old = connection
      .statement(
        `SELECT key, (SELECT begin FROM buckets WHERE flow = key AND level = 0 ORDER BY begin LIMIT 1) AS first
         FROM flows WHERE first <= ? LIMIT 1`,
      )
      .get(last);
    const until = old && Math.min(last, (old.first as number) + quartersPerStep * quarterMs);
    connection.write(() => {
      connection.statement('DELETE FROM presence WHERE begin <= ?').run(last);
      connection.statement('DELETE FROM alerts WHERE time <= ?').run(last);
      if (until === undefined) return;
      for (const table of ['buckets', 'latencies']) {
        levels.forEach((length, level) =>
          connection
            .statement(`DELETE FROM ${table} WHERE flow = ? AND level = ? AND begin <= ?`)
            .run(old!.key!, level, until + quarterMs - length),
        );
      }
      connection.statement('DELETE FROM failures WHERE flow = ? AND begin <= ?').run(old!.key!, until);
    });
    return old !== undefined;
  }
}

function quarterOf(instant: number): number {
  return Math.floor(instant / quarterMs) * quarterMs;
}
