import assert from 'node:assert/strict';
import { hourMs } from '../../../src/contract/calendar';
import { GraphFailure } from '../../../src/server/graphFailure';
import { createRateLimit } from '../../../src/server/rateLimit';
import { pageOf, type FlowRange, type FlowNode, type MetricStore } from '../../../src/store/metricStore';
import { flowIds, startTestServer, testClock, type Answer, type TestServer } from './testServer';

const waba = '100200300400500';

function metric(flowId: string, args: string): string {
  return `/v26.0/${flowId}?fields=metric${args}`;
}

/** A store of a list of flows and nothing else. */
function storeOfList(flows: readonly FlowNode[]): MetricStore {
  return {
    kind: 'test',
    zone: 'UTC',
    businessAccount: { id: '1', fields: { id: '1', name: 'Test' } },
    listFlows: (range: FlowRange) => Promise.resolve(pageOf(flows, range)),
  } as unknown as MetricStore;
}

function assertRefused(answer: Answer, code: number, subcode?: number, status = 400): void {
  assert.equal(answer.status, status);
  assert.equal(answer.json.error.code, code);
  assert.equal(answer.json.error.error_subcode, subcode);
  assert.equal(typeof answer.json.error.message, 'string');
  assert.equal(typeof answer.json.error.type, 'string');
  assert.deepEqual(Object.keys(answer.json), ['error']);
}

describe('metrics routes', () => {
  let server: TestServer;
  before(async () => (server = await startTestServer()));
  after(() => server.close());

  it('takes names and granularities in any case and arguments in any order', async () => {
    const plain = await server.get(
      metric(flowIds.booking, '.name(ENDPOINT_REQUEST_ERROR).granularity(DAY).since(2026-03-07).until(2026-03-09)'),
    );
    const other = await server.get(
      metric(flowIds.booking, '.until(2026-03-09).granularity(day).since(2026-03-07).name(endpoint_request_error)'),
    );
    assert.equal(plain.status, 200);
    assert.deepEqual(other.json, plain.json);
    assert.deepEqual(Object.keys(plain.json), ['id', 'metric']);
    assert.equal(plain.json.id, flowIds.booking);
    assert.equal(plain.json.metric.granularity, 'DAY');
    assert.equal(plain.json.metric.name, 'ENDPOINT_REQUEST_ERROR');
    assert.deepEqual(
      plain.json.metric.data_points.map(({ timestamp }: { timestamp: string }) => timestamp),
      ['2026-03-07T08:00:00+0000', '2026-03-08T08:00:00+0000'],
    );
  });

  it('cuts days at midnight US Pacific on both sides of a DST change', async () => {
    const { json } = await server.get(
      metric(flowIds.booking, '.name(ENDPOINT_REQUEST_COUNT).granularity(DAY).since(2026-03-08).until(2026-03-11)'),
    );
    assert.deepEqual(
      json.metric.data_points.map(({ timestamp }: { timestamp: string }) => timestamp),
      ['2026-03-08T08:00:00+0000', '2026-03-09T07:00:00+0000', '2026-03-10T07:00:00+0000'],
    );
    const hours = await server.get(
      metric(flowIds.booking, '.name(ENDPOINT_REQUEST_COUNT).granularity(HOUR).since(2026-03-08).until(2026-03-09)'),
    );
    assert.equal(hours.json.metric.data_points.length, 23);
  });

  it('reads from the oldest allowed day up to the running interval where dates are left out or lie ahead', async () => {
    for (const [granularity, first, count] of [
      ['DAY', '2025-12-12T08:00:00+0000', 91],
      // 30 days of which one has 23 hours, then 7 full hours of today and the running one.
      ['HOUR', '2026-02-10T08:00:00+0000', 30 * 24 - 1 + 8],
    ] as const) {
      for (const until of ['', '.until(2026-03-13)', '.until(2027-01-01)']) {
        const { json } = await server.get(
          metric(flowIds.booking, `.name(ENDPOINT_REQUEST_COUNT).granularity(${granularity})${until}`),
        );
        assert.equal(json.metric.data_points[0].timestamp, first);
        assert.equal(json.metric.data_points.length, count);
      }
    }
  });

  it('gives LIFETIME as one point stamped with since, or with the first stored day', async () => {
    const of = async (dates: string): Promise<[string, number]> => {
      const { json } = await server.get(
        metric(flowIds.booking, `.name(ENDPOINT_REQUEST_COUNT).granularity(LIFETIME)${dates}`),
      );
      assert.equal(json.metric.data_points.length, 1);
      const [{ timestamp, data }] = json.metric.data_points;
      return [timestamp, data[0].value];
    };
    const [stamp, requests] = await of('');
    assert.equal(stamp, '2025-09-13T07:00:00+0000');
    const [early, same] = await of('.since(2020-01-01)');
    assert.equal(early, '2020-01-01T08:00:00+0000');
    assert.equal(same, requests);
    const [late, fewer] = await of('.since(2026-03-01).until(2026-03-05)');
    assert.equal(late, '2026-03-01T08:00:00+0000');
    assert.ok(fewer < requests);
  });

  it('sends only keys above zero, and points without any for quiet intervals', async () => {
    const quiet = await startTestServer({ minRequests: 0 });
    const { json } = await quiet.get(metric(flowIds.tooFew, '.name(ENDPOINT_REQUEST_COUNT).granularity(HOUR)'));
    const rates = await quiet.get(metric(flowIds.tooFew, '.name(ENDPOINT_REQUEST_ERROR_RATE).granularity(HOUR)'));
    const none = await quiet.get(metric(flowIds.noEndpoint, '.name(ENDPOINT_REQUEST_COUNT).granularity(LIFETIME)'));
    await quiet.close();
    const points: { data: { value: number }[] }[] = json.metric.data_points;
    assert.ok(points.some(({ data }) => data.length === 0));
    assert.ok(points.every(({ data }) => data.every(({ value }) => value > 0)));
    points.forEach(({ data }, i) => assert.equal(rates.json.metric.data_points[i].data.length, data.length));
    assert.deepEqual(none.json.metric.data_points, []);
  });

  it('counts the 250 requests in the asked period', async () => {
    const count = '.name(ENDPOINT_REQUEST_COUNT)';
    const two = await server.get(metric(flowIds.few, `${count}.granularity(HOUR).since(2026-03-11)`));
    assertRefused(two, 139006);
    assert.ok(two.json.error.error_user_title && two.json.error.error_user_msg.includes('250'));
    const month = await server.get(metric(flowIds.few, `${count}.granularity(DAY).since(2026-02-10)`));
    assert.equal(month.status, 200);
    for (const flowId of [flowIds.tooFew, flowIds.noEndpoint, flowIds.draft]) {
      for (const granularity of ['HOUR', 'DAY', 'LIFETIME']) {
        assertRefused(await server.get(metric(flowId, `${count}.granularity(${granularity})`)), 139006);
      }
    }
  });

  it('answers an empty list where checks are not made', async () => {
    const { status, json } = await server.get(
      metric(flowIds.unchecked, '.name(ENDPOINT_AVAILABILITY).granularity(DAY)'),
    );
    assert.equal(status, 200);
    assert.deepEqual(json.metric.data_points, []);
  });

  const name = '.name(ENDPOINT_REQUEST_COUNT)';
  const wrong: readonly (readonly [string, RegExp])[] = [
    ['.granularity(DAY)', /name.*ENDPOINT_AVAILABILITY/],
    ['.name(REQUESTS).granularity(DAY)', /REQUESTS.*ENDPOINT_REQUEST_COUNT/],
    [name, /granularity.*HOUR, DAY, LIFETIME/],
    [`${name}.granularity(WEEK)`, /WEEK.*HOUR, DAY, LIFETIME/],
    [`${name}.granularity(DAY).since(2025-12-11)`, /since.*2025-12-12/],
    [`${name}.granularity(HOUR).since(2026-02-09)`, /since.*2026-02-10/],
    [`${name}.granularity(DAY).since(2026-02-31)`, /since|2026-02-31/],
    [`${name}.granularity(LIFETIME).until(2026-13-01)`, /until/],
    [`${name}.granularity(DAY).since(2026-03-05).until(2026-03-05)`, /until/],
    [`${name}.granularity(DAY).since(2026-03-06).until(2026-03-05)`, /until/],
    [`${name}.granularity(DAY).since(2026-03-14)`, /since/],
    [`${name}.granularity(DAY).period(7)`, /period.*since/],
    [`${name}.granularity(DAY`, /fields|metric/],
    [`${name}${name}.granularity(DAY)`, /name/],
    [`${name}.granularity(DAY),metric${name}.granularity(DAY)`, /once/],
    [`${name}.granularity(DAY),colour`, /nonexisting field \(colour\)/],
    ['', /name/],
  ];
  for (const [args, message] of wrong) {
    it(`refuses metric${args} with code 100`, async () => {
      const answer = await server.get(metric(flowIds.booking, args));
      assertRefused(answer, 100);
      assert.match(answer.json.error.message, message);
      assert.doesNotMatch(answer.json.error.message, /nonexisting field\b.*\bmetric\b/i);
    });
  }

  it('echoes the version that was asked for, whichever it is', async () => {
    for (const version of ['v16.0', 'v26.0', 'v99.1']) {
      const { headers } = await server.get(`/${version}/${flowIds.booking}?fields=id`);
      assert.equal(headers.get('facebook-api-version'), version);
    }
    assertRefused(await server.get(`/${flowIds.booking}`), 100, 33);
  });
});

describe('flow routes', () => {
  let server: TestServer;
  before(async () => (server = await startTestServer()));
  after(() => server.close());

  it('gives the fields that are asked for, metric among them, and the default ones where none are', async () => {
    const { json } = await server.get(`/v26.0/${flowIds.booking}`);
    assert.deepEqual(Object.keys(json), ['id', 'name', 'status', 'categories', 'validation_errors']);
    const wide = await server.get(
      `/v26.0/${flowIds.booking}?fields=name,endpoint_uri,data_api_version,health_status,whatsapp_business_account,` +
        'metric.name(ENDPOINT_AVAILABILITY).granularity(LIFETIME)',
    );
    assert.deepEqual(Object.keys(wide.json).sort(), [
      'data_api_version',
      'endpoint_uri',
      'health_status',
      'id',
      'metric',
      'name',
      'whatsapp_business_account',
    ]);
    assert.equal(wide.json.whatsapp_business_account.id, waba);
    assert.equal(wide.json.health_status.can_send_message, 'AVAILABLE');
  });

  it('says what Meta says of throttled, blocked and endpointless flows', async () => {
    const fields = '?fields=status,endpoint_uri,health_status,data_api_version';
    const of = async (id: string) => (await server.get(`/v26.0/${id}${fields}`)).json;
    assert.equal((await of(flowIds.throttled)).health_status.can_send_message, 'LIMITED');
    assert.equal((await of(flowIds.blocked)).health_status.can_send_message, 'BLOCKED');
    assert.equal((await of(flowIds.noEndpoint)).endpoint_uri, '');
    assert.equal((await of(flowIds.unchecked)).data_api_version, '2.1');
  });

  it('answers 100/33 for what is not there', async () => {
    for (const path of ['/v26.0/42', '/v26.0/42?fields=metric.name(X)', '/v26.0/42/flows', '/v26.0/me', '/v26.0/']) {
      assertRefused(await server.get(path), 100, 33);
    }
    for (const id of ['..', '%2e%2e', '%00', 'CON', '１２３', '9'.repeat(300), '-1', '1.5']) {
      assertRefused(await server.get(`/v26.0/x${encodeURI(id)}`), 100, 33);
    }
  });

  it('pages through the list by cursors, forwards and back, to the end', async () => {
    for (const limit of [1, 2, 5, 12, 100]) {
      const seen: string[] = [];
      let path: string | undefined = `/v26.0/${waba}/flows?limit=${limit}&fields=id,status`;
      while (path) {
        const { json }: Answer = await server.get(path);
        assert.ok(json.data.length <= limit);
        seen.push(...json.data.map(({ id }: { id: string }) => id));
        const next: string | undefined = json.paging.next;
        assert.ok(!next || next.startsWith(`${server.url}/v26.0/${waba}/flows?`));
        assert.doesNotMatch(next ?? '', /token/i);
        path = next?.slice(server.url.length);
      }
      assert.deepEqual(seen, Object.values(flowIds));
    }
    const second = await server.get(`/v26.0/${waba}/flows?limit=4&after=${await cursorAfter(4)}`);
    const back = await server.get(`/v26.0/${waba}/flows?limit=3&before=${second.json.paging.cursors.before}`);
    assert.deepEqual(
      back.json.data.map(({ id }: { id: string }) => id),
      Object.values(flowIds).slice(1, 4),
    );
  });

  async function cursorAfter(limit: number): Promise<string> {
    const { json } = await server.get(`/v26.0/${waba}/flows?limit=${limit}`);
    return json.paging.cursors.after;
  }

  it('gives 25 flows by default and at most 100', async () => {
    const record = (i: number) => ({ id: String(1000 + i), fields: { id: String(1000 + i), name: `Flow ${i}` } });
    const flows = Array.from({ length: 230 }, (_, i) => record(i));
    const store = storeOfList(flows);
    const many = await startTestServer({ store });
    const plain = await many.get('/v26.0/1/flows?fields=id');
    const full = await many.get('/v26.0/1/flows?fields=id&limit=100');
    await many.close();
    assert.equal(plain.json.data.length, 25);
    assert.equal(full.json.data.length, 100);
  });

  it('gives an account without flows an empty list', async () => {
    const store = storeOfList([]);
    const empty = await startTestServer({ store });
    const { status, json } = await empty.get('/v26.0/1/flows');
    await empty.close();
    assert.equal(status, 200);
    assert.deepEqual(json, { data: [] });
  });

  for (const query of [
    'limit=0',
    'limit=101',
    'limit=ten',
    'limit=',
    'limit=-1',
    'after=xyz',
    'fields=colour',
    'fields=a b',
  ]) {
    it(`refuses a list with ${query}`, async () => {
      assertRefused(await server.get(`/v26.0/${waba}/flows?${query}`), 100);
    });
  }

  it('tells what it is', async () => {
    const { status, json } = await server.get('/v26.0/flowmeter');
    assert.equal(status, 200);
    assert.deepEqual(json, {
      version: '1.2.3',
      zone: 'America/Los_Angeles',
      store: 'demo',
      min_requests: 250,
      clock: new Date(testClock).toISOString(),
    });
  });

  it('answers code 1, without saying why, where the store fails', async () => {
    const store = {
      kind: 'test',
      zone: 'UTC',
      businessAccount: { id: '2', fields: {} },
      readFlow: () => Promise.reject(new Error('secret path')),
    } as unknown as MetricStore;
    const failing = await startTestServer({ store });
    const answer = await failing.get('/v26.0/1');
    await failing.close();
    assertRefused(answer, 1, undefined, 500);
    assert.equal(answer.json.error.is_transient, true);
    assert.doesNotMatch(JSON.stringify(answer.json), /secret/);
  });
});

describe('batch', () => {
  let server: TestServer;
  before(async () => (server = await startTestServer()));
  after(() => server.close());

  const parts = [
    { method: 'GET', relative_url: `v26.0/${flowIds.booking}?fields=name` },
    {
      method: 'GET',
      relative_url: `v26.0/${flowIds.tooFew}?fields=metric.name(ENDPOINT_AVAILABILITY).granularity(DAY)`,
    },
    { method: 'GET', relative_url: '/42' },
    { method: 'POST', relative_url: 'v26.0/' },
    { method: 'GET', relative_url: 'http://evil.example/v26.0/1' },
    null,
  ];

  function assertAnswers({ status, json }: Answer, headers: boolean): void {
    assert.equal(status, 200);
    assert.deepEqual(
      json.map(({ code }: { code: number }) => code),
      [200, 400, 400, 400, 400, 400],
    );
    assert.deepEqual(JSON.parse(json[0].body), { id: flowIds.booking, name: 'Table booking' });
    assert.equal(JSON.parse(json[1].body).error.code, 139006);
    assert.equal(JSON.parse(json[2].body).error.error_subcode, 33);
    if (headers) {
      assert.deepEqual(json[0].headers, [{ name: 'facebook-api-version', value: 'v26.0' }]);
    } else {
      assert.ok(json.every((part: object) => !('headers' in part)));
    }
  }

  it('answers each part on its own, in order, however it is sent', async () => {
    const batch = JSON.stringify(parts);
    assertAnswers(await server.post('/v26.0/', new URLSearchParams({ batch }).toString()), true);
    assertAnswers(await server.post('/v26.0', JSON.stringify({ batch: parts }), 'application/json'), true);
    assertAnswers(await server.post('/v26.0/', batch, 'application/json; charset=utf-8'), true);
    assertAnswers(await server.post(`/v26.0/?${new URLSearchParams({ batch }).toString()}`, ''), true);
  });

  it('leaves headers out on request', async () => {
    const batch = JSON.stringify(parts);
    const form = new URLSearchParams({ batch, include_headers: 'false' }).toString();
    assertAnswers(await server.post('/v26.0/', form), false);
    const json = JSON.stringify({ batch: parts, include_headers: false });
    assertAnswers(await server.post('/v26.0/', json, 'application/json'), false);
  });

  it('takes 50 parts and refuses 51, none, and what is no batch', async () => {
    const list = (count: number): string =>
      JSON.stringify(
        Array.from({ length: count }, () => ({ method: 'GET', relative_url: `v26.0/${flowIds.booking}` })),
      );
    const full = await server.post('/v26.0/', list(50), 'application/json');
    assert.equal(full.json.length, 50);
    for (const body of [list(51), '[]', '{}', 'null', '{"batch":"{"}', '{"batch":{}}', 'no json', '3']) {
      assertRefused(await server.post('/v26.0/', body, 'application/json'), 100);
    }
    assertRefused(await server.post('/v26.0/', list(1), 'text/plain'), 100);
  });
});

describe('rate limit', () => {
  it('refuses what comes after N requests in an hour, and says when it goes on', async () => {
    let present = 0;
    const server = await startTestServer({ rateLimit: 4, rateClock: () => present });
    const path = `/v26.0/${flowIds.booking}?fields=id`;
    const usageOf = ({ headers }: Answer) =>
      JSON.parse(headers.get('x-business-use-case-usage') ?? '{}')['100200300400500']?.[0];
    assert.equal(usageOf(await server.get(path)).call_count, 25);
    present = 20 * 60_000;
    const batch = JSON.stringify([1, 2].map(() => ({ method: 'GET', relative_url: path.slice(1) })));
    await server.post('/v26.0/', batch, 'application/json');
    assert.equal(usageOf(await server.get(path)).call_count, 100);
    const refused = await server.get(path);
    assertRefused(refused, 80008);
    assert.equal(usageOf(refused).estimated_time_to_regain_access, 40);
    assert.equal((await server.get('/v26.0/flowmeter')).status, 200);
    present = hourMs;
    assert.equal((await server.get(path)).status, 200);
    await server.close();
  });

  it('refuses everything with 0', () => {
    assert.throws(() => createRateLimit(0, '1', () => 0).take(), GraphFailure);
  });
});
