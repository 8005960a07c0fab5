/** The tables of a meter's file, and how older files become new ones. */
import { errorKeys, latencyKeys } from '../../contract/metric';

/** `Flow` as a number: tells a file of ours from any other SQLite file. */
export const applicationId = 0x466c_6f77;

/** Columns of `buckets` in the order of a row of figures. */
export const figureColumns: readonly string[] = [
  'requests',
  ...errorKeys,
  ...latencyKeys.map((key) => `latency_${key.replace('+', '_plus')}`),
  'succeeded',
  'failed',
];

/**
 * Each entry takes a file from the version of its index to the next. Entries never change once they were released: what
 * is wanted otherwise is a further entry.
 */
export const migrations: readonly string[] = [
  `
  CREATE TABLE flows (
    key INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    name TEXT,
    upstream TEXT,
    status TEXT
  ) STRICT;

  -- Figures of a flow in one length of time (level) that begins at an epoch millisecond of UTC.
  CREATE TABLE buckets (
    flow INTEGER NOT NULL,
    level INTEGER NOT NULL,
    begin INTEGER NOT NULL,
    ${figureColumns.map((column) => `${column} INTEGER NOT NULL`).join(',\n    ')},
    PRIMARY KEY (flow, level, begin)
  ) STRICT, WITHOUT ROWID;

  -- Apart from the figures, so that these stay close together.
  CREATE TABLE latencies (
    flow INTEGER NOT NULL,
    level INTEGER NOT NULL,
    begin INTEGER NOT NULL,
    histogram BLOB NOT NULL,
    PRIMARY KEY (flow, level, begin)
  ) STRICT, WITHOUT ROWID;

  -- Why the last check of a quarter of an hour failed.
  CREATE TABLE failures (
    flow INTEGER NOT NULL,
    begin INTEGER NOT NULL,
    time INTEGER NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (flow, begin)
  ) STRICT, WITHOUT ROWID;

  -- Ids of the last 24 hours, and when they came.
  CREATE TABLE ids (
    id TEXT PRIMARY KEY,
    seen INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  `,
  `
  -- Quarters of an hour in which a meter ran: without requests in one of them there were none.
  CREATE TABLE presence (begin INTEGER PRIMARY KEY) STRICT;

  CREATE TABLE alerts (
    id TEXT PRIMARY KEY,
    flow TEXT NOT NULL,
    type TEXT NOT NULL,
    state TEXT NOT NULL,
    time INTEGER NOT NULL,
    until INTEGER,
    value REAL,
    threshold REAL,
    text TEXT NOT NULL,
    ended_by TEXT
  ) STRICT;
  CREATE INDEX alerts_by_flow ON alerts (flow, time);
  `,
  `
  -- Ids of the last 24 hours by the number of their flow, and when they came. The table \`ids\` stays: what stands there came
  -- before, and is known for every flow until it is a day old.
  CREATE TABLE event_ids (
    flow INTEGER NOT NULL,
    id TEXT NOT NULL,
    seen INTEGER NOT NULL,
    PRIMARY KEY (flow, id)
  ) STRICT, WITHOUT ROWID;
  `,
];
