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
  `
  -- What Meta's notices said, each once, and what they mean together: when an alert ended, its place among those of one
  -- second, and whether it is shown by itself or only ends others.
  CREATE TABLE notices (
    id TEXT PRIMARY KEY,
    flow TEXT NOT NULL,
    type TEXT NOT NULL,
    state TEXT NOT NULL,
    time INTEGER NOT NULL,
    value REAL,
    threshold REAL,
    text TEXT NOT NULL,
    requests_count REAL,
    p50_latency REAL,
    errors TEXT,
    old_status TEXT,
    new_status TEXT,
    reason TEXT,
    until INTEGER,
    place INTEGER NOT NULL,
    stands INTEGER NOT NULL
  ) STRICT;
  INSERT INTO notices (id, flow, type, state, time, value, threshold, text, until, place, stands)
    SELECT id, flow, type, iif(ended_by IS NULL, state, 'ACTIVATED'), time, value, threshold, text,
      iif(state = 'DEACTIVATED', coalesce(until, time), NULL), 0, 1 FROM alerts;
  -- An end was kept with the alerts that it ended only.
  INSERT INTO notices (id, flow, type, state, time, threshold, text, until, place, stands)
    SELECT ended_by, flow, type, 'DEACTIVATED', until, min(threshold),
      iif(type = 'FLOW_STATUS_CHANGE', 'The flow''s status changed.', type), until, 0, type = 'FLOW_STATUS_CHANGE'
    FROM alerts WHERE ended_by IS NOT NULL GROUP BY ended_by
    ON CONFLICT DO NOTHING;
  CREATE INDEX notices_by_time ON notices (flow, time);
  CREATE INDEX notices_by_type ON notices (flow, type, time);
  CREATE INDEX active_notices ON notices (flow) WHERE state = 'ACTIVATED' AND until IS NULL;
  -- What an earlier version left standing though something newer was told.
  UPDATE notices SET until = (
    SELECT min(time) FROM notices AS newer
    WHERE newer.flow = notices.flow AND newer.type = notices.type AND newer.time > notices.time
      AND iif(newer.state = 'ACTIVATED', newer.threshold IS notices.threshold,
        coalesce(newer.threshold <= notices.threshold, TRUE))
  ) WHERE state = 'ACTIVATED' AND until IS NULL;
  -- Of when the flow's status is.
  ALTER TABLE flows ADD COLUMN status_time INTEGER;
  UPDATE flows SET status_time = (SELECT max(time) FROM notices WHERE flow = flows.id AND type = 'FLOW_STATUS_CHANGE');
  DROP TABLE alerts;
  `,
  `
  -- When the flow became known or what is known of it changed last, by the system's clock.
  ALTER TABLE flows ADD COLUMN updated INTEGER;
  UPDATE flows SET updated = unixepoch() * 1000;
  CREATE TRIGGER flow_added AFTER INSERT ON flows BEGIN
    UPDATE flows SET updated = unixepoch() * 1000 WHERE key = new.key;
  END;
  CREATE TRIGGER flow_changed AFTER UPDATE OF name, upstream, status ON flows
    WHEN old.name IS NOT new.name OR old.upstream IS NOT new.upstream OR old.status IS NOT new.status BEGIN
    UPDATE flows SET updated = unixepoch() * 1000 WHERE key = new.key;
  END;
  `,
  `
  -- What happened at an instant, as a person or a program says, such as a release; without a flow ('') for all of them.
  CREATE TABLE marks (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    flow TEXT NOT NULL,
    time INTEGER NOT NULL,
    text TEXT NOT NULL,
    UNIQUE (flow, time, text)
  ) STRICT;
  `,
];
