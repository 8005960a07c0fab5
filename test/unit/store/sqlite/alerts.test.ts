/** Alerts and statuses by Meta's own times, in whatever order and how often its notices come. */
import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import type { AlertNotice, MeterAlert } from '../../../../src/contract/alert';
import { readWebhook } from '../../../../src/recorder/webhook/flowsEvent';
import { applicationId, migrations } from '../../../../src/store/sqlite/schema';
import type { MeterStore } from '../../../../src/store/meterStore';
import { rounds } from '../../../fixtures/soak';
import { cleanUp, flowId, newFile, notice, open, present } from './storeFixture';

/** What Meta tells at a second: the reading of its payload. */
function told(second: number, value: object, flow = flowId): AlertNotice {
  const changes = [{ field: 'flows', value: { flow_id: flow, ...value } }];
  const reading = readWebhook({ entry: [{ time: present / 1000 + second, changes }] }, 0)!;
  assert.equal(reading.notices.length, 1, JSON.stringify([...reading.unknown]));
  return reading.notices[0]!;
}

const errorRate = (second: number, state: string, threshold: number | undefined = 10): AlertNotice =>
  told(second, { event: 'ENDPOINT_ERROR_RATE', alert_state: state, threshold });
const status = (second: number, from: string | undefined, to: string): AlertNotice =>
  told(second, { event: 'FLOW_STATUS_CHANGE', old_status: from, new_status: to });

/** What there is to see of a flow, without ids. */
async function seen(store: MeterStore, flow = flowId): Promise<unknown> {
  const { fields } = (await store.readFlow(flow))!;
  const alerts = await store.readAlerts(flow);
  return {
    status: fields.status,
    health: errorsOf(fields),
    alerts: alerts.map((alert) => ({ ...alert, id: '', flowId: '' })),
  };
}

function errorsOf(fields: Readonly<Record<string, unknown>>): unknown {
  return (fields.health_status as { entities: readonly { errors?: unknown }[] }).entities[0]!.errors;
}

/** Type or new status, second, and the second of its end. */
function brief(alerts: readonly MeterAlert[]): unknown {
  const second = (time: number): number => (time - present) / 1000;
  return alerts.map(({ newStatus, threshold, state, time, until }) => [
    newStatus ?? threshold,
    state,
    second(time),
    ...(until === undefined ? [] : [second(until)]),
  ]);
}

function orders<T>(list: readonly T[]): readonly (readonly T[])[] {
  if (list.length < 2) return [list];
  return list.flatMap((one, i) => orders(list.toSpliced(i, 1)).map((rest) => [one, ...rest]));
}

describe('meter store: alerts', () => {
  let store: MeterStore;
  let flows = 1000;

  beforeEach(async () => {
    store = await open();
    await store.putFlow({ id: flowId });
  });
  afterEach(cleanUp);

  /** Stores the notices in each order, each time for a flow of its own, every notice twice. */
  async function inEachOrder(notices: readonly AlertNotice[], check: (flow: string) => Promise<void>): Promise<void> {
    for (const order of orders(notices)) {
      const flow = String(++flows);
      await store.putFlow({ id: flow });
      const own = order.map((one) => ({ ...one, id: `${flow}:${one.id}`, flowId: flow }));
      for (const one of [...own, ...own]) await store.recordAlerts([one]);
      await check(flow);
    }
  }

  it('end by an end of their own threshold or of a lower one, and by no other', async () => {
    const [five, ten] = [notice({ threshold: 5, text: 'five' }), notice({ time: present + 5000, text: 'ten' })];
    const over = notice({ time: present + 9000, state: 'DEACTIVATED' });
    const foreign = notice({ time: present + 10_000, state: 'DEACTIVATED', type: 'ENDPOINT_LATENCY' });
    await store.recordAlerts([five, ten, five]);
    await store.recordAlerts([over, foreign, over, ten]);
    assert.deepEqual(await store.readAlerts(flowId), [
      { ...foreign, until: foreign.time },
      { ...ten, state: 'DEACTIVATED', until: over.time },
      five,
    ]);
    assert.deepEqual(await store.readAlerts('1'), []);
    assert.deepEqual(errorsOf((await store.readFlow(flowId))!.fields), [{ error_description: 'five' }]);
    await store.recordAlerts([notice({ threshold: 5, time: present + 11_000, state: 'DEACTIVATED' })]);
    assert.equal(errorsOf((await store.readFlow(flowId))!.fields), undefined);
  });

  it('that ended before they were told of are stored as ended', () =>
    inEachOrder([errorRate(0, 'ACTIVATED'), errorRate(540, 'DEACTIVATED')], async (flow) => {
      assert.deepEqual(brief(await store.readAlerts(flow)), [[10, 'DEACTIVATED', 0, 540]]);
    }));

  it('of one threshold hold once, the newest', () =>
    inEachOrder(
      [errorRate(0, 'ACTIVATED'), errorRate(60, 'ACTIVATED'), errorRate(60, 'ACTIVATED', 50)],
      async (flow) => {
        const alerts = (await store.readAlerts(flow)).map((alert) => brief([alert]) as unknown[]).flat();
        assert.deepEqual(
          new Set(alerts.map((alert) => JSON.stringify(alert))),
          new Set(['[10,"ACTIVATED",60]', '[50,"ACTIVATED",60]', '[10,"DEACTIVATED",0,60]']),
        );
      },
    ));

  it('let an older status neither hold nor come back', () =>
    inEachOrder([status(0, 'PUBLISHED', 'THROTTLED'), status(60, 'THROTTLED', 'PUBLISHED')], async (flow) => {
      assert.equal((await store.readFlow(flow))!.fields.status, 'PUBLISHED');
      assert.deepEqual(brief(await store.readAlerts(flow)), [
        ['PUBLISHED', 'DEACTIVATED', 60, 60],
        ['THROTTLED', 'DEACTIVATED', 0, 60],
      ]);
    }));

  it('of a recovery end step by step', () =>
    inEachOrder(
      [status(0, 'THROTTLED', 'BLOCKED'), status(60, 'BLOCKED', 'THROTTLED'), status(120, 'THROTTLED', 'PUBLISHED')],
      async (flow) => {
        assert.deepEqual(brief(await store.readAlerts(flow)), [
          ['PUBLISHED', 'DEACTIVATED', 120, 120],
          ['THROTTLED', 'DEACTIVATED', 60, 120],
          ['BLOCKED', 'DEACTIVATED', 0, 60],
        ]);
        const { fields } = (await store.readFlow(flow))!;
        assert.deepEqual([fields.status, errorsOf(fields)], ['PUBLISHED', undefined]);
      },
    ));

  it('of two changes within one second are two, and the statuses tell which was first', async () => {
    const changes = [status(5, undefined, 'DRAFT'), status(5, 'DRAFT', 'PUBLISHED'), status(5, 'PUBLISHED', 'BLOCKED')];
    await inEachOrder(changes, async (flow) => {
      assert.equal((await store.readFlow(flow))!.fields.status, 'BLOCKED');
      assert.deepEqual(brief(await store.readAlerts(flow)), [
        ['BLOCKED', 'ACTIVATED', 5],
        ['PUBLISHED', 'DEACTIVATED', 5, 5],
        ['DRAFT', 'DEACTIVATED', 5, 5],
      ]);
    });
    // There and back again: what held before tells it.
    for (const [first, last] of [
      ['PUBLISHED', 'PUBLISHED'],
      ['THROTTLED', 'THROTTLED'],
    ] as const) {
      const round = [status(5, 'PUBLISHED', 'THROTTLED'), status(5, 'THROTTLED', 'PUBLISHED')];
      await inEachOrder([status(0, undefined, first), ...round], async (flow) => {
        assert.equal((await store.readFlow(flow))!.fields.status, last);
      });
    }
  });

  it('of one second that begin and end hold where they were active before, and not where they were not', async () => {
    const both = [errorRate(5, 'ACTIVATED'), errorRate(5, 'DEACTIVATED')];
    await inEachOrder(both, async (flow) => {
      assert.deepEqual(brief(await store.readAlerts(flow)), [[10, 'DEACTIVATED', 5, 5]]);
    });
    await inEachOrder([...both, errorRate(0, 'ACTIVATED')], async (flow) => {
      assert.deepEqual(brief(await store.readAlerts(flow)), [
        [10, 'ACTIVATED', 5],
        [10, 'DEACTIVATED', 0, 5],
      ]);
    });
  });

  it('come to the same in any order, however often and in whatever pieces they come', async () => {
    const second = fc.integer({ min: 0, max: 4 });
    const alert = fc.record({
      second,
      event: fc.constantFrom('ENDPOINT_ERROR_RATE', 'ENDPOINT_LATENCY'),
      alert_state: fc.constantFrom('ACTIVATED', 'DEACTIVATED'),
      threshold: fc.constantFrom(undefined, 5, 10, 50),
      message: fc.constantFrom(undefined, 'a', 'b'),
    });
    const words = fc.constantFrom('PUBLISHED', 'THROTTLED', 'BLOCKED');
    const change = fc.record({
      second,
      event: fc.constant('FLOW_STATUS_CHANGE'),
      old_status: fc.option(words, { nil: undefined }),
      new_status: words,
    });
    const warning = fc.record({
      second,
      event: fc.constant('FLOW_VERSION_EXPIRY_WARNING'),
      warning: fc.constantFrom('a', 'b'),
    });
    const sent = fc.array(fc.oneof(alert, change, warning), { minLength: 1, maxLength: 12 });
    const deliveries = sent.chain((once) =>
      fc.tuple(
        fc.constant(once),
        fc
          .array(fc.nat(once.length - 1), { maxLength: 6 })
          .chain((again) =>
            fc.shuffledSubarray([...once, ...again.map((i) => once[i]!)], { minLength: once.length + again.length }),
          ),
        fc.integer({ min: 1, max: 5 }),
      ),
    );
    await fc.assert(
      fc.asyncProperty(deliveries, async ([once, delivered, pieces]) => {
        const [one, other] = [String(++flows), String(++flows)];
        const read = (flow: string, values: typeof once): AlertNotice[] =>
          values.map(({ second: at, ...value }) => told(at, value, flow));
        for (const flow of [one, other]) await store.putFlow({ id: flow });
        await store.recordAlerts(read(one, once));
        const notices = read(other, delivered);
        while (notices.length > 0) await store.recordAlerts(notices.splice(0, pieces));
        assert.deepEqual(await seen(store, other), await seen(store, one));
        await assertNewestHolds(one, read(one, once));
      }),
      { numRuns: rounds(150, 3000) },
    );
  });

  /** Said of the newest moment only: nothing that is older than a notice of its kind holds. */
  async function assertNewestHolds(flow: string, notices: readonly AlertNotice[]): Promise<void> {
    for (const { type, time, threshold, state, until } of await store.readAlerts(flow)) {
      if (state !== 'ACTIVATED') continue;
      assert.equal(until, undefined);
      const newer = notices.filter(
        (other) =>
          other.type === type &&
          other.time > time &&
          (type === 'FLOW_STATUS_CHANGE' ||
            other.threshold === threshold ||
            (other.state === 'DEACTIVATED' && !(other.threshold! > threshold!))),
      );
      assert.deepEqual(newer, []);
    }
    const changes = notices.filter(({ type }) => type === 'FLOW_STATUS_CHANGE');
    const newest = Math.max(...changes.map(({ time }) => time));
    const { status: found } = (await store.readFlow(flow))!.fields;
    const possible = changes.filter(({ time }) => time === newest).map(({ newStatus }) => newStatus);
    assert.ok(changes.length === 0 ? found === 'PUBLISHED' : possible.includes(found as string), String(found));
  }

  it('are kept all or none, and none of flows that are not known', async () => {
    const wrong = { ...notice(), text: undefined } as unknown as AlertNotice;
    await assert.rejects(store.recordAlerts([notice(), wrong]));
    assert.deepEqual(await store.readAlerts(flowId), []);
    const mine = notice();
    const mixed = [notice({ flowId: '7' }), mine, notice({ flowId: '7' }), notice({ flowId: '8' })];
    assert.deepEqual(await store.recordAlerts(mixed), { unknownFlows: ['7', '8'], changedFlows: [flowId] });
    assert.deepEqual(await store.recordAlerts(mixed), { unknownFlows: ['7', '8'], changedFlows: [] });
    assert.equal(await store.readFlow('7'), undefined);
    assert.deepEqual(
      (await store.readAlerts(flowId)).map(({ id }) => id),
      [mine.id],
    );
  });

  it('of a time that cannot be theirs are not kept, and decide nothing', async () => {
    const day = 86_400_000;
    const future = notice({ time: Date.UTC(2150, 0) });
    const old = notice({ time: present - 800 * day });
    const blocked = notice({ type: 'FLOW_STATUS_CHANGE', newStatus: 'BLOCKED', time: present + 2 * day });
    const soon = notice({ time: present + day - 1000, threshold: 5 });
    const kept = notice({ time: present - 399 * day, threshold: 50 });
    const recorded = await store.recordAlerts([future, old, soon, blocked, kept]);
    assert.deepEqual(recorded.untimely, [future, old, blocked]);
    assert.deepEqual(
      (await store.readAlerts(flowId)).map(({ id }) => id),
      [soon.id, kept.id],
    );
    const { status: found } = (await store.readFlow(flowId))!.fields;
    assert.equal(found, 'PUBLISHED');
  });

  it('that an earlier version took though they cannot be are not told', async () => {
    const file = newFile();
    await (await open({ file, now: () => Date.UTC(2149, 11) })).putFlow({ id: flowId });
    await (await open({ file, now: () => Date.UTC(2149, 11) })).recordAlerts([notice({ time: Date.UTC(2150, 0) })]);
    assert.deepEqual(await (await open({ file })).readAlerts(flowId), []);
  });

  it('are given a hundred at most, the newest', async () => {
    const notices = Array.from({ length: 103 }, (_, i) => notice({ id: String(i), time: present + i * 1000 }));
    await store.recordAlerts(notices);
    const ids = (await store.readAlerts(flowId)).map(({ id }) => id);
    assert.deepEqual([ids.length, ids[0], ids.at(-1)], [100, '102', '3']);
  });

  it('of an older file are kept with their ends, and what stood though something newer was told ends', async () => {
    const file = newFile();
    const database = new DatabaseSync(file, { timeout: 10_000 });
    const version = migrations.findIndex((migration) => migration.includes('TABLE notices'));
    for (const migration of migrations.slice(0, version)) database.exec(migration);
    database.exec(`PRAGMA user_version = ${version}; PRAGMA application_id = ${applicationId}`);
    database.prepare("INSERT INTO flows (id, status) VALUES (?, 'PUBLISHED')").run(flowId);
    const insert = database.prepare('INSERT INTO alerts VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)');
    const minute = (minutes: number): number => present + minutes * 60_000;
    const rate = 'ENDPOINT_ERROR_RATE';
    insert.run('a', flowId, rate, 'DEACTIVATED', minute(0), minute(9), 12, 10, 'a', 'end');
    insert.run('b', flowId, rate, 'ACTIVATED', minute(1), null, 6, 5, 'b', null);
    insert.run('c', flowId, 'FLOW_STATUS_CHANGE', 'ACTIVATED', minute(2), null, null, null, 'c', null);
    insert.run('d', flowId, 'FLOW_STATUS_CHANGE', 'DEACTIVATED', minute(3), minute(3), null, null, 'd', null);
    database.close();
    const old = await open({ file });
    const texts = async (): Promise<unknown> =>
      (await old.readAlerts(flowId)).map(({ text, state, until }) => [text, state, until]);
    const expected = [
      ['d', 'DEACTIVATED', minute(3)],
      ['c', 'DEACTIVATED', minute(3)],
      ['b', 'ACTIVATED', undefined],
      ['a', 'DEACTIVATED', minute(9)],
    ];
    assert.deepEqual(await texts(), expected);
    // What comes late changes nothing of it.
    await old.recordAlerts([
      notice({ time: minute(-5), state: 'DEACTIVATED', text: 'late' }),
      notice({ time: minute(-4), type: 'FLOW_STATUS_CHANGE', newStatus: 'BLOCKED', text: 'late' }),
    ]);
    assert.deepEqual(((await texts()) as unknown[]).slice(0, 4), expected);
    assert.equal((await old.readFlow(flowId))!.fields.status, 'PUBLISHED');
  });
});
