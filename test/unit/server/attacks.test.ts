/** What a local port meets: crooked ids, bodies and headers. Each gets a clear refusal, and nothing is ever in disorder. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { metaZone } from '../../../src/contract/calendar';
import { createDemoStore } from '../../../src/store/demo/demoStore';
import type { MetricStore } from '../../../src/store/metricStore';
import { rawStatus } from './rawStatus';
import { flowIds, startTestServer, testClock, token, type TestServer } from './testServer';

describe('The server under attack', () => {
  let server: TestServer;
  /** What the store was asked for. */
  const asked: string[] = [];
  before(async () => {
    const clock = Date.parse(testClock);
    const real = createDemoStore({ seed: 1, now: () => clock, zone: metaZone });
    const store: MetricStore = {
      ...real,
      listFlows: (range) => (asked.push('list'), real.listFlows(range)),
      readFlow: (id) => (asked.push(id), real.readFlow(id)),
    };
    server = await startTestServer({ store });
  });
  after(() => server.close());

  const crookedIds = [
    ...['..', '.', '../1', '../../etc/passwd', '%2e%2e', '%2e%2e%2f1', '..%2f..%2fetc%2fpasswd', '%5c..%5c'],
    ...['%00', '1%00', `${flowIds.booking}%00`, '1%0d%0aX: y', 'CON', 'NUL', 'aux.txt', '__proto__', 'constructor'],
    ...['toString', 'hasOwnProperty', '%D9%A1%D9%A2', '%EF%BC%91%EF%BC%92', '1e3', '-1', '+1', ' 1', '1.0', '0x1'],
    ...['1;drop', "1'or'1'='1", '1 or 1=1', '*', '1,2', '%', '%zz', '1'.repeat(21), '1'.repeat(300), 'a'.repeat(9000)],
  ];

  it('takes nothing but digits for an id, in paths, lists and batches', async () => {
    const { port } = server;
    const headers = `Host: 127.0.0.1:${port}\r\nAuthorization: Bearer ${token}\r\n\r\n`;
    for (const id of crookedIds) {
      for (const target of [`/v26.0/${id}`, `/v26.0/${id}/flows`, `/v26.0/${id}?fields=id`]) {
        // Raw, for a client would clean the path up before it sends it.
        const status = await rawStatus(port, `GET ${target} HTTP/1.1\r\n${headers}`);
        assert.ok([400, 404].includes(status), `${target.slice(0, 80)} gave ${status}`);
      }
    }
    const parts = crookedIds.slice(0, 50).map((id) => ({ method: 'GET', relative_url: `${id}?fields=id` }));
    const { status, json } = await server.post('/v26.0/', JSON.stringify({ batch: parts }), 'application/json');
    assert.equal(status, 200);
    for (const { code, body } of json as { code: number; body: string }[]) {
      assert.equal(code, 400);
      assert.equal(typeof (JSON.parse(body) as { error: { code: unknown } }).error.code, 'number');
    }
    assert.deepEqual(asked, [], 'the store hears of none of them');
  });

  it('answers deep and odd JSON with what is allowed, never with a failure of its own', async () => {
    const deep = (depth: number, inner: string): string => `${'['.repeat(depth)}${inner}${']'.repeat(depth)}`;
    const bodies = [
      deep(400_000, '1'),
      `{"batch":${deep(400_000, '1')}}`,
      `{"include_headers":${deep(400_000, '1')},"batch":[{"method":"GET","relative_url":"1"}]}`,
      '{"include_headers":{"toString":1},"batch":[{"method":"GET","relative_url":"1"}]}',
      '{"__proto__":{"batch":[1]},"constructor":{"prototype":{"polluted":1}}}',
      ...['null', '1', '"batch"', '[]', '[null]', '{"batch":"{"}', '{"batch":{}}', '{', '', '\u0000'],
    ];
    for (const body of bodies) {
      const { status, json } = await server.post('/v26.0/', body, 'application/json');
      const ok = status === 200 ? Array.isArray(json) : status === 400 && json.error.code === 100;
      assert.ok(ok, `${body.slice(0, 60)} gave ${status}: ${JSON.stringify(json).slice(0, 200)}`);
    }
    assert.equal(({} as Record<string, unknown>).polluted, undefined);
  });

  it('answers any batch with one answer for each of its parts, or says what is wrong', async () => {
    const url = fc.oneof(fc.string(), fc.constantFrom(...crookedIds), fc.constantFrom(...Object.values(flowIds)));
    const part = fc.oneof(
      fc.jsonValue(),
      fc.record({ method: fc.oneof(fc.constantFrom('GET', 'POST', 'get'), fc.jsonValue()), relative_url: url }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(part, { maxLength: 60 }), fc.jsonValue(), async (batch, include_headers) => {
        const sent = JSON.stringify({ batch, include_headers });
        const { status, json } = await server.post('/v26.0/', sent, 'application/json');
        if (status === 200) {
          assert.equal((json as unknown[]).length, batch.length);
          for (const { code } of json as { code: number }[]) assert.ok(code < 500, `a part gave ${code} for ${sent}`);
        } else {
          assert.deepEqual([status, json.error.code], [400, 100], sent);
        }
      }),
      { numRuns: 100 },
    );
  });

  it('takes any fields and arguments, and says what is wrong with them', async () => {
    const word = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.constantFrom('metric', '.name(', 'ENDPOINT_REQUEST_COUNT', ')', '.granularity(DAY)', '.since(', '2026-02-31'),
      fc.constantFrom('.until(', 'id', ',', '{', '}', '.limit(99999999999)', '__proto__', 'name', '%00'),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(word, { maxLength: 12 }), async (words) => {
        const fields = encodeURIComponent(words.join(''));
        const { status, json } = await server.get(`/v26.0/${flowIds.booking}?fields=${fields}`);
        assert.ok(status === 200 || (status === 400 && typeof json.error.code === 'number'), `${status} for ${fields}`);
      }),
      { numRuns: 200 },
    );
  });

  it('refuses absurd and smuggling headers, and hangs up', async () => {
    const { port } = server;
    const good = [`Host: 127.0.0.1:${port}`, `Authorization: Bearer ${token}`];
    const path = `/v26.0/${flowIds.booking}?fields=id`;
    const many = Array.from({ length: 3000 }, (_, i) => `X-${i}: 1`);
    const few = Array.from({ length: 1100 }, () => 'X: 1');
    const cases: readonly (readonly [first: string, headers: readonly string[], body: string, status: number])[] = [
      [`GET ${path} HTTP/1.1`, [...good, ...many], '', 431],
      // Those that guards look at count also behind more headers than Node keeps by itself.
      [`GET ${path} HTTP/1.1`, [...good, ...few, 'Origin: null'], '', 403],
      [`GET ${path} HTTP/1.1`, [...good, ...few, good[1]!], '', 401],
      [`GET ${path} HTTP/1.1`, [...few, ...good], '', 200],
      [`GET /${'x'.repeat(20_000)} HTTP/1.1`, good, '', 431],
      [`GET ${path} HTTP/1.1`, [good[0]!, `Authorization: Bearer ${'x'.repeat(15_000)}`], '', 401],
      [`GET ${path} HTTP/1.1`, [...good, 'X: a\u0000b'], '', 400],
      [`GET ${path} HTTP/1.1`, [...good, 'X Y: z'], '', 400],
      [`GET ${path} HTTP/1.1`, [...good, ' folded: 1'], '', 400],
      [`GET ${path} HTTP/9.9`, good, '', 400],
      [`BREW ${path} HTTP/1.1`, good, '', 400],
      [`POST /v26.0/ HTTP/1.1`, [...good, 'Content-Length: 4', 'Content-Length: 5'], 'abcd', 400],
      [`POST /v26.0/ HTTP/1.1`, [...good, 'Content-Length: -1'], '', 400],
      [`POST /v26.0/ HTTP/1.1`, [...good, 'Content-Length: 4', 'Transfer-Encoding: chunked'], '0\r\n\r\n', 400],
      [`POST /v26.0/ HTTP/1.1`, [...good, 'Transfer-Encoding: chunked, identity'], '0\r\n\r\n', 400],
      [`POST /v26.0/ HTTP/1.1`, [...good, 'Transfer-Encoding: chunked'], 'zz\r\n', 400],
      [`POST /v26.0/ HTTP/1.1`, [...good, 'Content-Length: 99999999999'], 'x'.repeat(2_000_000), 413],
    ];
    for (const [first, headers, body, expected] of cases) {
      const status = await rawStatus(port, `${[first, ...headers].join('\r\n')}\r\n\r\n${body}`);
      // Where a sender is still writing when the connection is cut, it may not see the answer.
      const cut = status === 0 && body.length > 1_000_000;
      assert.ok(
        status === expected || cut,
        `${first.slice(0, 60)} | ${headers.slice(2, 4).join(' | ').slice(0, 80)}: ${status}`,
      );
    }
    assert.equal((await server.get(path)).status, 200);
  });

  it('upgrades to nothing', async () => {
    const { port } = server;
    const lines = [
      `GET /v26.0/flowmeter HTTP/1.1`,
      `Host: 127.0.0.1:${port}`,
      `Authorization: Bearer ${token}`,
      ...['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='],
      'Sec-WebSocket-Version: 13',
    ];
    assert.notEqual(await rawStatus(port, `${lines.join('\r\n')}\r\n\r\n`), 101);
    assert.equal(await rawStatus(port, `CONNECT evil.example:443 HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`), 0);
  });
});
