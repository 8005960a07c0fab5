/** What goes in comes out: events, ids and flows. */
import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { meterBusinessAccountId } from '../../../../src/domain/account';
import { dayMs, hourMs } from '../../../../src/contract/calendar';
import { errorKeys } from '../../../../src/contract/metric';
import { startTestServer } from '../../server/testServer';
import { cleanUp, event, failure, flowId, newFile, notice, open, present, requests } from './storeFixture';
import { createEventIds } from '../../../../src/contract/event';

describe('meter store', () => {
  afterEach(cleanUp);

  const span = { begin: present - 2 * dayMs, end: present + hourMs };

  it('counts each id once, within a call, between calls and between stores on one file', async () => {
    const file = newFile();
    const [one, two] = [await open({ file }), await open({ file })];
    const events = [event(), event(), event()];
    assert.deepEqual(await one.record([...events, events[0]!]), { accepted: 3, duplicates: 1 });
    assert.deepEqual(await one.record(events), { accepted: 0, duplicates: 3 });
    assert.deepEqual(await two.record([...events, event()]), { accepted: 1, duplicates: 3 });
    assert.deepEqual(await one.record([]), { accepted: 0, duplicates: 0 });
    assert.equal(await requests(one), 4);
    assert.equal(one.state().recorded, 3);
    assert.equal(one.state().duplicates, 4);
  });

  it('counts the same id of two flows as two events, wherever they come together', async () => {
    const file = newFile();
    const [one, two] = [await open({ file }), await open({ file })];
    const [mine, other] = [event({ id: 'same' }), event({ id: 'same', flowId: '7' })];
    assert.deepEqual(await one.record([mine, other, mine]), { accepted: 2, duplicates: 1 });
    assert.deepEqual(await two.record([event({ id: 'same', flowId: '8' }), other]), { accepted: 1, duplicates: 1 });
    assert.deepEqual(await one.record([mine, other]), { accepted: 0, duplicates: 2 });
    for (const flow of [flowId, '7', '8']) assert.equal(await requests(one, flow), 1);
  });

  it('writes few pages for events that come together from many programs', async () => {
    const file = newFile();
    const store = await open({ file });
    // From here on the journal is left alone for a minute.
    while (statSync(`${file}-wal`).size > 0) await store.readFlow(flowId);
    const programs = Array.from({ length: 64 }, () => createEventIds());
    const rounds = 100;
    for (let i = 0; i < rounds; i++) {
      const { accepted } = await store.record(programs.map((nextId) => event({ id: nextId() })));
      assert.equal(accepted, programs.length);
    }
    const pages = statSync(`${file}-wal`).size / 4120 / rounds;
    assert.ok(pages < 20, `${pages} pages for each commit`);
  });

  it('adds up what several stores on one file write in turns', async () => {
    const file = newFile();
    const stores = [await open({ file }), await open({ file }), await open({ file })];
    for (let i = 0; i < 9; i++) {
      await stores[i % 3]!.record([event({ milliseconds: 100 + i }), event({ milliseconds: 5000 })]);
      if (i === 5) await Promise.all(stores.map((store) => store.record([event({ milliseconds: 100 })])));
    }
    for (const store of stores) {
      const { period } = await store.readMilliseconds({ flowId, granularity: 'LIFETIME', span });
      assert.deepEqual([period?.count, period?.p50], [21, 107]);
      assert.equal(await requests(store), 21);
    }
  });

  it('tells each of those who come together what became of their own events', async () => {
    const store = await open();
    const shared = event();
    const answers = await Promise.all([
      store.record([event(), event()]),
      store.record([shared]),
      store.record([shared, event()]),
      store.record([event()]),
    ]);
    assert.deepEqual(answers, [
      { accepted: 2, duplicates: 0 },
      { accepted: 1, duplicates: 0 },
      { accepted: 1, duplicates: 1 },
      { accepted: 1, duplicates: 0 },
    ]);
  });

  it('takes an id for a new one after 24 hours', async () => {
    let now = present;
    const file = newFile();
    const store = await open({ file, now: () => now });
    const known = event();
    await store.record([known]);
    await store.close();
    now = present + dayMs - 1000;
    const later = await open({ file, now: () => now });
    assert.deepEqual(await later.record([known]), { accepted: 0, duplicates: 1 });
    await later.close();
    now = present + dayMs;
    const last = await open({ file, now: () => now });
    assert.deepEqual(await last.record([known]), { accepted: 1, duplicates: 0 });
    assert.deepEqual(await last.record([known]), { accepted: 0, duplicates: 1 });
  });

  it('sorts every outcome into its figure', async () => {
    const store = await open();
    const latencies = [0, 0.4, 1000, 1000.1, 9999, 10_000, 10_000.5, 86_400_000];
    await store.record([
      ...latencies.map((milliseconds) => event({ milliseconds })),
      ...errorKeys.flatMap((outcome, i) => Array.from({ length: i + 1 }, () => event({ outcome }))),
      event({ outcome: 'check_succeeded' }),
      event({ outcome: 'check_succeeded' }),
      event({ outcome: 'check_failed', reason: 'refused' }),
    ]);
    const read = async (metric: Parameters<typeof store.readSeries>[0]['metric']): Promise<Record<string, number>> => {
      const { columns } = await store.readSeries({ flowId, metric, granularity: 'HOUR', span });
      return Object.fromEntries(columns.map(({ key, values }) => [key, values[0]!]).filter(([, value]) => value !== 0));
    };
    assert.deepEqual(await read('ENDPOINT_REQUEST_COUNT'), { value: 18 });
    assert.deepEqual(await read('ENDPOINT_REQUEST_ERROR'), Object.fromEntries(errorKeys.map((key, i) => [key, i + 1])));
    assert.deepEqual(await read('ENDPOINT_REQUEST_ERROR_RATE'), { value: 0.55555555555556 });
    assert.deepEqual(await read('ENDPOINT_REQUEST_LATENCY_SECONDS_CEIL'), { 1: 3, 2: 1, 10: 2, '10+': 2 });
    assert.deepEqual(await read('ENDPOINT_AVAILABILITY'), { succeeded: 2, failed: 1 });
  });

  it('keeps the reason of the last failed check of a quarter of an hour', async () => {
    const file = newFile();
    const store = await open({ file });
    const fail = (seconds: number, reason: string) =>
      event({ outcome: 'check_failed', time: present + seconds * 1000, reason });
    await store.record([fail(10, 'later'), fail(5, 'earlier')]);
    await store.record([fail(7, 'between')]);
    await store.close();
    const database = new DatabaseSync(file, { timeout: 10_000 });
    assert.deepEqual(
      database
        .prepare('SELECT time, reason FROM failures')
        .all()
        .map((row) => ({ ...row })),
      [{ time: present + 10_000, reason: 'later' }],
    );
    database.close();
  });

  it('keeps a reason whole that holds what no text of the file may hold', async () => {
    const file = newFile();
    const store = await open({ file });
    const server = await startTestServer({ meter: store });
    const { id, flowId, time } = event();
    const sent = 'cut \0 here, \ud83d alone, \ude00 too, 😀 not';
    const line = JSON.stringify({ id, flow: flowId, time, outcome: 'check_failed', reason: sent });
    const { json } = await server.post('/v26.0/events', line, 'application/x-ndjson');
    await server.close();
    await store.close();
    assert.deepEqual(json, { accepted: 1, duplicates: 0 });
    const database = new DatabaseSync(file, { timeout: 10_000 });
    const { reason } = database.prepare('SELECT reason FROM failures').get()!;
    database.close();
    assert.equal(reason, 'cut � here, � alone, � too, 😀 not');
  });

  it('makes flows known by their events, and by what it is told', async () => {
    const store = await open();
    await store.record([event({ flowId: '42' })]);
    await store.putFlow({ id: '7', name: 'Seven', upstream: 'http://127.0.0.1:3000/flow' });
    await store.putFlow({ id: '42' });
    await store.recordAlerts([notice({ flowId: '42', type: 'FLOW_STATUS_CHANGE', newStatus: 'BLOCKED' })]);
    await store.putFlow({ id: '7', name: 'New seven' });
    const { flows } = (await store.listFlows({ limit: 100 }))!;
    assert.deepEqual(
      flows.map(({ id, fields }) => [id, fields.name, fields.status, fields.endpoint_uri]),
      [
        ['42', '42', 'BLOCKED', undefined],
        ['7', 'New seven', 'PUBLISHED', 'http://127.0.0.1:3000/flow'],
      ],
    );
    assert.equal((flows[0]!.fields.health_status as { can_send_message: string }).can_send_message, 'BLOCKED');
    assert.equal(store.businessAccount.id, meterBusinessAccountId);
    assert.equal(await store.listFlows({ limit: 100, from: '1' }), undefined);
    assert.equal(await store.readFlow('1'), undefined);
    assert.equal(await store.firstStoredDay('7'), undefined);
    assert.equal(await store.firstStoredDay('42'), '2026-03-12');
  });

  it('refuses events of another time, and counts none of what came with them', async () => {
    const store = await open({ retentionDays: 10 });
    for (const [time, problem] of [
      [present + dayMs + 1, /future.*24 hours/],
      [present - 10 * dayMs - 1, /too old.*10 days/],
      [NaN, /too old/],
    ] as const) {
      const { kind, message, error } = await failure(store.record([event(), event(), event({ time }), event()]));
      assert.equal(kind, 'refused');
      assert.match(message, problem);
      assert.equal(error.index, 2);
    }
    assert.equal(await requests(store), 0);
    await store.record([event({ time: present + dayMs }), event({ time: present - 10 * dayMs })]);
    assert.equal(await requests(store), 2);
  });

  it('writes what was handed over before it closes, and takes nothing more', async () => {
    const file = newFile();
    const store = await open({ file });
    const pending = Array.from({ length: 5 }, () => store.record([event()]));
    const closing = store.close();
    const late = failure(store.record([event()]));
    await closing;
    assert.equal((await Promise.all(pending)).length, 5);
    assert.equal((await late).kind, 'closed');
    assert.equal((await failure(store.readAlerts(flowId))).kind, 'closed');
    await store.close();
    assert.equal(await requests(await open({ file })), 5);
  });
});
