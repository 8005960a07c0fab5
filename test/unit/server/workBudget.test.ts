/** What one request may ask for: each field once, and in all no more than a moment's work. */
import assert from 'node:assert/strict';
import { metricsErrorOf } from '../../../src/contract/errors';
import type { BatchResult } from '../../../src/contract/routes';
import { meterBusinessAccountId } from '../../../src/domain/account';
import type { MeterStore } from '../../../src/store/meterStore';
import { cleanUp, event, flowId, open, present } from '../store/sqlite/storeFixture';
import { flowIds, startTestServer, type Answer, type TestServer } from './testServer';

const hourMs = 3_600_000;
const latency = 'flowmeter_latency.granularity(HOUR)';
const count = 'metric.name(ENDPOINT_REQUEST_COUNT).granularity(HOUR)';
const alerts = 'flowmeter_alerts';

/** A month of hours with answers of all lengths: what takes longest to add up. */
async function fill(store: MeterStore): Promise<void> {
  for (let day = 0; day < 30; day++) {
    const events = Array.from({ length: 24 * 60 }, (_, i) =>
      event({ time: present - (day * 24 + (i % 24)) * hourMs, milliseconds: 7 * 1.15 ** (i % 60) }),
    );
    await store.record(events);
  }
  for (let i = 1; i <= 120; i++) await store.putFlow({ id: String(i) });
}

describe('A request', () => {
  let store: MeterStore;
  let server: TestServer;
  before(async () => {
    store = await open();
    await fill(store);
    server = await startTestServer({ meter: store, minRequests: 0 });
  });
  after(async () => {
    await server.close();
    await cleanUp();
  });

  const batch = async (urls: readonly string[]): Promise<readonly { code: number; json: Answer['json'] }[]> => {
    const parts = urls.map((relative_url) => ({ method: 'GET', relative_url }));
    const { status, json } = await server.post('/v26.0/', JSON.stringify(parts), 'application/json');
    assert.equal(status, 200, JSON.stringify(json));
    return (json as readonly BatchResult[]).map(({ code, body }) => ({ code, json: JSON.parse(body) }));
  };

  it('asks for each field once, under whatever name and wherever it stands', async () => {
    const many = (field: string): string => Array.from({ length: 200 }, () => field).join(',');
    const aliases = (field: string): string => Array.from({ length: 200 }, (_, i) => `${field}.as(a${i})`).join(',');
    const wrong: readonly (readonly [fields: string, name: string])[] = [
      [many(latency), 'flowmeter_latency'],
      [many(count), 'metric'],
      [many(alerts), 'flowmeter_alerts'],
      [aliases(alerts), 'flowmeter_alerts'],
      [aliases('health_status'), 'health_status'],
      ['id,name,id', 'id'],
      ['application{name,name}', 'name'],
    ];
    for (const [fields, name] of wrong) {
      for (const path of [flowId, `${meterBusinessAccountId}/flows`]) {
        const url = `${path}?fields=${fields}`;
        for (const { json, code } of [...(await batch([url])), await get(url)]) {
          assert.deepEqual([code, json.error.code], [400, 100]);
          assert.equal(json.error.message, `(#100) fields: ${name} can be asked for once.`);
        }
      }
      const { json } = await get(`${meterBusinessAccountId}?fields=flows{${fields}}`);
      assert.match(json.error.message, / can be asked for once/);
    }
    const lists = await get(`${meterBusinessAccountId}?fields=${aliases('flows.limit(100){id}')}`);
    assert.match(lists.json.error.message, /flows can be asked for once/);
    const modifiers = await get(`${flowId}?fields=name${'.as(x)'.repeat(300)}`);
    assert.match(modifiers.json.error.message, /"as" of name is given twice/);
  });

  it('gives each parameter once', async () => {
    for (const query of [
      'fields=id&fields=name',
      'limit=1&limit=2',
      'date_format=U&date_format=U',
      'after=x&after=x',
    ]) {
      const { code, json } = await get(`${meterBusinessAccountId}/flows?${query}`);
      assert.deepEqual([code, json.error.message], [400, `(#100) ${query.split('=', 1)[0]} is given twice.`]);
    }
  });

  it('may be as long in a batch as by itself, and no longer', async () => {
    const [long, other] = await batch([`${flowId}?fields=id&x=${'y'.repeat(20_000)}`, `${flowId}?fields=id`]);
    assert.deepEqual([long!.code, other!.code], [400, 200]);
    assert.match(long!.json.error.message, /relative_url is too long: 16384 characters are allowed/);
  });

  for (const [title, urls] of [
    ['batch of milliseconds', Array.from({ length: 50 }, () => `${flowId}?fields=${latency},${alerts},${count}`)],
    [
      'batch of lists',
      Array.from({ length: 50 }, () => `${meterBusinessAccountId}/flows?limit=100&fields=${latency},${count}`),
    ],
    [
      'batch of lists with figures',
      Array.from({ length: 50 }, () => `${meterBusinessAccountId}/flows?fields=${count}`),
    ],
  ] as const) {
    it(`is a ${title} that holds the server up for a moment only, and says what to do`, async () => {
      const begun = performance.now();
      const answers = await batch(urls);
      const took = performance.now() - begun;
      assert.ok(took < 3_000, `${took} ms`);
      const refused = answers.filter(({ code }) => code !== 200);
      assert.ok(refused.length > 0);
      for (const { code, json } of refused) {
        assert.deepEqual([code, json.error.code], [400, 1]);
        // By these words clients of Graph, ours among them, know to ask for less.
        assert.match(json.error.message, /reduce the amount of data/);
        assert.equal(metricsErrorOf(json.error, code).details.tooMuch, true);
      }
    });
  }

  it('is a list of figures whose page is too much, and works with a smaller limit', async () => {
    const list = `${meterBusinessAccountId}/flows?fields=${latency},${count}`;
    const { code, json } = await get(`${list}&limit=100`);
    assert.deepEqual([code, json.error.code], [400, 1]);
    assert.equal((await get(`${list}&limit=10`)).code, 200);
  });

  it('may be a batch of fifty figures, and a list of a hundred flows with one', async () => {
    const answers = await batch(Array.from({ length: 50 }, () => `${flowId}?fields=${count}`));
    assert.ok(answers.every(({ code }) => code === 200));
    const { code, json } = await get(`${meterBusinessAccountId}/flows?limit=100&fields=id,${count}`);
    assert.deepEqual([code, json.data?.length], [200, 100]);
  });

  it('is bounded so where demo data are served, too', async () => {
    const demo = await startTestServer();
    const url = `${flowIds.booking}?fields=metric.name(ENDPOINT_REQUEST_COUNT).granularity(DAY)`;
    const list = `100200300400500/flows?fields=metric.name(ENDPOINT_REQUEST_COUNT).granularity(DAY)`;
    for (const [one, wanted] of [
      [url, 200],
      [list, 400],
    ] as const) {
      const parts = Array.from({ length: 50 }, () => ({ method: 'GET', relative_url: one }));
      const begun = performance.now();
      const { json } = await demo.post('/v26.0/', JSON.stringify(parts), 'application/json');
      assert.ok(performance.now() - begun < 3_000);
      assert.equal((json as readonly BatchResult[]).at(-1)!.code, wanted);
    }
    await demo.close();
  });

  async function get(url: string): Promise<{ code: number; json: Answer['json'] }> {
    const { status, json } = await server.get(`/v26.0/${url}`);
    return { code: status, json };
  }
});
