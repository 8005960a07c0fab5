/** Many flows, and counters that are too large: what is refused says why, and the rest goes on. */
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { formatEvent } from '../../../../src/contract/event';
import { buildProgram } from '../../../fixtures/program';
import { startTestServer, token } from '../../server/testServer';
import { cleanUp, event, failure, flowId, newFile, newFolder, open, requests } from './storeFixture';

const ndjson = 'application/x-ndjson';

describe('flows that events make known', () => {
  afterEach(cleanUp);

  it('are capped: what goes beyond is refused whole, and nobody else’s request with it', async () => {
    const store = await open({ maxFlows: 3 });
    await store.record(['1', '2', '3'].map((id) => event({ flowId: id })));
    const fine = [store.record([event({ flowId: '1' })]), store.record([event({ flowId: '2' })])];
    const beyond = failure(store.record([event({ flowId: '1' }), event({ flowId: '2' }), event({ flowId: '4' })]));
    fine.push(store.record([event({ flowId: '3' })]));
    const { kind, message, error } = await beyond;
    assert.deepEqual([kind, error.index], ['refused', 2]);
    assert.match(message, /flow 4 is new.*at most 3 flows.*--max-flows/);
    assert.deepEqual(await Promise.all(fine), Array(3).fill({ accepted: 1, duplicates: 0 }));
    assert.deepEqual(await Promise.all(['1', '2', '3', '4'].map((id) => requests(store, id))), [2, 2, 2, 0]);
    assert.equal(await store.readFlow('4'), undefined);
    assert.equal(store.state().writeError, undefined);
    await store.putFlow({ id: '4' });
    assert.equal((await store.record([event({ flowId: '4' })])).accepted, 1, 'whoever puts a flow means it');
  });

  it('are capped over HTTP too, with the line and the option', async () => {
    const meter = await open({ maxFlows: 1 });
    const server = await startTestServer({ meter, minRequests: 0 });
    const lines = [event(), event(), event({ flowId: '7' })].map(formatEvent).join('\n');
    const { status, json } = await server.post('/v26.0/events', `\n${lines}`, ndjson);
    await server.close();
    assert.deepEqual([status, json.error.code], [400, 100]);
    assert.match(json.error.message, /Line 4: flow 7 is new.*--max-flows.*Nothing was counted/);
    assert.equal(await requests(meter), 0);
  });
});

describe('a counter that is too large', () => {
  afterEach(cleanUp);

  async function storeWith(column: string, value: string) {
    const file = newFile();
    const store = await open({ file });
    await store.record([event(), event({ flowId: '2' })]);
    const database = new DatabaseSync(file, { timeout: 10_000 });
    database.exec(
      `UPDATE buckets SET ${column} = ${value} WHERE flow = (SELECT key FROM flows WHERE id = '${flowId}')`,
    );
    database.close();
    return store;
  }

  it('is told as that, and only where it is asked for', async () => {
    for (const value of ['9007199254740993', '9223372036854775807']) {
      const meter = await storeWith('requests', value);
      const server = await startTestServer({ meter, minRequests: 0 });
      for (const granularity of ['HOUR', 'DAY', 'LIFETIME']) {
        const path = (metric: string, id: string): string =>
          `/v26.0/${id}?fields=metric.name(${metric}).granularity(${granularity})`;
        const { status, json } = await server.get(path('ENDPOINT_REQUEST_COUNT', flowId));
        assert.deepEqual([status, json.error?.code], [400, 100], JSON.stringify(json));
        assert.match(json.error.message, /beyond 2\^53/);
        assert.equal((await server.get(path('ENDPOINT_AVAILABILITY', flowId))).status, 200);
        assert.equal((await server.get(path('ENDPOINT_REQUEST_COUNT', '2'))).status, 200);
      }
      await server.close();
    }
  });

  it('takes no more, and keeps no other flow from being counted', async () => {
    const store = await storeWith('requests', '9223372036854775807');
    const other = store.record([event({ flowId: '2' })]);
    const { kind } = await failure(store.record([event()]));
    assert.equal(kind, 'tooLarge');
    assert.equal((await other).accepted, 1);
    assert.equal(await requests(store, '2'), 2);
    const server = await startTestServer({ meter: store, minRequests: 0 });
    const { status, json } = await server.post('/v26.0/events', formatEvent(event()), ndjson);
    await server.close();
    assert.deepEqual([status, json.error.code], [400, 100]);
    assert.match(json.error.message, /can grow no further. Nothing was counted/);
  });
});

describe('a server of 200 000 flows', function () {
  this.timeout(120_000);
  let child: ChildProcess | undefined;
  after(async () => {
    child?.kill('SIGTERM');
    await cleanUp();
  });

  it('gives pages from anywhere in the list in 200 MB', async function () {
    if (process.platform !== 'linux') this.skip();
    const program = await buildProgram(newFolder());
    const file = newFile();
    await (await open({ file })).close();
    const database = new DatabaseSync(file, { timeout: 10_000 });
    database.exec(`WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200000)
      INSERT INTO flows (id, name) SELECT CAST(1000000 + i AS TEXT), 'Flow ' || i FROM n`);
    database.close();
    child = spawn(process.execPath, [program, 'serve', '--port', '0', '--store', file], {
      env: { ...process.env, FLOWMETER_TOKEN: token },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [out] = (await once(child.stdout!, 'data')) as [Buffer];
    const base = /http:\/\/\S+/.exec(String(out))![0];
    const headers = { authorization: `Bearer ${token}` };
    let path = '/v26.0/100200300400501/flows?limit=100';
    const page = async (): Promise<{ data: { id: string }[]; paging: Record<'next' | 'previous', string> }> =>
      (await (await fetch(base + path, { headers })).json()) as never;
    for (const from of [1_000_000, 1_100_000, 1_199_900]) {
      if (from > 1_000_000)
        path = `${path.split('&after')[0]}&after=${Buffer.from(`flow:${from}`).toString('base64url')}`;
      for (let i = 0; i < 100; i++) {
        const { data, paging } = await page();
        assert.equal(data[0]!.id, String(from + 100 * i + 1));
        assert.equal(data.length, 100);
        if (!paging.next) break;
        path = paging.next.slice(base.length);
      }
    }
    const events = Array.from({ length: 5_000 }, (_, i) =>
      event({ flowId: String(1_000_001 + i * 40), time: Date.now() }),
    );
    const body = events.map(formatEvent).join('\n');
    const sent = await fetch(`${base}/v26.0/events`, {
      method: 'POST',
      body,
      headers: { ...headers, 'content-type': ndjson },
    });
    assert.equal(sent.status, 200);
    const peak = Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))![1]) / 1024;
    assert.ok(peak <= 200, `${peak} MB at most`);
  });
});
