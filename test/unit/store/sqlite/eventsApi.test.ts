/** The API of a meter over HTTP: events in, and what only a meter tells. */
import assert from 'node:assert/strict';
import { formatEvent, maxEventLines, type MeterEvent } from '../../../../src/contract/event';
import { parseAlertsAnswer } from '../../../../src/contract/alert';
import { latencyPath, parseLatencyAnswer } from '../../../../src/contract/latency';
import { MeterError, type MeterStore } from '../../../../src/store/meterStore';
import { startTestServer, type Answer, type TestServer } from '../../server/testServer';
import { cleanUp, event, flowId, notice, open, present, requests } from './storeFixture';

const ndjson = 'application/x-ndjson';

function linesOf(events: readonly MeterEvent[]): string {
  return events.map(formatEvent).join('\n');
}

function assertRefused({ status, json }: Answer, message: RegExp): void {
  assert.deepEqual([status, json.error.code], [400, 100]);
  assert.match(json.error.message, message);
}

describe('door for events', () => {
  let store: MeterStore;
  let server: TestServer;
  beforeEach(async () => {
    store = await open();
    server = await startTestServer({ meter: store, minRequests: 0 });
  });
  afterEach(async () => {
    await server.close();
    await cleanUp();
  });

  const send = (body: string, contentType = ndjson): Promise<Answer> => server.post('/v26.0/events', body, contentType);

  it('counts events once, however often they are sent', async () => {
    const body = linesOf([
      event(),
      event({ outcome: 'timeout_error' }),
      event({ outcome: 'check_failed', reason: 'é' }),
    ]);
    for (const [type, accepted] of [
      [ndjson, 3],
      ['Application/X-NDJSON; charset=utf-8', 0],
    ] as const) {
      const { status, json } = await send(body, type);
      assert.deepEqual([status, json], [200, { accepted, duplicates: 3 - accepted }]);
    }
    assert.equal(await requests(store), 2);
    assert.deepEqual((await send('')).json, { accepted: 0, duplicates: 0 });
  });

  it('makes unknown flows known', async () => {
    await send(linesOf([event({ flowId: '42' })]));
    const { json } = await server.get('/v26.0/100200300400501/flows?fields=id,name,status,endpoint_uri');
    assert.deepEqual(json.data, [{ id: '42', name: '42', status: 'PUBLISHED' }]);
  });

  it('names the line that is wrong and counts nothing of the request', async () => {
    const good = linesOf([event(), event()]);
    const late = formatEvent(event({ time: present + 2 * 86_400_000 }));
    const old = formatEvent(event({ time: present - 500 * 86_400_000 }));
    for (const [body, message] of [
      [`${good}\nno json\n${good}`, /^\(#100\) Line 3: it is not JSON.*Nothing was counted\.$/],
      [`${good}\n\n\n{"id":"x"}`, /Line 5: "flow"/],
      [`${good}\n\n${late}\n`, /Line 4: "time" lies in the future.*2026-03-12T14:18:00\.000Z/],
      [`${old}\n${good}`, /Line 1: "time" is too old.*400 days/],
      [`${formatEvent(event())}\n`.repeat(maxEventLines + 1), /Line 10001: there are too many events: 10000/],
    ] as const) {
      assertRefused(await send(body), message);
    }
    assert.equal(await requests(store), 0);
  });

  it('takes nothing that is not sent as events', async () => {
    for (const type of [
      'application/json',
      'text/plain',
      'application/x-www-form-urlencoded',
      'application/x-ndjson2',
    ]) {
      assertRefused(await send(linesOf([event()]), type), /application\/x-ndjson/);
    }
    assert.equal((await send('x'.repeat(1024 * 1024 + 1))).status, 413);
    assert.equal((await server.get('/v26.0/events')).status, 400);
    assert.equal(await requests(store), 0);
  });

  it('is not there without a meter', async () => {
    const demo = await startTestServer();
    const { status, json } = await demo.post('/v26.0/events', linesOf([event()]), ndjson);
    const fields = ['flowmeter_latency.granularity(DAY)', 'flowmeter_alerts'];
    const answers = await Promise.all(fields.map((field) => demo.get(`/v26.0/${flowId}?fields=${field}`)));
    await demo.close();
    assert.deepEqual([status, json.error.code, json.error.error_subcode], [400, 100, 33]);
    for (const answer of answers) assertRefused(answer, /nonexisting field \(flowmeter_/);
  });

  it('says that it may be tried again where the store cannot write, without telling where the file lies', async () => {
    for (const kind of ['notWritable', 'busy', 'closed', 'failed'] as const) {
      const record = (): Promise<never> => Promise.reject(new MeterError(kind, '/secret/path'));
      const meter = Object.setPrototypeOf({ record }, store) as MeterStore;
      const failing = await startTestServer({ meter });
      const { status, json } = await failing.post('/v26.0/events', linesOf([event()]), ndjson);
      await failing.close();
      assert.deepEqual([status, json.error.code, json.error.is_transient], [503, 2, true]);
      assert.match(json.error.message, /Nothing was counted/);
      assert.doesNotMatch(json.error.message, /secret/);
    }
  });
});

describe('what a meter tells', () => {
  let store: MeterStore;
  let server: TestServer;
  before(async () => {
    store = await open();
    server = await startTestServer({ meter: store, minRequests: 0 });
    const hour = 3_600_000;
    await store.record([
      ...Array.from({ length: 100 }, (_, i) => event({ milliseconds: i + 1 })),
      ...Array.from({ length: 10 }, () => event({ milliseconds: 5000, time: present - hour })),
      event({ outcome: 'timeout_error', time: present - 2 * hour }),
    ]);
  });
  after(async () => {
    await server.close();
    await cleanUp();
  });

  it('what it is', async () => {
    const { json } = await server.get('/v26.0/flowmeter');
    assert.deepEqual([json.store, json.zone, json.min_requests], ['meter', 'America/Los_Angeles', 0]);
  });

  it('percentiles in milliseconds, by interval and for the period', async () => {
    const { json } = await server.get(latencyPath('v26.0', { flowId, granularity: 'HOUR', since: '2026-03-12' }));
    const latency = parseLatencyAnswer(json);
    assert.deepEqual([...latency.begins], [Date.parse('2026-03-12T13:00:00Z'), Date.parse('2026-03-12T14:00:00Z')]);
    assert.deepEqual([latency.p50[1], latency.p90[1], latency.p99[1]], [50, 90, 99]);
    for (const value of [latency.p50[0]!, latency.p99[0]!]) assert.ok(Math.abs(value - 5000) <= 50, String(value));
    assert.deepEqual([latency.period!.count, latency.period!.p50], [110, 55]);
    const lifetime = parseLatencyAnswer(
      (await server.get(latencyPath('v26.0', { flowId, granularity: 'LIFETIME' }))).json,
    );
    assert.deepEqual([...lifetime.begins], [Date.parse('2026-03-12T07:00:00Z')]);
    assert.deepEqual(lifetime.period, latency.period);
  });

  it('percentiles beside other fields, and nothing for what it never measured', async () => {
    await store.putFlow({ id: '7' });
    const { json } = await server.get('/v26.0/7?fields=name,flowmeter_latency.granularity(day),flowmeter_alerts');
    assert.deepEqual(json, {
      id: '7',
      name: '7',
      flowmeter_latency: { unit: 'ms', granularity: 'DAY', data_points: [] },
      flowmeter_alerts: { data: [] },
    });
  });

  it('which argument is wrong', async () => {
    for (const [field, message] of [
      ['flowmeter_latency', /granularity.*HOUR, DAY, LIFETIME/],
      ['flowmeter_latency.granularity(WEEK)', /WEEK/],
      [
        'flowmeter_latency.name(X).granularity(DAY)',
        /not an argument of flowmeter_latency.*granularity, since and until/,
      ],
      ['flowmeter_latency.granularity(DAY).since(2026-02-31)', /since/],
      ['flowmeter_latency.granularity(HOUR).since(2026-01-01)', /since.*2026-02-10/],
      ['flowmeter_latency.granularity(DAY).since(2026-03-05).until(2026-03-05)', /until/],
      ['flowmeter_latencies', /nonexisting field \(flowmeter_latencies\)/],
    ] as const) {
      assertRefused(await server.get(`/v26.0/${flowId}?fields=${field}`), message);
    }
  });

  it('alerts, newest first, with all that Meta told', async () => {
    await store.putFlow({ id: flowId });
    const errors = [{ type: 'timeout_error', count: 12, rate: 8.1 }, { type: 'new_kind' }];
    const told = { requestsCount: 148, p50Latency: 500, errors };
    const status = { type: 'FLOW_STATUS_CHANGE', oldStatus: 'PUBLISHED', newStatus: 'THROTTLED', reason: 'Too slow.' };
    const notices = [notice({ time: present + 1, ...told }), notice({ time: present + 2, ...status })];
    await store.recordAlerts(notices);
    const { json } = await server.get(`/v26.0/${flowId}?fields=flowmeter_alerts`);
    assert.deepEqual(parseAlertsAnswer(json, flowId), notices.toReversed());
    const { data } = (json as { flowmeter_alerts: { data: readonly Record<string, unknown>[] } }).flowmeter_alerts;
    assert.deepEqual(
      [data[0]!.old_status, data[0]!.new_status, data[0]!.reason, data[1]!.requests_count, data[1]!.p50_latency],
      ['PUBLISHED', 'THROTTLED', 'Too slow.', 148, 500],
    );
    assert.deepEqual(data[1]!.errors, [
      { error_type: 'timeout_error', error_count: 12, error_rate: 8.1 },
      { error_type: 'new_kind' },
    ]);
  });
});
