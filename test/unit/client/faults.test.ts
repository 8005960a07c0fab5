import assert from 'node:assert/strict';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { describe, it } from 'mocha';
import { MetricsError, type MetricsErrorKind } from '../../../src/contract/errors';
import { english } from '../../../src/presentation/translate';
import {
  after,
  compressedDrip,
  createGate,
  drip,
  graphError,
  gzipBomb,
  headersThenSilence,
  html,
  json,
  lengthTooLong,
  lengthTooShort,
  metric,
  notHttp,
  raw,
  reset,
  resetMidBody,
  silence,
  startFaultServer,
  text,
  truncatedChunked,
  truncatedJson,
  usageHeaders,
  type Answer,
  type SeenRequest,
} from '../../fixtures/faultServer';
import { selfSigned } from '../../fixtures/selfSigned';
import { bench, errorOf, kinds, noon, queries, query, token } from './harness';
import { fetchAll } from '../../fixtures/fetchAll';
import { sourceTexts } from '../../../src/presentation/texts/sourceTexts';
import { errorText } from '../../../src/presentation/texts/errorTexts';

const source = sourceTexts({ name: 'Test', source: 'meta' }, english);

interface Scenario {
  readonly title: string;
  readonly answer: Answer;
  readonly kind: MetricsErrorKind;
  readonly requests: number;
  readonly details?: MetricsError['details'];
}

const transient = { transient: true };
const minute = 60_000;

const scenarios: readonly Scenario[] = [
  { title: 'HTML with status 200', answer: html(), kind: 'invalidResponse', requests: 1 },
  { title: 'HTML with status 404', answer: html(404), kind: 'invalidResponse', requests: 1 },
  {
    title: 'HTML with status 502',
    answer: html(502),
    kind: 'server',
    requests: 3,
    details: { httpStatus: 502, ...transient },
  },
  { title: 'an empty body', answer: text(''), kind: 'invalidResponse', requests: 1 },
  { title: 'an empty body with status 500', answer: text('', 500), kind: 'server', requests: 3 },
  { title: 'no content', answer: text('', 204), kind: 'invalidResponse', requests: 1 },
  { title: 'truncated JSON', answer: truncatedJson, kind: 'invalidResponse', requests: 1 },
  { title: 'JSON of another kind', answer: json([1, 2]), kind: 'invalidResponse', requests: 1 },
  { title: 'JSON null', answer: json(null), kind: 'invalidResponse', requests: 1 },
  {
    title: 'a good body with status 404',
    answer: json({ id: '1', metric: {} }, 404),
    kind: 'invalidResponse',
    requests: 1,
  },
  { title: 'silence', answer: silence, kind: 'timeout', requests: 3, details: transient },
  { title: 'headers, then silence', answer: headersThenSilence, kind: 'timeout', requests: 3 },
  { title: 'a drip of bytes', answer: drip, kind: 'timeout', requests: 3 },
  { title: 'a compressed drip', answer: compressedDrip, kind: 'timeout', requests: 3 },
  { title: 'a reset', answer: reset, kind: 'network', requests: 3, details: transient },
  { title: 'a reset in the body', answer: resetMidBody, kind: 'network', requests: 3 },
  { title: 'a truncated chunked body', answer: truncatedChunked, kind: 'network', requests: 3 },
  { title: 'a content-length that is too long', answer: lengthTooLong, kind: 'network', requests: 3 },
  { title: 'a content-length that is too short', answer: lengthTooShort, kind: 'invalidResponse', requests: 1 },
  { title: 'something other than HTTP', answer: notHttp, kind: 'invalidResponse', requests: 1 },
  { title: 'a close without a word', answer: raw(''), kind: 'network', requests: 3 },
  {
    title: 'a body that is not gzip though it says so',
    answer: text('{"id":"1"}', 200, { 'content-encoding': 'gzip' }),
    kind: 'invalidResponse',
    requests: 1,
  },
  { title: 'a proxy that asks for a password', answer: html(407), kind: 'network', requests: 1 },
  { title: 'status 429 without an envelope', answer: html(429), kind: 'rateLimited', requests: 1 },
  {
    title: 'status 503 that says when to come back',
    answer: text('', 503, { 'retry-after': '30' }),
    kind: 'rateLimited',
    requests: 1,
    details: { retryAt: noon + 30_000, httpStatus: 503 },
  },
  {
    title: 'code 1',
    answer: graphError(1, { status: 500 }),
    kind: 'server',
    requests: 3,
    details: { code: 1, ...transient },
  },
  { title: 'code 2', answer: graphError(2, { status: 503 }), kind: 'server', requests: 3 },
  {
    title: 'code 2 that says when to come back',
    answer: graphError(2, { status: 503, headers: { 'retry-after': '7' } }),
    kind: 'rateLimited',
    requests: 1,
    details: { code: 2, retryAt: noon + 7000 },
  },
  {
    title: 'an unknown code that is transient',
    answer: graphError(131000, { transient: true }),
    kind: 'server',
    requests: 3,
  },
  { title: 'an unknown code', answer: graphError(368), kind: 'server', requests: 1, details: { transient: false } },
  { title: 'code 3', answer: graphError(3, { status: 500 }), kind: 'permission', requests: 1 },
  { title: 'code 10', answer: graphError(10, { status: 403 }), kind: 'permission', requests: 1 },
  { title: 'code 200', answer: graphError(200, { status: 403, subcode: 1349174 }), kind: 'permission', requests: 1 },
  { title: 'code 100', answer: graphError(100), kind: 'invalidRequest', requests: 1 },
  {
    title: 'code 100/33',
    answer: graphError(100, { subcode: 33 }),
    kind: 'notFound',
    requests: 1,
    details: { code: 100, subcode: 33 },
  },
  { title: 'code 803', answer: graphError(803, { status: 404 }), kind: 'notFound', requests: 1 },
  {
    title: 'the metric field gone',
    answer: graphError(100, {
      message: '(#100) Tried accessing nonexisting field (metric) on node type (WhatsAppFlow)',
    }),
    kind: 'withdrawn',
    requests: 1,
  },
  ...[
    '(#100) Unknown fields: metric.',
    '(#100) The field metric does not exist on this object',
    '(#100) The metric field is deprecated for versions v27.0 and higher',
  ].map((message): Scenario => ({
    title: `the metric field gone, told as "${message}"`,
    answer: graphError(100, { message }),
    kind: 'withdrawn',
    requests: 1,
  })),
  ...['(#12) metric field is deprecated for versions v27.0 and higher', '(#12) This is deprecated'].map(
    (message): Scenario => ({
      title: `the metric field gone, told as "${message}"`,
      answer: graphError(12, { message }),
      kind: 'withdrawn',
      requests: 1,
    }),
  ),
  { title: 'metric: null', answer: json({ id: '1', metric: null }), kind: 'withdrawn', requests: 1 },
  { title: 'the flow without its metric', answer: json({ id: '1' }), kind: 'withdrawn', requests: 1 },
  {
    title: 'JSON of someone else',
    answer: json({ status: 'login required' }),
    kind: 'invalidResponse',
    requests: 1,
  },
  { title: 'another object without a metric', answer: json({ id: '77' }), kind: 'invalidResponse', requests: 1 },
  ...[101, 450, 463, 467, 2500].map((code): Scenario => ({
    title: `code ${code}`,
    answer: graphError(code, { status: code === 101 ? 500 : 400 }),
    kind: 'auth',
    requests: 1,
    details: { code, reason: code === 463 ? 'expired' : 'invalid' },
  })),
  {
    title: 'code 2500 for an address',
    answer: graphError(2500, { message: 'Unknown path components: /x' }),
    kind: 'invalidRequest',
    requests: 1,
  },
  {
    title: "HTML in place of Graph's word on the token",
    answer: text('<p>', 401, { 'www-authenticate': 'OAuth "Facebook Platform" "invalid_token" "Malformed token"' }),
    kind: 'auth',
    requests: 1,
    details: { reason: 'invalid', code: undefined! },
  },
  ...(
    [
      ['{error:"text"} with status 200', json({ error: 'Go away' }), 'server', 1],
      ['{error:"text"} with status 400', json({ error: 'Go away' }, 400), 'server', 1],
      ['{error:"text"} with status 500', json({ error: 'Go away' }, 500), 'server', 3],
      ['{error:7} with status 400', json({ error: 7 }, 400), 'server', 1],
      ['{error:{message}}', json({ error: { message: 'Go away' } }, 400), 'server', 1],
      ['{error:{}}', json({ error: {} }, 400), 'server', 1],
      ['an error with a code that is no number', json({ error: { code: 'E_NOPE' } }, 400), 'server', 1],
      ['an error without code and status 401', json({ error: { message: 'x' } }, 401), 'auth', 1],
      ['{error:"text"} with status 429', json({ error: 'Go away' }, 429), 'rateLimited', 1],
    ] as const
  ).map(([title, answer, kind, requests]): Scenario => ({
    title,
    answer,
    kind,
    requests,
    details: { code: undefined! },
  })),
  ...[
    graphError(1, { status: 500, message: "Please reduce the amount of data you're asking for, then retry" }),
    graphError(1, { transient: true, message: '(#1) Please reduce the amount of data you ask for' }),
    graphError(2, { status: 500, message: 'There is too much data in the response' }),
    graphError(1, { status: 503, message: 'reduce the amount of data', headers: { 'retry-after': '3' } }),
  ].map((answer, i): Scenario => ({
    title: `a wish for less data, ${i}`,
    answer,
    kind: 'server',
    requests: 1,
    details: { tooMuch: true, transient: false },
  })),
  { title: 'code 139006', answer: graphError(139006), kind: 'notEnoughData', requests: 1 },
  {
    title: 'code 139006 with status 200',
    answer: graphError(139006, { status: 200 }),
    kind: 'notEnoughData',
    requests: 1,
  },
  {
    title: 'code 190',
    answer: graphError(190, { status: 401 }),
    kind: 'auth',
    requests: 1,
    details: { reason: 'invalid' },
  },
  { title: 'code 190 with status 500', answer: graphError(190, { status: 500 }), kind: 'auth', requests: 1 },
  {
    title: 'code 190/463',
    answer: graphError(190, { subcode: 463 }),
    kind: 'auth',
    requests: 1,
    details: { reason: 'expired' },
  },
  {
    title: 'code 190/460',
    answer: graphError(190, { subcode: 460 }),
    kind: 'auth',
    requests: 1,
    details: { reason: 'passwordChanged' },
  },
  { title: 'code 102', answer: graphError(102), kind: 'auth', requests: 1 },
  { title: 'code 104', answer: graphError(104, { status: 401 }), kind: 'auth', requests: 1 },
  { title: 'code 0 with status 401', answer: graphError(0, { status: 401 }), kind: 'auth', requests: 1 },
  ...[4, 17, 32, 613, 80007, 80008].map((code): Scenario => ({
    title: `code ${code}, transient as Meta says`,
    answer: graphError(code, { transient: true }),
    kind: 'rateLimited',
    requests: 1,
    details: { code, retryAt: noon + 15 * minute },
  })),
  {
    title: 'a limit with minutes to wait',
    answer: graphError(80008, { headers: usageHeaders(100, 23) }),
    kind: 'rateLimited',
    requests: 1,
    details: { retryAt: noon + 23 * minute },
  },
  {
    title: 'a limit with Retry-After',
    answer: graphError(4, { status: 429, headers: { 'retry-after': '90' } }),
    kind: 'rateLimited',
    requests: 1,
    details: { retryAt: noon + 90_000 },
  },
];

describe('The client, answered with', () => {
  for (const { title, answer, kind, requests, details = {} } of scenarios) {
    it(`${title}: ${kind} after ${requests} ${requests === 1 ? 'request' : 'requests'}`, async () => {
      await bench(
        () => answer,
        // Only where nothing comes is there anything to wait for.
        kind === 'timeout' ? { limits: { deadlineMs: 60 } } : {},
        async ({ server, client }) => {
          const [result] = await fetchAll(client, [query()]);
          const error = errorOf(result);
          assert.ok(error instanceof MetricsError);
          assert.equal(error.kind, kind, error.message);
          assert.equal(server.requests.length, requests);
          for (const [name, value] of Object.entries(details)) {
            assert.deepEqual(error.details[name as keyof MetricsError['details']], value, name);
          }
          // Only what may pass is tried again, and the other way round.
          assert.equal(error.details.transient === true, requests === 3);
          assert.match(error.message, /^[A-Z].*\.$/);
          assert.doesNotMatch(errorText(error, source, english), /-1|undefined|NaN|HTTP 2/);
          assert.doesNotMatch(error.message, /https?:|127\.0\.0\.1|fields=/);
        },
      );
    });
  }

  it('trouble at first and a good answer then: the answer', async () => {
    for (const trouble of [reset, silence, html(503), graphError(2), resetMidBody]) {
      const script = ({ index }: { index: number }): Answer => (index < 2 ? trouble : metric);
      await bench(script, trouble === silence ? { limits: { deadlineMs: 400 } } : {}, async ({ server, client }) => {
        assert.deepEqual(kinds(await fetchAll(client, [query()])), ['ok']);
        assert.equal(server.requests.length, 3);
      });
    }
  });

  it('a gzip bomb: refused at 8 MiB, in little memory', async () => {
    await bench(
      () => gzipBomb(200),
      {},
      async ({ server, client }) => {
        const before = process.memoryUsage().rss;
        const [result] = await fetchAll(client, [query()]);
        const grown = process.memoryUsage().rss - before;
        assert.equal(errorOf(result).kind, 'invalidResponse');
        assert.match(errorOf(result).message, /larger than 8388608 bytes/);
        assert.equal(server.requests.length, 1);
        assert.ok(grown < 32 * 1024 * 1024, `memory grew by ${grown} bytes`);
      },
    );
  });

  it('just as many bytes as allowed, and one more', async () => {
    const body = { id: '1', metric: { name: 'ENDPOINT_REQUEST_COUNT', granularity: 'DAY', data_points: [] } };
    const size = JSON.stringify(body).length;
    for (const [maxBytes, expected] of [
      [size, 'ok'],
      [size - 1, 'invalidResponse'],
    ] as const) {
      await bench(
        () => json(body),
        { limits: { maxBytes } },
        async ({ client }) => {
          assert.deepEqual(kinds(await fetchAll(client, [query()])), [expected]);
        },
      );
    }
  });

  it('nothing, because nobody listens: network after three attempts', async () => {
    await bench(
      () => metric,
      {},
      async ({ server, client }) => {
        await server.close();
        const error = errorOf((await fetchAll(client, [query()]))[0]);
        assert.equal(error.kind, 'network');
        assert.match(error.message, /ECONNREFUSED/);
        assert.equal(error.details.unreachable, 'refused');
      },
    );
  });

  it('a certificate that nobody vouches for: network, unsent, and said so', async () => {
    let heard = 0;
    const server = createServer(selfSigned('127.0.0.1'), (_, response) => {
      heard++;
      response.end('{}');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const baseUrl = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
      await bench(
        () => metric,
        { account: { baseUrl } },
        async ({ client }) => {
          const error = errorOf((await fetchAll(client, [query()]))[0]);
          assert.equal(error.kind, 'network');
          assert.match(error.message, /certificate is not trusted \([A-Z_]+\)/);
          assert.equal(error.details.unreachable, 'certificate');
        },
      );
      assert.equal(heard, 0);
    } finally {
      server.close();
    }
  });

  it('plain HTTP where TLS is spoken: network', async () => {
    const server = await startFaultServer(() => metric);
    try {
      const baseUrl = server.url.replace('http:', 'https:');
      await bench(
        () => metric,
        { account: { baseUrl } },
        async ({ client }) => {
          assert.deepEqual(kinds(await fetchAll(client, [query()])), ['network']);
          assert.equal(server.requests.length, 0);
        },
      );
    } finally {
      await server.close();
    }
  });
});

describe('The pauses between attempts', () => {
  it('have full jitter: up to 1 s, then up to 2 s', async () => {
    const pauses: number[] = [];
    const sleep = async (ms: number): Promise<void> => void pauses.push(ms);
    await bench(
      () => html(500),
      { random: () => 0.5, sleep },
      async ({ client }) => {
        await fetchAll(client, [query()]);
      },
    );
    assert.deepEqual(pauses, [500, 1000]);
  });
});

describe('Connections', () => {
  it('are kept and used again', async () => {
    await bench(
      () => metric,
      {},
      async ({ server, client }) => {
        for (let i = 0; i < 5; i++) await fetchAll(client, [query()]);
        assert.equal(server.requests.length, 5);
        assert.equal(server.connections, 1);
      },
    );
  });

  it('that the server closed in the meantime cost no answer', async () => {
    await bench(
      () => metric,
      {},
      async ({ server, client }) => {
        assert.deepEqual(new Set(kinds(await fetchAll(client, queries(16)))), new Set(['ok']));
        server.dropConnections();
        assert.deepEqual(new Set(kinds(await fetchAll(client, queries(16)))), new Set(['ok']));
        assert.equal(server.requests.length, 32);
      },
    );
  });

  it('that all died unnoticed cost one attempt, not three', async () => {
    const used = new Set<number>();
    const script = ({ connection }: SeenRequest): Answer => {
      if (used.has(connection)) return reset;
      used.add(connection);
      return after(gate.passed, metric);
    };
    const gate = createGate();
    await bench(script, {}, async ({ server, client }) => {
      const first = fetchAll(client, queries(5));
      await server.received(5);
      gate.open();
      await first;
      assert.deepEqual(kinds(await fetchAll(client, [query()])), ['ok']);
      assert.equal(server.requests.length, 7);
    });
  });

  it('are not trusted after a long idle time, such as sleep', async () => {
    const clock = { time: noon, now: () => clock.time };
    await bench(
      () => metric,
      { clock },
      async ({ server, client }) => {
        await fetchAll(client, [query()]);
        clock.time += 8 * 60 * minute;
        assert.deepEqual(kinds(await fetchAll(client, [query()])), ['ok']);
        assert.equal(server.connections, 2);
      },
    );
  });

  it('carry the token as a bearer token, and nothing in the address', async () => {
    await bench(
      () => metric,
      {},
      async ({ server, client }) => {
        await fetchAll(client, [query(7, { since: '2026-01-28', until: '2026-01-30' })]);
        const [request] = server.requests;
        assert.equal(request!.method, 'GET');
        assert.equal(request!.headers.authorization, `Bearer ${token}`);
        assert.equal(
          request!.url.pathname + request!.url.search,
          '/v26.0/7?fields=metric.name(ENDPOINT_REQUEST_COUNT).granularity(DAY).since(2026-01-28).until(2026-01-30)',
        );
      },
    );
  });
});
