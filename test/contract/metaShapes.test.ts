/** Answers in Meta's shapes, and in worse ones, through the client. */
import assert from 'node:assert/strict';
import { createHttpClient } from '../../src/client/httpClient';
import type { FlowListing, Result } from '../../src/contract/client';
import type { MetricSeries } from '../../src/contract/metric';
import type { MetricQuery } from '../../src/contract/query';
import { startPlainServer, type PlainAnswer } from './plainServer';
import { fetchAll } from '../fixtures/fetchAll';

const now = Date.parse('2026-03-12T14:18:00Z');
const flowId = '1204588317730952';
const waba = '100200300400500';

async function withClient<T>(
  answer: (target: URL, count: number) => PlainAnswer | undefined,
  run: (client: ReturnType<typeof createHttpClient>, seen: readonly string[], url: string) => Promise<T>,
): Promise<T> {
  const server = await startPlainServer(answer);
  const client = createHttpClient({
    account: { name: 'Meta', source: 'meta', baseUrl: server.url, businessAccountId: waba },
    token: 'secret-token',
    clock: { now: () => now },
    random: () => 0,
  });
  try {
    return await run(client, server.seen, server.url);
  } finally {
    client.dispose();
    await server.close();
  }
}

function ask(query: Omit<MetricQuery, 'flowId'>, body: unknown): Promise<Result<MetricSeries>> {
  return withClient(
    () => ({ body }),
    async (client) => (await fetchAll(client, [{ flowId, ...query }]))[0]!.result,
  );
}

/** The answer's body around its points; text, where JSON cannot hold what is meant. */
function bodyOf(name: string, granularity: string, points: unknown): unknown {
  return typeof points === 'string'
    ? `{"id":"${flowId}","metric":{"granularity":"${granularity}","name":"${name}","data_points":${points}}}`
    : { id: flowId, metric: { granularity, name, data_points: points } };
}

function point(timestamp: string, ...pairs: (readonly [string, unknown])[]): unknown {
  return { timestamp, data: pairs.map(([key, value]) => ({ key, value })) };
}

function columnsOf(result: Result<MetricSeries>): Record<string, number[]> {
  assert.ok(result.ok, result.ok ? '' : result.error.message);
  return Object.fromEntries(
    result.value.columns.filter(({ values }) => values.some(Boolean)).map(({ key, values }) => [key, [...values]]),
  );
}

function beginsOf(result: Result<MetricSeries>): string[] {
  assert.ok(result.ok);
  return Array.from(result.value.begins, (begin) => new Date(begin).toISOString());
}

const errors = { metric: 'ENDPOINT_REQUEST_ERROR', granularity: 'DAY' } as const;
const counts = { metric: 'ENDPOINT_REQUEST_COUNT', granularity: 'DAY' } as const;
const errorBody = (points: unknown): unknown => bodyOf('ENDPOINT_REQUEST_ERROR', 'DAY', points);
const countBody = (points: unknown): unknown => bodyOf('ENDPOINT_REQUEST_COUNT', 'DAY', points);

describe("metrics in Meta's shapes", () => {
  it('sparse points and keys, as in the sample', async () => {
    const result = await ask(
      errors,
      errorBody([
        point('2024-01-28T08:00:00+0000', ['timeout_error', 5]),
        point('2024-01-30T08:00:00+0000', ['unexpected_http_status_code', 12]),
      ]),
    );
    assert.deepEqual(columnsOf(result), { timeout_error: [5, 0], unexpected_http_status_code: [0, 12] });
    assert.deepEqual(beginsOf(result), ['2024-01-28T08:00:00.000Z', '2024-01-30T08:00:00.000Z']);
  });

  it('all eleven latency keys', async () => {
    const result = await ask(
      { metric: 'ENDPOINT_REQUEST_LATENCY_SECONDS_CEIL', granularity: 'HOUR' },
      bodyOf('ENDPOINT_REQUEST_LATENCY_SECONDS_CEIL', 'HOUR', [
        point('2026-03-01T10:00:00+0000', ['1', 410], ['3', 61], ['10', 2], ['10+', 33]),
      ]),
    );
    assert.deepEqual(columnsOf(result), { '1': [410], '3': [61], '10': [2], '10+': [33] });
    assert.equal(result.ok && result.value.columns.length, 11);
  });

  it('arrays as objects with the keys 0, 1, … and numbers as text', async () => {
    const result = await ask(
      { metric: 'ENDPOINT_REQUEST_ERROR_RATE', granularity: 'LIFETIME' },
      bodyOf('ENDPOINT_REQUEST_ERROR_RATE', 'LIFETIME', {
        '0': { timestamp: '2024-01-28T08:00:00+0000', data: { '0': { key: 'value', value: '0.12625250501002' } } },
      }),
    );
    assert.deepEqual(columnsOf(result), { value: [0.12625250501002] });
  });

  it('points out of order and twice: in order, the later one wins', async () => {
    const result = await ask(
      counts,
      countBody([
        point('2026-03-03T08:00:00+0000', ['value', 3]),
        point('2026-03-01T08:00:00+0000', ['value', 1]),
        point('2026-03-03T08:00:00+0000', ['value', 33]),
        point('2026-03-02T00:00:00-0800', ['value', 2]),
      ]),
    );
    assert.deepEqual(columnsOf(result), { value: [1, 2, 33] });
  });

  it('unknown keys, even those that name what every object has', async () => {
    const result = await ask(
      errors,
      errorBody(
        `[{"timestamp":"2026-03-01T08:00:00+0000","data":[{"key":"dns_error","value":2},{"key":"__proto__","value":4},
          {"key":"constructor","value":8},{"key":"timeout_error","value":1}]}]`,
      ),
    );
    assert.ok(result.ok);
    assert.deepEqual(
      result.value.columns.map(({ key, values }) => [key, values[0]]),
      [
        ['timeout_error', 1],
        ['unexpected_http_status_code', 0],
        ['cannot_be_served', 0],
        ['no_http_response_error', 0],
        ['dns_error', 2],
        ['__proto__', 4],
        ['constructor', 8],
      ],
    );
    assert.equal(({} as Record<string, unknown>).dns_error, undefined);
  });

  it('no points, points without data, and a missing list of points', async () => {
    assert.deepEqual(beginsOf(await ask(counts, countBody([]))), []);
    const empty = await ask(counts, countBody([{ timestamp: '2026-03-01T08:00:00+0000', data: [] }]));
    assert.equal(empty.ok && empty.value.begins.length, 1);
    const none = await ask(counts, { id: flowId, metric: { name: counts.metric, granularity: 'DAY' } });
    assert.equal(none.ok && none.value.begins.length, 0);
  });

  it('both days on which US Pacific changes its clocks', async () => {
    const result = await ask(
      counts,
      countBody([
        point('2026-03-08T08:00:00+0000', ['value', 23]),
        point('2026-03-09T07:00:00+0000', ['value', 24]),
        point('2025-11-02T07:00:00+0000', ['value', 25]),
        point('2025-11-03T08:00:00+0000', ['value', 24]),
      ]),
    );
    assert.deepEqual(columnsOf(result), { value: [25, 24, 23, 24] });
  });

  for (const value of [
    '1e999',
    '-1',
    '-0.5',
    'null',
    'true',
    '"five"',
    '"-1"',
    '"1e999"',
    '""',
    '{}',
    '[1]',
    '"0x10"',
    '1.5',
    '"1.5"',
    '1e21',
    '9007199254740992',
    '"9007199254740993"',
  ]) {
    it(`refuses the value ${value}, naming metric and point, and keeps the other metrics`, async () => {
      const stamp = '2026-03-01T08:00:00+0000';
      const answers = await withClient(
        ({ search }) => ({
          body: search.includes('ENDPOINT_REQUEST_ERROR')
            ? errorBody(`[{"timestamp":"${stamp}","data":[{"key":"timeout_error","value":${value}}]}]`)
            : countBody([point(stamp, ['value', 7])]),
        }),
        (client) =>
          fetchAll(
            client,
            [errors, counts].map((query) => ({ flowId, ...query })),
          ),
      );
      const [refused, kept] = answers.map(({ result }) => result);
      assert.ok(refused && !refused.ok);
      assert.equal(refused.error.kind, 'invalidResponse');
      assert.match(refused.error.message, /ENDPOINT_REQUEST_ERROR\b.*point 1 .*2026-03-01/);
      assert.deepEqual(columnsOf(kept!), { value: [7] });
    });
  }

  it('refuses a rate above one, and takes counts up to 2^53 and whole numbers of any spelling', async () => {
    const rate = { metric: 'ENDPOINT_REQUEST_ERROR_RATE', granularity: 'DAY' } as const;
    const stamp = '2026-03-01T08:00:00+0000';
    for (const value of ['1.01', '12.6', '1e21']) {
      const body = bodyOf(rate.metric, 'DAY', `[{"timestamp":"${stamp}","data":[{"key":"value","value":${value}}]}]`);
      const result = await ask(rate, body);
      assert.match(result.ok ? '' : result.error.message, /ERROR_RATE\b.*point 1 .*impossible value/, value);
    }
    const most = Number.MAX_SAFE_INTEGER;
    for (const [value, count] of [
      [most, most],
      [String(most), most],
      ['3e2', 300],
      ['7.0', 7],
    ] as const) {
      assert.deepEqual(columnsOf(await ask(counts, countBody([point(stamp, ['value', value])]))), { value: [count] });
    }
  });

  for (const timestamp of [
    '2026-02-30T08:00:00+0000',
    '2026-03-01T24:00:00+0000',
    '2026-03-01T08:60:00+0000',
    '2026-13-01T08:00:00+0000',
    '2026-03-01T08:00:00',
    '2026-03-01T08:00:00Z',
    '2026-03-01T08:00:00+00:00',
    '2026-03-01',
    '',
    null,
    1772352000,
  ]) {
    it(`refuses the timestamp ${JSON.stringify(timestamp)}`, async () => {
      const result = await ask(counts, countBody([{ timestamp, data: [{ key: 'value', value: 1 }] }]));
      assert.equal(!result.ok && result.error.kind, 'invalidResponse');
      assert.match(result.ok ? '' : result.error.message, /ENDPOINT_REQUEST_COUNT.*point 1/);
    });
  }

  it('refuses answers about another metric or granularity', async () => {
    for (const body of [
      bodyOf('ENDPOINT_AVAILABILITY', 'DAY', []),
      bodyOf('ENDPOINT_REQUEST_COUNT', 'HOUR', []),
      {},
      { id: flowId, metric: [] },
    ]) {
      const result = await ask(counts, body);
      assert.equal(!result.ok && result.error.kind, 'invalidResponse');
    }
  });

  it('takes a flow without its metric, or with none, for the end of the field', async () => {
    for (const body of [{ id: flowId }, { id: flowId, metric: null }]) {
      const result = await ask(counts, body);
      assert.equal(!result.ok && result.error.kind, 'withdrawn');
    }
  });
});

describe("errors in Meta's shapes", () => {
  async function errorOf(answer: PlainAnswer): Promise<{ kind: string; message: string; details: object }> {
    const result = await withClient(
      () => answer,
      async (client) => (await fetchAll(client, [{ flowId, ...counts }]))[0]!.result,
    );
    assert.ok(!result.ok);
    return result.error;
  }

  it('are told by code and subcode, whatever the status and the text', async () => {
    for (const [code, subcode, kind] of [
      [190, 460, 'auth'],
      [102, undefined, 'auth'],
      [104, undefined, 'auth'],
      [803, undefined, 'notFound'],
      [100, 33, 'notFound'],
      [100, undefined, 'invalidRequest'],
      [139006, undefined, 'notEnoughData'],
      [80008, undefined, 'rateLimited'],
      [131000, undefined, 'server'],
    ] as const) {
      for (const status of [200, 400, 401, 404]) {
        const error = { message: 'secret-token', type: 'OAuthException', code, error_subcode: subcode };
        const found = await errorOf({ status, body: { error } });
        assert.equal(found.kind, kind, `${code}/${subcode} ${status}`);
        assert.doesNotMatch(JSON.stringify([found.message, found.details]), /secret-token/);
      }
    }
  });

  it('say when a limit ends, in minutes', async () => {
    const usage = JSON.stringify({
      [waba]: [
        { type: 'whatsapp', call_count: 12, total_cputime: 1, total_time: 1, estimated_time_to_regain_access: 0 },
        { type: 'whatsapp_business_management', call_count: 100, estimated_time_to_regain_access: 17 },
      ],
    });
    const { details } = await errorOf({
      status: 400,
      headers: { 'x-business-use-case-usage': usage },
      body: { error: { message: '', type: 'OAuthException', code: 80008 } },
    });
    assert.equal((details as { retryAt?: number }).retryAt, now + 17 * 60_000);
  });
});

describe("lists of flows in Meta's shapes", () => {
  it('are followed by their cursor on the configured host only, over short and empty pages', async () => {
    const pages: Record<string, unknown> = {
      '': {
        data: [{ id: '1', name: 'One' }],
        paging: { cursors: { after: 'a' }, next: 'https://evil.example/x?after=a' },
      },
      a: { data: [], paging: { next: 'https://evil.example/x?after=b&access_token=secret' } },
      b: { data: { '0': { id: 2, name: '', status: 'SLEEPING' } }, paging: { cursors: { before: 'x', after: 'c' } } },
    };
    await withClient(
      ({ searchParams }) => ({ body: pages[searchParams.get('after') ?? ''] }),
      async (client, seen) => {
        const { flows }: FlowListing = await client.listFlows();
        assert.deepEqual(flows, [
          { id: '1', name: 'One' },
          { id: '2', name: '2', status: 'SLEEPING' },
        ]);
        assert.equal(seen.length, 3);
        assert.ok(seen.every((target) => target.startsWith(`/v26.0/${waba}/flows?`) && !target.includes('secret')));
      },
    );
  });

  it('keep every digit of ids that are sent as numbers', async () => {
    const big = '12045883177309521234';
    const page = `{"data":[{"id":${big},"name":"id: ${big}, 1","whatsapp_business_account":{"id":9007199254740993}}]}`;
    await withClient(
      ({ pathname }) => ({
        body: pathname.endsWith('/flows') ? page : `{"id":${big},"metric":null}`,
      }),
      async (client) => {
        const { flows } = await client.listFlows();
        const businessAccount = { id: '9007199254740993' };
        assert.deepEqual(flows, [{ id: big, name: `id: ${big}, 1`, businessAccount }]);
        const [answer] = await fetchAll(client, [{ flowId: big, ...counts }]);
        assert.equal(answer!.result.ok ? '' : answer!.result.error.kind, 'withdrawn', 'it is about that flow');
      },
    );
  });

  it('may be refused with the wider fields: the flows are then read one by one', async () => {
    await withClient(
      ({ pathname, searchParams }) => {
        if (!pathname.endsWith('/flows')) {
          return { body: { id: pathname.split('/').at(-1), name: 'Wide', status: 'PUBLISHED', endpoint_uri: null } };
        }
        return searchParams.get('fields')
          ? { status: 400, body: { error: { message: '(#100) no', type: 'OAuthException', code: 100 } } }
          : { body: { data: [{ id: '5', name: 'Narrow', status: 'PUBLISHED', categories: ['OTHER'] }] } };
      },
      async (client) => {
        const { flows } = await client.listFlows();
        assert.deepEqual(flows, [{ id: '5', name: 'Wide', status: 'PUBLISHED', endpointUri: null }]);
      },
    );
  });

  it('keep health with its entities, errors and hints, and words that nobody knows', async () => {
    const health = {
      can_send_message: 'limited',
      entities: [
        {
          entity_type: 'FLOW',
          id: '1',
          can_send_message: 'LIMITED',
          errors: [{ error_code: 131000, error_description: 'Too slow.', possible_solution: 'Be quick.' }, null],
          additional_info: ['Ten an hour.'],
        },
        { can_send_message: 'SOMEWHAT' },
        'odd',
      ],
    };
    const { flows } = await withClient(
      () => ({ body: { data: [{ id: '1', name: 'One', health_status: health, data_api_version: 3 }] } }),
      (client) => client.listFlows(),
    );
    assert.deepEqual(flows[0]?.health, {
      canSendMessage: 'LIMITED',
      entities: [
        { entityType: 'FLOW', id: '1', canSendMessage: 'LIMITED', notes: ['Too slow. Be quick.', 'Ten an hour.'] },
        { entityType: 'UNKNOWN', canSendMessage: 'SOMEWHAT', notes: [] },
      ],
    });
    assert.equal(flows[0].dataApiVersion, '3');
  });
});
