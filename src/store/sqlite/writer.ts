/** Counts events: one transaction for all that came together, one upsert for each flow, length of time and commit. */
import { dayMs } from '../../contract/calendar';
import { eventOutcomes, type EventOutcome } from '../../contract/event';
import { errorKeys, latencyKeys } from '../../contract/metric';
import { figureAt, figureCount } from '../bucketRow';
import type { Connection } from './connection';
import {
  isEncoded,
  addEncoded,
  addMilliseconds,
  encode,
  newHistogram,
  type LatencyHistogram,
} from '../latencyHistogram';
import { rollups } from '../rollups';
import { MeterError } from '../meterStore';
import type { PackedEvents } from '../packedEvents';
import { figureColumns } from './schema';

/** An id is known for so long. */
export const idLifeMs = dayMs;

/** The sums that a commit adds to one row of each table. */
interface Sum {
  readonly flow: number;
  readonly level: number;
  readonly begin: number;
  readonly figures: Float64Array;
  readonly milliseconds: number[];
}

/** The sums of one level by flow and begin. */
class Sums {
  private readonly byFlow = new Map<number, Map<number, Sum>>();

  constructor(private readonly level: number) {}

  /** The sum to which that instant belongs; empty where there was none. */
  of(flow: number, time: number): Sum {
    const begin = Math.floor(time / rollups[this.level]!) * rollups[this.level]!;
    let sums = this.byFlow.get(flow);
    if (!sums) this.byFlow.set(flow, (sums = new Map()));
    let sum = sums.get(begin);
    if (!sum) {
      sum = { flow, level: this.level, begin, figures: new Float64Array(figureCount), milliseconds: [] };
      sums.set(begin, sum);
    }
    return sum;
  }

  *all(): Iterable<Sum> {
    for (const sums of this.byFlow.values()) yield* sums.values();
  }
}

/** The same sums in longer lengths of time. */
function rollUp(quarters: Sums, level: number): Sums {
  const sums = new Sums(level);
  for (const { flow, begin, figures, milliseconds } of quarters.all()) {
    const sum = sums.of(flow, begin);
    figures.forEach((figure, i) => (sum.figures[i]! += figure));
    for (const value of milliseconds) sum.milliseconds.push(value);
  }
  return sums;
}

interface Failure {
  readonly flow: number;
  readonly begin: number;
  readonly time: number;
  readonly reason: string;
}

/** More would cost memory for what is not written to any more. */
const maxOpenHistograms = 600;
/** Numbers of flows that are kept at hand: those of a busy meter, not of all that there are. */
const maxCachedKeys = 10_000;

// Numbered parameters would need a newer Node than the oldest that this must run on.
const insertId = `
  INSERT INTO event_ids (flow, id, seen) VALUES (?, ?, ?)
  ON CONFLICT (flow, id) DO UPDATE SET seen = excluded.seen WHERE event_ids.seen <= ?`;

const addFigures = `
  INSERT INTO buckets (flow, level, begin, ${figureColumns.join(', ')})
  VALUES (?, ?, ?, ${figureColumns.map(() => '?').join(', ')})
  ON CONFLICT DO UPDATE SET ${figureColumns.map((column) => `${column} = ${column} + excluded.${column}`).join(', ')}`;

const putHistogram = `
  INSERT INTO latencies (flow, level, begin, histogram) VALUES (?, ?, ?, ?)
  ON CONFLICT DO UPDATE SET histogram = excluded.histogram`;

const putFailure = `
  INSERT INTO failures (flow, begin, time, reason) VALUES (?, ?, ?, ?)
  ON CONFLICT DO UPDATE SET time = excluded.time, reason = excluded.reason WHERE excluded.time >= time`;

export class Writer {
  /** A cache of the file, emptied whenever another process may have written. */
  private keys = new Map<string, number>();
  private histograms = new Map<string, LatencyHistogram>();
  private connection: Connection | undefined;
  private dataVersion: unknown;
  /** How many flows there are, where this commit had to know. */
  private flowCount: number | undefined;

  constructor(
    private readonly maxFlows: number,
    /** Called for a distribution of latencies that cannot be read any more. */
    private readonly onDamage: () => void = (): void => undefined,
  ) {}

  /**
   * Counts the events and returns for each whether it counts (1) or its flow had its id before (0). `seen` is the
   * present, by which ids grow old.
   */
  commit(connection: Connection, events: PackedEvents, seen: number): Uint8Array {
    try {
      return connection.write(() => {
        this.flowCount = undefined;
        this.invalidateCache(connection);
        const keys = events.flows.map((id) => this.keys.get(id));
        const isNew = this.takeIds(connection, events, keys, seen);
        this.addUp(connection, events, keys, isNew);
        return isNew;
      });
    } catch (error) {
      // The histograms hold what the file does not.
      this.connection = undefined;
      throw error;
    }
  }

  /** Forgets what is known where the file is another one, or another process has written to it. */
  private invalidateCache(connection: Connection): void {
    const version = connection.statement('PRAGMA data_version').get()!.data_version;
    if (connection === this.connection && version === this.dataVersion) return;
    this.connection = connection;
    this.dataVersion = version;
    this.keys = new Map();
    this.histograms = new Map();
  }

  /** `keys` are the numbers of the flows that occur; those of new flows are put there. */
  private takeIds(
    connection: Connection,
    events: PackedEvents,
    keys: (number | undefined)[],
    seen: number,
  ): Uint8Array {
    const { count, ids, flows, flowAt } = events;
    const isNew = new Uint8Array(count);
    const insert = connection.statement(insertId);
    const isOld = oldIds(connection, seen - idLifeMs);
    ids.split('\n').forEach((id, i) => {
      // Asked first: what is no new event must not make its flow known.
      if (isOld?.(id)) return;
      const place = flowAt[i]!;
      const flow = (keys[place] ??= this.keyOf(connection, flows[place]!, i));
      isNew[i] = Number(insert.run(flow, id, seen, seen - idLifeMs).changes);
    });
    return isNew;
  }

  private addUp(
    connection: Connection,
    events: PackedEvents,
    keys: readonly (number | undefined)[],
    isNew: Uint8Array,
  ): void {
    const quarters = new Sums(0);
    const failures = new Map<string, Failure>();
    for (let i = 0; i < events.count; i++) {
      if (!isNew[i]) continue;
      const flow = keys[events.flowAt[i]!]!;
      const time = events.times[i]!;
      const sum = quarters.of(flow, time);
      addEvent(sum, eventOutcomes[events.outcomes[i]!]!, events.milliseconds[i]!);
      const reason = events.reasons.get(i);
      if (reason === undefined) continue;
      const key = `${flow} ${sum.begin}`;
      if ((failures.get(key)?.time ?? -Infinity) <= time) failures.set(key, { flow, begin: sum.begin, time, reason });
    }
    this.write(connection, quarters);
    for (let level = 1; level < rollups.length; level++) this.write(connection, rollUp(quarters, level));
    for (const { flow, begin, time, reason } of failures.values()) {
      connection.statement(putFailure).run(flow, begin, time, reason);
    }
  }

  private write(connection: Connection, sums: Sums): void {
    const upsert = connection.statement(addFigures);
    for (const sum of sums.all()) {
      upsert.run(sum.flow, sum.level, sum.begin, ...sum.figures);
      if (sum.milliseconds.length > 0) this.addLatencies(connection, sum);
    }
  }

  private addLatencies(connection: Connection, { flow, level, begin, milliseconds }: Sum): void {
    const key = `${flow} ${level} ${begin}`;
    let histogram = this.histograms.get(key);
    if (!histogram) {
      histogram = this.emptyHistogram();
      const stored = connection
        .statement('SELECT histogram FROM latencies WHERE flow = ? AND level = ? AND begin = ?')
        .get(flow, level, begin);
      if (stored) {
        const bytes = stored.histogram as Uint8Array;
        // Of a damaged one the rest of the interval is kept: one row must not hold up all that is measured.
        if (isEncoded(bytes)) addEncoded(histogram, bytes);
        else this.onDamage();
      }
      this.histograms.set(key, histogram);
    }
    for (const value of milliseconds) addMilliseconds(histogram, value);
    connection.statement(putHistogram).run(flow, level, begin, encode(histogram));
  }

  /** One that was opened long ago is used again: new ones for each of thousands of flows would be much garbage at once. */
  private emptyHistogram(): LatencyHistogram {
    const [oldest] = this.histograms.size < maxOpenHistograms ? [] : this.histograms;
    if (!oldest) return newHistogram();
    this.histograms.delete(oldest[0]);
    oldest[1].reset();
    return oldest[1];
  }

  /** The flow's number in the file. The event at that place makes it known, or is refused where there are too many. */
  private keyOf(connection: Connection, id: string, index: number): number {
    const key = findKey(connection, id) ?? this.addFlow(connection, id, index);
    if (this.keys.size >= maxCachedKeys) this.keys.clear();
    this.keys.set(id, key);
    return key;
  }

  private addFlow(connection: Connection, id: string, index: number): number {
    this.flowCount ??= connection.statement('SELECT count(*) AS count FROM flows').get()!.count as number;
    if (this.flowCount >= this.maxFlows) {
      throw new MeterError(
        'refused',
        `flow ${id} is new, and events make at most ${this.maxFlows} flows known: raise --max-flows where more are meant.`,
        index,
      );
    }
    this.flowCount++;
    connection.statement('INSERT INTO flows (id) VALUES (?)').run(id);
    return findKey(connection, id)!;
  }
}

function findKey(connection: Connection, id: string): number | undefined {
  return connection.statement('SELECT key FROM flows WHERE id = ?').get(id)?.key as number | undefined;
}

/** Tells the ids that an earlier version wrote, which stand for every flow; undefined where there are none any more. */
function oldIds(connection: Connection, after: number): ((id: string) => boolean) | undefined {
  if (!connection.statement('SELECT 1 FROM ids LIMIT 1').get()) return undefined;
  const find = connection.statement('SELECT 1 FROM ids WHERE id = ? AND seen > ?');
  return (id) => find.get(id, after) !== undefined;
}

function addEvent({ figures, milliseconds: all }: Sum, outcome: EventOutcome, milliseconds: number): void {
  if (outcome === 'check_succeeded') figures[figureAt.succeeded]!++;
  else if (outcome === 'check_failed') figures[figureAt.failed]!++;
  else {
    figures[figureAt.requests]!++;
    if (outcome === 'success') {
      // Seconds rounded up, as at Meta: 1.0 s is in the first class, what took no time as well.
      const bucket = Math.min(latencyKeys.length, Math.max(1, Math.ceil(milliseconds / 1000)));
      figures[figureAt.latency + bucket - 1]!++;
      all.push(milliseconds);
    } else {
      figures[figureAt.errors + errorKeys.indexOf(outcome)]!++;
    }
  }
}
