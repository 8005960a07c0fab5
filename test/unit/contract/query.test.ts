import assert from 'node:assert/strict';
import fc from 'fast-check';
import { addDays } from '../../../src/contract/calendar';
import { MetricsError } from '../../../src/contract/errors';
import { parseFields } from '../../../src/contract/fieldList';
import { granularities, metricNames } from '../../../src/contract/metric';
import {
  checkQuery,
  metricField,
  oldestSince,
  queryKey,
  readMetricArguments,
  type MetricQuery,
} from '../../../src/contract/query';

const today = '2026-03-12';

function readField(field: string, tolerance = 0): ReturnType<typeof readMetricArguments> {
  const [request] = parseFields(field);
  assert.equal(request?.kind, 'metric');
  return readMetricArguments(request.kind === 'metric' ? request.arguments : new Map(), today, tolerance);
}

function refused(run: () => unknown, parameter: string, ...parts: readonly string[]): void {
  assert.throws(run, (error) => {
    assert.ok(error instanceof MetricsError);
    assert.equal(error.kind, 'invalidRequest');
    assert.equal(error.details.parameter, parameter);
    for (const part of parts) assert.ok(error.message.includes(part), `${error.message} / ${part}`);
    return true;
  });
}

describe('metricField', () => {
  it('writes what the documentation shows', () => {
    assert.equal(
      metricField({
        metric: 'ENDPOINT_REQUEST_ERROR',
        granularity: 'DAY',
        since: '2024-01-28',
        until: '2024-01-30',
      }),
      'metric.name(ENDPOINT_REQUEST_ERROR).granularity(DAY).since(2024-01-28).until(2024-01-30)',
    );
    assert.equal(
      metricField({ metric: 'ENDPOINT_AVAILABILITY', granularity: 'LIFETIME' }),
      'metric.name(ENDPOINT_AVAILABILITY).granularity(LIFETIME)',
    );
  });

  it('is read back as it was, and keys are equal only for equal queries', () => {
    const day = fc.integer({ min: 0, max: 29 });
    const queries = fc
      .record({
        flowId: fc.constantFrom('1', '2'),
        metric: fc.constantFrom(...metricNames),
        granularity: fc.constantFrom(...granularities),
        back: fc.option(day, { nil: undefined }),
        length: fc.option(fc.integer({ min: 1, max: 9 }), { nil: undefined }),
      })
      .map(({ flowId, metric, granularity, back, length }): MetricQuery => {
        const since = back === undefined ? undefined : addDays(today, -back);
        const until = length === undefined ? undefined : addDays(since ?? today, length);
        return { flowId, metric, granularity, ...(since ? { since } : {}), ...(until ? { until } : {}) };
      });
    fc.assert(
      fc.property(queries, queries, (a, b) => {
        const { flowId, ...rest } = a;
        assert.ok(flowId);
        assert.deepEqual(readField(metricField(a)), rest);
        assert.doesNotThrow(() => {
          checkQuery(a, today);
        });
        assert.equal(queryKey(a) === queryKey(b), JSON.stringify(sorted(a)) === JSON.stringify(sorted(b)));
      }),
    );
  });
});

function sorted(query: MetricQuery): unknown {
  return Object.entries(query).sort();
}

describe('parseFields', () => {
  it('reads names and metrics side by side, in any case and order of arguments', () => {
    const requests = parseFields('id,name, metric.granularity(day).name(endpoint_request_count)');
    assert.deepEqual(requests.slice(0, 2), [
      { kind: 'field', name: 'id' },
      { kind: 'field', name: 'name' },
    ]);
    assert.deepEqual(readField('metric.granularity(day).name(endpoint_request_count)'), {
      metric: 'ENDPOINT_REQUEST_COUNT',
      granularity: 'DAY',
    });
  });

  for (const field of [
    '',
    'id;name',
    'metric',
    'metric.name',
    'metric.name(X',
    'metric.name(X))',
    'metric(X)',
    '<b>',
  ]) {
    if (field === 'metric') continue;
    it(`refuses ${JSON.stringify(field)}`, () => {
      assert.throws(() => parseFields(field), { kind: 'invalidRequest' });
    });
  }

  it('refuses an argument that is unknown or given twice, naming it', () => {
    refused(() => parseFields('metric.name(X).limit(1)'), 'limit', 'allowed');
    refused(() => parseFields('metric.name(X).name(Y)'), 'name', 'twice');
  });

  it('throws nothing but a MetricsError', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        for (const field of [text, `metric.${text}`, `metric.name(${text})`]) {
          try {
            parseFields(field);
          } catch (error) {
            assert.ok(error instanceof MetricsError && error.kind === 'invalidRequest');
          }
        }
      }),
    );
  });
});

describe('readMetricArguments', () => {
  const base = 'metric.name(ENDPOINT_REQUEST_COUNT)';

  it('names a missing or unknown name and granularity, and what is allowed', () => {
    refused(() => readField('metric.granularity(DAY)'), 'name', 'ENDPOINT_AVAILABILITY');
    refused(() => readField('metric.name(NOPE).granularity(DAY)'), 'name', 'NOPE', 'ENDPOINT_AVAILABILITY');
    refused(() => readField(base), 'granularity', 'HOUR, DAY, LIFETIME');
    refused(() => readField(`${base}.granularity(WEEK)`), 'granularity', 'WEEK', 'LIFETIME');
  });

  it('names an impossible date', () => {
    refused(() => readField(`${base}.granularity(DAY).since(2026-02-31)`), 'since', '2026-02-31');
    refused(() => readField(`${base}.granularity(DAY).until(tomorrow)`), 'until', 'tomorrow');
  });

  it('takes the oldest allowed day and refuses the one before', () => {
    for (const [granularity, days] of [
      ['HOUR', 30],
      ['DAY', 90],
    ] as const) {
      const oldest = addDays(today, -days);
      assert.equal(oldestSince(granularity, today), oldest);
      assert.equal(readField(`${base}.granularity(${granularity}).since(${oldest})`).since, oldest);
      const older = `${base}.granularity(${granularity}).since(${addDays(oldest, -1)})`;
      refused(() => readField(older), 'since', oldest);
      assert.ok(readField(older, 1));
    }
    assert.equal(readField(`${base}.granularity(LIFETIME).since(2010-01-01)`).since, '2010-01-01');
  });

  it('refuses dates in the wrong order and a begin in the future', () => {
    refused(() => readField(`${base}.granularity(DAY).since(2026-03-10).until(2026-03-10)`), 'until', '2026-03-10');
    refused(() => readField(`${base}.granularity(DAY).since(2026-03-13)`), 'since', 'future');
    assert.ok(readField(`${base}.granularity(DAY).since(2026-03-12).until(2027-01-01)`));
  });
});

describe('checkQuery', () => {
  it('lets nothing but digits be a flow id', () => {
    for (const flowId of ['', 'me', '1/flows', '../1', '1?x', '1'.repeat(21)]) {
      refused(() => {
        checkQuery({ flowId, metric: 'ENDPOINT_AVAILABILITY', granularity: 'DAY' }, today);
      }, 'flow');
    }
  });
});
