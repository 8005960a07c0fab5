/** Scales and time labels hold for any data. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { dayMs, hourMs, startOfDay } from '../../src/contract/calendar';
import { createFormats } from '../../src/presentation/formats';
import { countScale, roundScale, ticksOf, timeTicks } from '../../webview/charts/axis';
import { middlePoints } from '../../webview/charts/lines';
import { availabilityFloor, availabilityTicks } from '../../webview/charts/availabilityTicks';
import type { ChartData } from '../../webview/chartData';
import { thresholds } from './fixtures/snapshots';
import { zone } from './fixtures/traffic';

const formats = createFormats('en', 'UTC');

function figures(granularity: 'HOUR' | 'DAY', count: number): ChartData {
  const first = startOfDay('2026-02-02', zone);
  const length = granularity === 'HOUR' ? hourMs : dayMs;
  const intervals = Array.from({ length: count }, (_, i) => {
    const span = { begin: first + i * length, end: first + (i + 1) * length };
    return { ...span, running: false, totals: { span, errorsByKey: [] } };
  });
  const period = { begin: first, end: first + count * length };
  return { granularity, zone, intervals, period, totals: { span: period, errorsByKey: [] }, thresholds, alerts: [] };
}

describe('webview: axes', () => {
  it('end at or above the largest value, with few round steps', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-6, max: 1e9, noNaN: true }), fc.integer({ min: 2, max: 4 }), (max, count) => {
        const scale = roundScale(max, count);
        assert.equal(scale.top >= max * (1 - 1e-9), true);
        const ticks = ticksOf(scale);
        assert.equal(ticks.length >= 2 && ticks.length <= count + 3, true, String(ticks));
        const mantissa = scale.step / 10 ** Math.floor(Math.log10(scale.step) + 1e-9);
        assert.equal(
          [1, 2, 2.5, 5, 10].some((step) => Math.abs(step - mantissa) < 1e-6),
          true,
          String(mantissa),
        );
      }),
    );
  });

  it('of counts have whole steps', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e9 }), (max) => {
        const { step, top } = countScale(max, 3);
        assert.equal(Number.isInteger(step) && Number.isInteger(top) && top >= max && top > 0, true);
      }),
    );
  });

  it('of time bear labels that are apart, inside and at least one', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('HOUR' as const, 'DAY' as const),
        fc.integer({ min: 1, max: 720 }),
        fc.integer({ min: 120, max: 1600 }),
        (granularity, count, width) => {
          const step = width / count;
          const ticks = timeTicks(figures(granularity, count), formats, step, 1);
          assert.equal(ticks.length >= 1, true);
          ticks.forEach(({ at, label }, i) => {
            assert.equal(label !== '' && at >= 0 && at <= count, true);
            if (i > 0) assert.equal((at - ticks[i - 1]!.at) * step >= 51, true);
          });
        },
      ),
      { numRuns: 60 },
    );
  });

  it('of availability count down from 100 %, in few round steps above the floor', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, noNaN: true }), (lowest) => {
        const floor = availabilityFloor(lowest);
        const ticks = availabilityTicks(floor);
        assert.equal(ticks.at(-1), 1);
        assert.equal(ticks[0]! >= floor - 1e-9 && floor <= Math.max(lowest, 0), true);
        assert.equal(ticks.length >= 3 && ticks.length <= 6, true, String(ticks));
        assert.equal(
          ticks.every((tick) => Math.round(tick * 100) % 10 === 0),
          true,
          String(ticks),
        );
      }),
    );
  });
});

describe('webview: points of a line', () => {
  const value = fc.oneof({ weight: 9, arbitrary: fc.double({ min: 0, max: 1, noNaN: true }) }, fc.constant(NaN));

  it('are those of the intervals, while each has room', () => {
    assert.deepEqual(middlePoints([1, NaN, 3], 0.25), [
      { x: 0.5, y: 1 },
      { x: 1.5, y: NaN },
      { x: 2.5, y: 3 },
    ]);
  });

  it('are the least and the most of each pixel, where many share one', () => {
    fc.assert(
      fc.property(
        fc.array(value, { minLength: 1, maxLength: 400 }),
        fc.integer({ min: 5, max: 60 }),
        (values, many) => {
          const points = middlePoints(values, 1 / many);
          for (let from = 0; from < values.length; from += many) {
            const own = values.slice(from, from + many).filter((one) => !Number.isNaN(one));
            const drawn = points.filter(({ x }) => x > from && x < from + many).map(({ y }) => y);
            assert.equal(drawn.length === 1 || drawn.length === 2, true);
            if (own.length === 0) assert.deepEqual(drawn, [NaN]);
            else assert.deepEqual([Math.min(...drawn), Math.max(...drawn)], [Math.min(...own), Math.max(...own)]);
          }
          assert.equal(
            points.every(({ x }, i) => i === 0 || x > points[i - 1]!.x),
            true,
          );
        },
      ),
    );
  });
});
