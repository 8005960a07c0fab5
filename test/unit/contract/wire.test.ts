import assert from 'node:assert/strict';
import fc from 'fast-check';
import { MetricsError } from '../../../src/contract/errors';
import { knownKeys, metricNames, type MetricName, type MetricSeries } from '../../../src/contract/metric';
import type { MetricQuery } from '../../../src/contract/query';
import { parseErrorBody } from '../../../src/contract/errorWire';
import { parseTimestamp, formatTimestamp } from '../../../src/contract/timestamp';
import { parseFlow, parseFlowPage } from '../../../src/contract/flowWire';
import { parseMetricAnswer, metricBody } from '../../../src/contract/metricWire';

const count: MetricQuery = { flowId: '1', metric: 'ENDPOINT_REQUEST_COUNT', granularity: 'DAY' };
const errors: MetricQuery = { ...count, metric: 'ENDPOINT_REQUEST_ERROR' };

function answer(points: unknown, query: MetricQuery = count): unknown {
  return { id: '1', metric: { granularity: query.granularity, name: query.metric, data_points: points } };
}

function point(timestamp: string, ...pairs: readonly (readonly [string, unknown])[]): unknown {
  return { timestamp, data: pairs.map(([key, value]) => ({ key, value })) };
}

/** `{ 0: a, 1: b }` as Meta's documentation renders `[a, b]`. */
function indexed(value: unknown): unknown {
  if (Array.isArray(value)) return Object.fromEntries(value.map((item, i) => [String(i), indexed(item)]));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, indexed(item)]));
}

function read(series: MetricSeries): [number, Record<string, number>][] {
  return Array.from(series.begins, (begin, i) => [
    begin,
    Object.fromEntries(
      series.columns.filter(({ values }) => values[i] !== 0).map(({ key, values }) => [key, values[i]!]),
    ),
  ]);
}

function refused(json: unknown, query: MetricQuery, ...parts: readonly string[]): void {
  assert.throws(
    () => parseMetricAnswer(json, query),
    (error) => {
      assert.ok(error instanceof MetricsError);
      assert.equal(error.kind, 'invalidResponse');
      for (const part of [query.metric, ...parts])
        assert.ok(error.message.includes(part), `${error.message} / ${part}`);
      return true;
    },
  );
}

describe('parseTimestamp', () => {
  it('reads the instants of both clock changes in US Pacific', () => {
    assert.equal(parseTimestamp('2026-03-08T08:00:00+0000'), Date.UTC(2026, 2, 8, 8));
    assert.equal(parseTimestamp('2026-03-09T07:00:00+0000'), Date.UTC(2026, 2, 9, 7));
    assert.equal(parseTimestamp('2026-11-01T00:00:00-0700'), Date.UTC(2026, 10, 1, 7));
    assert.equal(parseTimestamp('2026-11-02T00:00:00-0800'), Date.UTC(2026, 10, 2, 8));
    assert.equal(parseTimestamp('2026-03-08T00:00:00+0545'), Date.UTC(2026, 2, 7, 18, 15));
  });

  for (const text of [
    '2026-02-29T00:00:00+0000',
    '2026-02-31T00:00:00+0000',
    '2026-04-31T00:00:00+0000',
    '2026-13-01T00:00:00+0000',
    '2026-00-10T00:00:00+0000',
    '2026-01-00T00:00:00+0000',
    '2026-01-01T24:00:00+0000',
    '2026-01-01T00:60:00+0000',
    '2026-01-01T00:00:60+0000',
    '2026-01-01T00:00:00+1500',
    '2026-01-01T00:00:00+0060',
    '2026-01-01T00:00:00Z',
    '2026-01-01T00:00:00+00:00',
    '2026-01-01 00:00:00+0000',
    '2026-01-01',
    '1767225600',
    ' 2026-01-01T00:00:00+000',
    '٢٠٢٦-01-01T00:00:00+0000',
    '',
    null,
    undefined,
    1767225600000,
    {},
  ]) {
    it(`refuses ${JSON.stringify(text) ?? 'undefined'}`, () => assert.equal(parseTimestamp(text), undefined));
  }

  it('agrees with Date on every real instant and offset', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: Date.UTC(2100, 0, 1) / 1000 }),
        fc.integer({ min: -14 * 60, max: 14 * 60 }),
        (seconds, offset) => {
          const instant = seconds * 1000;
          fc.pre(instant + offset * 60_000 >= 0);
          const wall = new Date(instant + offset * 60_000).toISOString().slice(0, 19);
          const size = Math.abs(offset);
          const zone = `${offset < 0 ? '-' : '+'}${String(Math.floor(size / 60)).padStart(2, '0')}${String(size % 60).padStart(2, '0')}`;
          assert.equal(parseTimestamp(wall + zone), instant);
          assert.equal(parseTimestamp(formatTimestamp(instant)), instant);
        },
      ),
    );
  });

  it('never throws and never gives anything but an instant', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.string({ minLength: 24, maxLength: 24 }), fc.anything()), (text) => {
        const instant = parseTimestamp(text);
        assert.ok(instant === undefined || Number.isFinite(instant));
      }),
    );
  });
});

describe('parseMetricAnswer tolerates', () => {
  it("Meta's own shape", () => {
    const series = parseMetricAnswer(
      answer([point('2024-01-28T08:00:00+0000', ['timeout_error', 5], ['cannot_be_served', 2])], errors),
      errors,
    );
    assert.deepEqual(read(series), [[Date.UTC(2024, 0, 28, 8), { timeout_error: 5, cannot_be_served: 2 }]]);
    assert.deepEqual(
      series.columns.map(({ key }) => key),
      knownKeys.ENDPOINT_REQUEST_ERROR,
    );
  });

  it('no points, no data and empty data', () => {
    assert.equal(parseMetricAnswer(answer([]), count).begins.length, 0);
    assert.equal(parseMetricAnswer({ metric: {} }, count).begins.length, 0);
    const measured = parseMetricAnswer(answer([{ timestamp: '2024-01-28T08:00:00+0000' }]), count);
    assert.deepEqual(read(measured), [[Date.UTC(2024, 0, 28, 8), {}]]);
    assert.equal(parseMetricAnswer(answer([point('2024-01-28T08:00:00+0000')]), count).begins.length, 1);
  });

  it('arrays as objects with keys 0, 1, …', () => {
    const plain = answer([
      point('2024-01-28T08:00:00+0000', ['value', 3], ['other', 1]),
      point('2024-01-29T08:00:00+0000', ['value', 4]),
    ]);
    assert.deepEqual(parseMetricAnswer(indexed(plain), count), parseMetricAnswer(plain, count));
  });

  it('numbers as text', () => {
    const rate: MetricQuery = { ...count, metric: 'ENDPOINT_REQUEST_ERROR_RATE' };
    const series = parseMetricAnswer(
      answer([point('2024-01-28T08:00:00+0000', ['value', '0.12625250501002'])], rate),
      rate,
    );
    assert.equal(series.columns[0]!.values[0], 0.12625250501002);
    const tiny = parseMetricAnswer(answer([point('2024-01-28T08:00:00+0000', ['value', '1e-3'])], rate), rate);
    assert.equal(tiny.columns[0]!.values[0], 0.001);
  });

  it('absent keys and equal intervals, which answers then share', () => {
    const answer = (hours: readonly number[], key = 'timeout_error'): unknown => ({
      metric: {
        data_points: hours.map((hour) => ({
          timestamp: formatTimestamp(Date.UTC(2026, 0, 28, hour)),
          data: [{ key, value: hour }],
        })),
      },
    });
    const query: MetricQuery = { flowId: '1', metric: 'ENDPOINT_REQUEST_ERROR', granularity: 'HOUR' };
    const [one, two, shorter, later] = [[1, 2], [1, 2], [1], [1, 3]].map((hours) =>
      parseMetricAnswer(answer(hours), query),
    ) as [MetricSeries, MetricSeries, MetricSeries, MetricSeries];
    assert.equal(one.begins, two.begins);
    assert.deepEqual([...shorter.begins], [...one.begins].slice(0, 1));
    assert.deepEqual([...later.begins], [Date.UTC(2026, 0, 28, 1), Date.UTC(2026, 0, 28, 3)]);
    const column = (series: MetricSeries, key: string): Float64Array =>
      series.columns.find((other) => other.key === key)!.values;
    assert.deepEqual([...column(two, 'timeout_error')], [1, 2]);
    assert.notEqual(column(one, 'timeout_error'), column(two, 'timeout_error'));
    assert.deepEqual([...column(two, 'cannot_be_served')], [0, 0]);
    assert.equal(column(one, 'cannot_be_served'), column(two, 'no_http_response_error'));
    assert.deepEqual([...column(shorter, 'cannot_be_served')], [0]);
  });

  it('points out of order and points sent twice: the later in the answer wins', () => {
    const series = parseMetricAnswer(
      answer([
        point('2024-01-30T08:00:00+0000', ['value', 3]),
        point('2024-01-28T08:00:00+0000', ['value', 1], ['x', 9]),
        point('2024-01-30T08:00:00+0000', ['value', 4]),
        point('2024-01-28T00:00:00-0800', ['value', 2]),
      ]),
      count,
    );
    assert.deepEqual(read(series), [
      [Date.UTC(2024, 0, 28, 8), { value: 2 }],
      [Date.UTC(2024, 0, 30, 8), { value: 4 }],
    ]);
  });

  for (const key of ['__proto__', 'constructor', 'toString', 'hasOwnProperty', '', 'some_new_error', '\u202e']) {
    it(`the unknown key ${JSON.stringify(key)}, kept as it is`, () => {
      const json: unknown = JSON.parse(
        `{"metric":{"data_points":[{"timestamp":"2024-01-28T08:00:00+0000","data":[{"key":${JSON.stringify(key)},"value":7},{"key":"timeout_error","value":1}]}]}}`,
      );
      const series = parseMetricAnswer(json, errors);
      const column = series.columns.find((one) => one.key === key);
      assert.equal(column?.values[0], 7);
      assert.equal(series.columns.at(-1), column);
      assert.equal(({} as Record<string, unknown>).polluted, undefined);
    });
  }

  it('a __proto__ of the answer itself', () => {
    const json: unknown = JSON.parse(
      '{"__proto__":{"polluted":1},"metric":{"__proto__":{"data_points":[1]},"data_points":{"0":{"timestamp":"2024-01-28T08:00:00+0000","data":[]}}}}',
    );
    assert.equal(parseMetricAnswer(json, count).begins.length, 1);
    assert.equal(({} as Record<string, unknown>).polluted, undefined);
  });

  it('names in lower case', () => {
    const json = { metric: { name: 'endpoint_request_count', granularity: 'day', data_points: [] } };
    assert.equal(parseMetricAnswer(json, count).begins.length, 0);
  });

  it('all eleven latency buckets', () => {
    const latency: MetricQuery = { ...count, metric: 'ENDPOINT_REQUEST_LATENCY_SECONDS_CEIL' };
    const series = parseMetricAnswer(
      answer([point('2024-01-28T08:00:00+0000', ['10+', 4], ['1', 2])], latency),
      latency,
    );
    assert.equal(series.columns.length, 11);
    assert.deepEqual(read(series)[0]![1], { '1': 2, '10+': 4 });
  });
});

describe('parseMetricAnswer refuses', () => {
  const good = point('2024-01-28T08:00:00+0000', ['value', 1]);
  for (const value of [
    -1,
    '-1',
    'NaN',
    'Infinity',
    '1e999',
    '',
    ' 1',
    '1,000',
    '0x10',
    '.5',
    '5.',
    '٣',
    null,
    undefined,
    true,
    [1],
    {},
    NaN,
    Infinity,
  ]) {
    it(`the value ${typeof value === 'number' ? value : JSON.stringify(value)}, naming metric and point`, () => {
      refused(answer([good, point('2024-01-29T08:00:00+0000', ['value', value])]), count, 'point 2', '"value"');
    });
  }

  it('1e999, which JSON turns into infinity', () => {
    const json: unknown = JSON.parse(
      '{"metric":{"data_points":[{"timestamp":"2024-01-28T08:00:00+0000","data":[{"key":"value","value":1e999}]}]}}',
    );
    refused(json, count, 'point 1');
  });

  it('an impossible timestamp, naming it', () => {
    refused(answer([good, point('2026-02-31T08:00:00+0000', ['value', 1])]), count, 'point 2', '2026-02-31');
    refused(answer([{ data: [] }]), count, 'point 1');
    refused(answer([null]), count, 'point 1');
  });

  it('what is no answer at all', () => {
    for (const json of [null, undefined, 1, 'text', [], {}, { id: '77' }, { metric: [] }]) refused(json, count);
    refused(answer('none'), count);
    refused(answer({ a: good }), count);
    refused(answer({ 1: good }), count);
    refused(answer([{ timestamp: '2024-01-28T08:00:00+0000', data: 'none' }]), count, 'point 1');
    refused(answer([{ timestamp: '2024-01-28T08:00:00+0000', data: [{ value: 1 }] }]), count, 'point 1');
    refused(answer([{ timestamp: '2024-01-28T08:00:00+0000', data: [null] }]), count, 'point 1');
  });

  it('a flow that tells of no metric, as the end of the field', () => {
    for (const json of [
      { metric: null },
      { id: count.flowId, metric: null },
      { id: count.flowId },
      { id: Number(count.flowId) },
    ]) {
      assert.throws(() => parseMetricAnswer(json, count), { kind: 'withdrawn', message: /ENDPOINT_REQUEST_COUNT/ });
    }
  });

  it('another metric or granularity than was asked', () => {
    refused(answer([], errors), count, 'ENDPOINT_REQUEST_ERROR');
    refused(answer([], { ...count, granularity: 'HOUR' }), count, 'HOUR');
  });

  it('more keys than a metric can have', () => {
    const pairs = Array.from({ length: 101 }, (_, i) => [`key${i}`, 1] as const);
    refused(answer([point('2024-01-28T08:00:00+0000', ...pairs)]), count, '100 keys');
  });

  it('without letting control or bidi characters into the message', () => {
    const json = answer([point('2024-01-28T08:00:00+0000', ['a\u0000\n\u202e\u001b[31m', -1])]);
    assert.throws(
      () => parseMetricAnswer(json, count),
      (error: Error) => !/[\u0000-\u001f\u202e]/.test(error.message) && error.message.length < 300,
    );
  });

  it('anything at all with nothing but a MetricsError', () => {
    fc.assert(
      fc.property(fc.anything(), fc.anything(), (points, data) => {
        for (const json of [points, answer(points), answer([{ timestamp: '2024-01-28T08:00:00+0000', data }])]) {
          try {
            const series = parseMetricAnswer(json, count);
            for (const { values } of series.columns) assert.equal(values.length, series.begins.length);
          } catch (error) {
            assert.ok(error instanceof MetricsError && error.kind === 'invalidResponse', String(error));
          }
        }
      }),
      { numRuns: 500 },
    );
  });
});

/** What the parser must give, said in the slowest and plainest way. */
function oracle(
  metric: MetricName,
  points: readonly { readonly begin: number; readonly data: readonly (readonly [string, number])[] }[],
): { readonly begins: readonly number[]; readonly rows: readonly ReadonlyMap<string, number>[] } {
  const last = new Map<number, ReadonlyMap<string, number>>();
  for (const { begin, data } of points) last.set(begin, new Map(data));
  const begins = [...last.keys()].sort((a, b) => a - b);
  return { begins, rows: begins.map((begin) => last.get(begin)!) };
}

describe('parseMetricAnswer, by property', () => {
  const metrics = fc.constantFrom(...metricNames);
  const keys = fc.oneof(
    fc.constantFrom(...Object.values(knownKeys).flat()),
    fc.string(),
    fc.constantFrom('__proto__', 'constructor'),
  );
  const counts = fc.oneof(fc.nat(), fc.maxSafeNat());
  const rates = fc.double({ min: 0, max: 1, noNaN: true });
  /** A metric with points of values that it can have. */
  const asked = metrics.chain((metric) =>
    fc.tuple(
      fc.constant(metric),
      fc.array(
        fc.record({
          begin: fc.integer({ min: 0, max: 60 }).map((day) => Date.UTC(2026, 1, 1, 8) + day * 86_400_000),
          data: fc.array(fc.tuple(keys, metric === 'ENDPOINT_REQUEST_ERROR_RATE' ? rates : counts)),
        }),
        { maxLength: 40 },
      ),
    ),
  );

  it('equals the plain reading, whether arrays are lists or objects and numbers are numbers or text', () => {
    fc.assert(
      fc.property(asked, fc.boolean(), fc.boolean(), ([metric, list], asObjects, asText) => {
        const query: MetricQuery = { flowId: '1', metric, granularity: 'DAY' };
        // A double with an exponent is written with one; a minus zero is a zero.
        const write = (value: number): unknown => (asText ? String(value + 0) : value);
        const plain = answer(
          list.map(({ begin, data }) =>
            point(formatTimestamp(begin), ...data.map(([key, value]) => [key, write(value)] as const)),
          ),
          query,
        );
        const sent: unknown = asObjects ? indexed(plain) : plain;
        const series = parseMetricAnswer(asObjects ? sent : JSON.parse(JSON.stringify(sent)), query);
        const expected = oracle(metric, list);
        assert.deepEqual([...series.begins], expected.begins);
        assert.deepEqual(
          series.columns.slice(0, knownKeys[metric].length).map(({ key }) => key),
          knownKeys[metric],
        );
        assert.equal(new Set(series.columns.map(({ key }) => key)).size, series.columns.length);
        for (const { key, values } of series.columns) {
          expected.rows.forEach((row, i) => assert.equal(values[i], (row.get(key) ?? 0) + 0, key));
        }
      }),
    );
  });

  it('reads back what metricBody writes', () => {
    fc.assert(
      fc.property(asked, ([metric, list]) => {
        const query: MetricQuery = { flowId: '1', metric, granularity: 'DAY' };
        const first = parseMetricAnswer(
          answer(
            list.map(({ begin, data }) => point(formatTimestamp(begin), ...data)),
            query,
          ),
          query,
        );
        const again = parseMetricAnswer(JSON.parse(JSON.stringify(metricBody('1', first))), query);
        assert.deepEqual(again.begins, first.begins);
        assert.deepEqual(read(again), read(first));
      }),
    );
  });
});

describe('parseFlow', () => {
  it('reads every field', () => {
    assert.deepEqual(
      parseFlow({
        id: '12',
        name: 'Table booking',
        status: 'published',
        endpoint_uri: 'https://example.com',
        data_api_version: '3.0',
        health_status: {
          can_send_message: 'limited',
          entities: {
            0: {
              entity_type: 'FLOW',
              id: '12',
              can_send_message: 'LIMITED',
              errors: [{ error_code: 1, error_description: 'Bad.', possible_solution: 'Do good.' }],
              additional_info: ['Note.'],
            },
          },
        },
        whatsapp_business_account: { id: '99', name: 'Bistro' },
      }),
      {
        id: '12',
        name: 'Table booking',
        status: 'PUBLISHED',
        endpointUri: 'https://example.com',
        dataApiVersion: '3.0',
        health: {
          canSendMessage: 'LIMITED',
          entities: [{ entityType: 'FLOW', id: '12', canSendMessage: 'LIMITED', notes: ['Bad. Do good.', 'Note.'] }],
        },
        businessAccount: { id: '99', name: 'Bistro' },
      },
    );
  });

  it('tells no endpoint from an unknown one', () => {
    assert.equal(parseFlow({ id: '1', endpoint_uri: null }).endpointUri, null);
    assert.equal(parseFlow({ id: '1', endpoint_uri: '' }).endpointUri, null);
    assert.equal('endpointUri' in parseFlow({ id: '1' }), false);
  });

  it('names a nameless flow by its id and keeps unknown words', () => {
    assert.deepEqual(parseFlow({ id: 7, name: ' ', status: 'MELTED' }), { id: '7', name: '7', status: 'MELTED' });
  });

  it('refuses what has no valid id', () => {
    for (const json of [null, {}, { id: '' }, { id: '../1' }, { id: 1.5 }, { id: '1'.repeat(21) }, []]) {
      assert.throws(() => parseFlow(json), { kind: 'invalidResponse' });
    }
  });

  it('never throws anything else', () => {
    fc.assert(
      fc.property(fc.anything(), fc.anything(), (json, health) => {
        for (const value of [json, { id: '1', health_status: health, whatsapp_business_account: json }]) {
          try {
            parseFlow(value);
          } catch (error) {
            assert.ok(error instanceof MetricsError, String(error));
          }
        }
      }),
    );
  });
});

describe('parseFlowPage', () => {
  const next = 'https://elsewhere.example/v26.0/1/flows?after=CURSOR&access_token=x';

  it('ends where paging.next is absent, whatever the cursors say', () => {
    assert.deepEqual(parseFlowPage({ data: [], paging: { cursors: { after: 'A' } } }), { flows: [] });
    assert.deepEqual(parseFlowPage({ data: {} }), { flows: [] });
  });

  it('goes on by the cursor alone', () => {
    assert.equal(parseFlowPage({ data: [], paging: { cursors: { after: 'A' }, next } }).after, 'A');
    assert.equal(parseFlowPage({ data: [], paging: { next } }).after, 'CURSOR');
  });

  it('refuses a page without list or without a cursor to go on', () => {
    assert.throws(() => parseFlowPage({}), { kind: 'invalidResponse' });
    assert.throws(() => parseFlowPage({ data: [], paging: { next: 'nonsense' } }), { kind: 'invalidResponse' });
    assert.throws(() => parseFlowPage({ data: [], paging: { next: 'https://x.example/' } }), {
      kind: 'invalidResponse',
    });
  });
});

describe('parseErrorBody', () => {
  it('reads the envelope', () => {
    const error = { message: 'No.', type: 'OAuthException', code: 190, error_subcode: 463, fbtrace_id: 'T' };
    assert.deepEqual(parseErrorBody({ error }), { error });
    assert.equal(parseErrorBody({ error: { code: '4' } })?.error.code, 4);
    assert.equal(parseErrorBody({ data: [] }), undefined);
    assert.equal(parseErrorBody({ error: null }), undefined);
    assert.equal(parseErrorBody(null), undefined);
  });

  it('names no code where there is none', () => {
    for (const error of ['text', 7, true, {}, { message: 'x' }, { code: null }, { code: 'x' }, { code: NaN }, []]) {
      assert.deepEqual(Object.keys(parseErrorBody({ error })?.error ?? {}), ['message', 'type'], JSON.stringify(error));
    }
  });

  it('never throws', () => {
    fc.assert(
      fc.property(fc.anything(), (error) => {
        const code = parseErrorBody({ error })?.error.code;
        assert.ok(code === undefined || typeof code === 'number');
      }),
    );
  });
});
