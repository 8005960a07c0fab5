import assert from 'node:assert/strict';
import fc from 'fast-check';
import { hourMs } from '../../../src/contract/calendar';
import { errorKeys, latencyKeys, type MetricName } from '../../../src/contract/metric';
import { comparableTotals, totalsOf } from '../../../src/domain/totals';
import type { SeriesByMetric } from '../../../src/domain/model';
import { hours, seriesOf } from './make';
import { formatTimestamp } from '../../../src/contract/timestamp';
import { parseMetricAnswer } from '../../../src/contract/metricWire';

const span = { begin: 0, end: 48 * hourMs };
const errorList = [...errorKeys, 'a_new_error', '__proto__'];

type Pairs = readonly (readonly [string, number])[];
type Points = readonly (readonly [hour: number, data: Pairs])[];

function parse(metric: MetricName, points: Points): SeriesByMetric[MetricName] & object {
  const json = {
    metric: {
      data_points: points.map(([hour, data]) => ({
        timestamp: formatTimestamp(hour * hourMs),
        data: data.map(([key, value]) => ({ key, value })),
      })),
    },
  };
  return parseMetricAnswer(json, { flowId: '1', metric, granularity: 'HOUR' });
}

const big = fc.integer({ min: 0, max: 2 ** 40 });
const pointsOf = (keys: readonly string[]): fc.Arbitrary<Points> =>
  fc.uniqueArray(
    fc.tuple(
      fc.nat({ max: 59 }),
      fc.uniqueArray(fc.tuple(fc.constantFrom(...keys), big), { selector: ([key]) => key }),
    ),
    { selector: ([hour]) => hour, maxLength: 40 },
  );

/** Sum of the keys in the span with whole numbers of any size. */
function bigSum(points: Points, wanted: (key: string) => boolean = () => true): bigint {
  let sum = 0n;
  for (const [hour, data] of points) {
    if (hour >= 48) continue;
    for (const [key, value] of data) if (wanted(key)) sum += BigInt(value);
  }
  return sum;
}

const anyIn = (points: Points): boolean => points.some(([hour]) => hour < 48);

describe('totalsOf', () => {
  it('equals whole-number sums, unknown keys included', () => {
    fc.assert(
      fc.property(
        pointsOf(['value']),
        pointsOf(errorList),
        pointsOf(latencyKeys),
        pointsOf(['succeeded', 'failed']),
        (c, e, l, a) => {
          const totals = totalsOf(
            {
              ENDPOINT_REQUEST_COUNT: parse('ENDPOINT_REQUEST_COUNT', c),
              ENDPOINT_REQUEST_ERROR: parse('ENDPOINT_REQUEST_ERROR', e),
              ENDPOINT_REQUEST_LATENCY_SECONDS_CEIL: parse('ENDPOINT_REQUEST_LATENCY_SECONDS_CEIL', l),
              ENDPOINT_AVAILABILITY: parse('ENDPOINT_AVAILABILITY', a),
            },
            span,
          );
          const requests = bigSum(c);
          const errors = bigSum(e);
          assert.equal(totals.requests, anyIn(c) ? Number(requests) : undefined);
          assert.equal(totals.errors, anyIn(c) || anyIn(e) ? Number(errors) : undefined);
          for (const key of errorList) {
            const found = totals.errorsByKey.find((one) => one.key === key)?.count ?? 0;
            assert.equal(found, Number(bigSum(e, (one) => one === key)), key);
          }
          const rate = requests > 0n ? Math.min(1, Number(errors) / Number(requests)) : undefined;
          assert.equal(totals.errorRate, anyIn(c) ? rate : undefined);
          assert.equal(totals.measured, anyIn(l) ? Number(bigSum(l)) : undefined);
          latencyKeys.forEach((key, i) => {
            if (anyIn(l)) assert.equal(totals.latency![i], Number(bigSum(l, (one) => one === key)));
          });
          const good = bigSum(a, (key) => key === 'succeeded');
          const checks = bigSum(a);
          assert.equal(totals.succeeded, anyIn(a) ? Number(good) : undefined);
          assert.equal(totals.availability, checks > 0n ? Number(good) / Number(checks) : undefined);
        },
      ),
    );
  });

  it('does not hang on the order of points, nor on keys that come twice or split over entries', () => {
    fc.assert(
      fc.property(pointsOf(errorList), pointsOf(['value']), fc.infiniteStream(fc.nat()), (e, c, order) => {
        const shuffled = e
          .map((point) => ({ point, at: order.next().value as number }))
          .sort((a, b) => a.at - b.at)
          .map(({ point: [hour, data] }) => [hour, [...data].reverse()] as const);
        const of = (points: Points): unknown => {
          const totals = totalsOf(
            {
              ENDPOINT_REQUEST_COUNT: parse('ENDPOINT_REQUEST_COUNT', c),
              ENDPOINT_REQUEST_ERROR: parse('ENDPOINT_REQUEST_ERROR', points),
            },
            span,
          );
          return { ...totals, errorsByKey: [...totals.errorsByKey].sort((a, b) => (a.key < b.key ? -1 : 1)) };
        };
        assert.deepEqual(of(shuffled), of(e));
        // A point sent twice counts once, as the later one says.
        assert.deepEqual(of([...e.map(([hour]) => [hour, [['timeout_error', 7]]] as const), ...e]), of(e));
      }),
    );
  });

  it('of two halves add up to those of the whole', () => {
    fc.assert(
      fc.property(pointsOf(['value']), fc.nat({ max: 48 }), (points, cut) => {
        const series = { ENDPOINT_REQUEST_COUNT: parse('ENDPOINT_REQUEST_COUNT', points) };
        const first = totalsOf(series, { begin: 0, end: cut * hourMs }).requests ?? 0;
        const second = totalsOf(series, { begin: cut * hourMs, end: span.end }).requests ?? 0;
        assert.equal(first + second, totalsOf(series, span).requests ?? 0);
      }),
    );
  });

  it('knows nothing without series, and zero errors where requests were counted', () => {
    assert.deepEqual(totalsOf({}, span), { span, errorsByKey: [] });
    const counted = { ENDPOINT_REQUEST_COUNT: seriesOf('ENDPOINT_REQUEST_COUNT', 'HOUR', hours(0, [{ value: 5 }])) };
    assert.equal(totalsOf(counted, span).errors, undefined);
    const none = { ...counted, ENDPOINT_REQUEST_ERROR: seriesOf('ENDPOINT_REQUEST_ERROR', 'HOUR', []) };
    const totals = totalsOf(none, span);
    assert.equal(totals.errors, 0);
    assert.equal(totals.errorRate, 0);
    assert.deepEqual(
      totals.errorsByKey.map(({ key }) => key),
      errorKeys,
    );
  });

  it('has no rate without requests and no availability without checks', () => {
    const totals = totalsOf(
      {
        ENDPOINT_REQUEST_COUNT: seriesOf('ENDPOINT_REQUEST_COUNT', 'HOUR', hours(0, [{}])),
        ENDPOINT_REQUEST_ERROR: seriesOf('ENDPOINT_REQUEST_ERROR', 'HOUR', []),
        ENDPOINT_AVAILABILITY: seriesOf('ENDPOINT_AVAILABILITY', 'HOUR', hours(0, [{}])),
      },
      span,
    );
    assert.equal(totals.requests, 0);
    assert.equal('errorRate' in totals, false);
    assert.equal('availability' in totals, false);
  });

  it('never calls a rate more than everything', () => {
    const totals = totalsOf(
      {
        ENDPOINT_REQUEST_COUNT: seriesOf('ENDPOINT_REQUEST_COUNT', 'HOUR', hours(0, [{ value: 5 }])),
        ENDPOINT_REQUEST_ERROR: seriesOf('ENDPOINT_REQUEST_ERROR', 'HOUR', hours(0, [{ timeout_error: 6 }])),
      },
      span,
    );
    assert.equal(totals.errorRate, 1);
  });

  it("shows the server's own rate only where it differs by more than half a point", () => {
    const of = (stated: number): number | undefined =>
      totalsOf(
        {
          ENDPOINT_REQUEST_COUNT: seriesOf(
            'ENDPOINT_REQUEST_COUNT',
            'HOUR',
            hours(0, [{ value: 100 }, { value: 300 }]),
          ),
          ENDPOINT_REQUEST_ERROR: seriesOf('ENDPOINT_REQUEST_ERROR', 'HOUR', hours(0, [{ timeout_error: 40 }])),
          ENDPOINT_REQUEST_ERROR_RATE: seriesOf(
            'ENDPOINT_REQUEST_ERROR_RATE',
            'HOUR',
            hours(0, [{ value: stated }, {}]),
          ),
        },
        span,
      ).statedErrorRate;
    // Computed: 40 of 400. Stated: a quarter of the first hour's rate.
    assert.equal(of(0.4), undefined);
    assert.equal(of(0.418), undefined);
    assert.equal(of(0.5), 0.125);
  });
});

describe('comparableTotals', () => {
  const day = { begin: 0, end: 3 * hourMs };
  const whole = seriesOf('ENDPOINT_REQUEST_COUNT', 'HOUR', hours(0, [{ value: 1 }, { value: 2 }, { value: 3 }]));

  it('leaves out metrics that do not know every interval', () => {
    const gap = seriesOf('ENDPOINT_AVAILABILITY', 'HOUR', hours(0, [{ succeeded: 1 }, { succeeded: 1 }]));
    const totals = comparableTotals({ ENDPOINT_REQUEST_COUNT: whole, ENDPOINT_AVAILABILITY: gap }, day, 'UTC');
    assert.equal(totals.requests, 6);
    assert.equal(totals.availability, undefined);
  });

  it('takes hours without errors as such', () => {
    const errors = seriesOf('ENDPOINT_REQUEST_ERROR', 'HOUR', hours(hourMs, [{ timeout_error: 3 }]));
    const totals = comparableTotals({ ENDPOINT_REQUEST_COUNT: whole, ENDPOINT_REQUEST_ERROR: errors }, day, 'UTC');
    assert.equal(totals.errorRate, 0.5);
    assert.equal(comparableTotals({ ENDPOINT_REQUEST_ERROR: errors }, day, 'UTC').errors, undefined);
  });
});
