/** Scales and time labels hold for any data. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { dayMs, hourMs, startOfDay } from '../../src/contract/calendar';
import { createFormats } from '../../src/presentation/formats';
import { countScale, roundScale, ticksOf, timeTicks } from '../../webview/charts/axis';
import { availabilityFloor, availabilityTicks } from '../../webview/charts/availabilityTicks';
import type { Span } from '../../src/domain/model';
import type { ChartData, Totals } from '../../webview/chartData';
import { inSteps, stepSize } from '../../webview/steps';
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
  const sums = (span: Span): Totals => ({ span, errorsByKey: [] });
  return {
    granularity,
    zone,
    intervals,
    period,
    totals: sums(period),
    thresholds,
    alerts: [],
    marks: [],
    laterMarks: [],
    sums,
    earlier: sums,
    known: () => ({ begins: [], ends: [] }),
  };
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

  it('of a few hours, as a zoom shows them, name each where there is room', () => {
    assert.equal(timeTicks(figures('HOUR', 9), formats, 100, 1).length, 9);
    assert.equal(timeTicks(figures('HOUR', 24), formats, 40, 1).length, 4);
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

describe('webview: steps', () => {
  it('are as few intervals as are wide enough together', () => {
    assert.deepEqual(
      [2, 1.9, 0.67, 0.6, 0.3, 0.1].map((width) => stepSize(figures('HOUR', 720), width)),
      [1, 3, 3, 6, 12, 24],
    );
    assert.deepEqual(
      [2, 0.8, 0.2].map((width) => stepSize(figures('DAY', 365), width)),
      [1, 7, 14],
    );
    fc.assert(
      fc.property(fc.double({ min: 0.001, max: 1.99, noNaN: true }), (width) => {
        assert.equal(stepSize(figures('HOUR', 48), width) * width >= 2, true);
      }),
    );
  });

  it('hold every interval once, and the last as many as are left', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 200 }), fc.constantFrom(3, 6, 12), (count, size) => {
        const all = figures('HOUR', count);
        const { intervals } = inSteps(all, size);
        assert.equal(intervals.length, Math.ceil(count / size));
        assert.equal(intervals[0]!.begin, all.intervals[0]!.begin);
        assert.equal(intervals.at(-1)!.end, all.intervals.at(-1)!.end);
        assert.equal(
          intervals.every(({ begin }, i) => i === 0 || begin === intervals[i - 1]!.end),
          true,
        );
      }),
      { numRuns: 40 },
    );
  });
});
