import assert from 'node:assert/strict';
import fc from 'fast-check';
import { addDays, hourMs, metaZone, startOfDay } from '../../../src/contract/calendar';
import type { MetricSeries } from '../../../src/contract/metric';
import { columnOf, drawnSpan, indexFrom, slice, intervalGrid, timeline } from '../../../src/domain/series';
import { hasEveryInterval } from '../../../src/domain/windows';
import { hours, seriesOf } from './make';

const count = (points: readonly number[], granularity: 'HOUR' | 'DAY' = 'HOUR'): MetricSeries =>
  seriesOf(
    'ENDPOINT_REQUEST_COUNT',
    granularity,
    points.map((begin) => [begin, { value: 1 }]),
  );

describe('slots', () => {
  const day = (date: string): number => startOfDay(date, metaZone);

  it('are days of 23, 24 and 25 hours in US Pacific', () => {
    const lengths = (from: string, to: string): number[] => {
      const { begins, ends } = intervalGrid({ begin: day(from), end: day(to) }, 'DAY', metaZone);
      return begins.map((begin, i) => (ends[i]! - begin) / hourMs);
    };
    assert.deepEqual(lengths('2026-03-07', '2026-03-10'), [24, 23, 24]);
    assert.deepEqual(lengths('2026-10-31', '2026-11-03'), [24, 25, 24]);
  });

  it('are 23 and 25 hours on those days', () => {
    const number = (date: string): number =>
      intervalGrid({ begin: day(date), end: day(addDays(date, 1)) }, 'HOUR', metaZone).begins.length;
    assert.deepEqual([number('2026-03-08'), number('2026-11-01')], [23, 25]);
  });

  it('begin at quarter hours in Kathmandu', () => {
    const begin = startOfDay('2026-03-08', 'Asia/Kathmandu');
    const { begins } = intervalGrid({ begin, end: begin + 3 * hourMs }, 'HOUR', 'Asia/Kathmandu');
    assert.deepEqual(
      begins.map((instant) => new Date(instant).toISOString().slice(11, 16)),
      ['18:15', '19:15', '20:15'],
    );
  });

  it('follow one another without gap, over any span', () => {
    const zones = fc.constantFrom(metaZone, 'Asia/Kathmandu', 'Europe/Berlin', 'UTC');
    fc.assert(
      fc.property(fc.nat({ max: 700 }), fc.integer({ min: 1, max: 60 }), zones, (from, length, zone) => {
        const date = addDays('2025-06-01', from);
        const span = { begin: startOfDay(date, zone), end: startOfDay(addDays(date, length), zone) };
        const { begins, ends } = intervalGrid(span, 'DAY', zone);
        assert.equal(begins.length, length);
        assert.deepEqual(begins.slice(1), ends.slice(0, -1));
        assert.equal(begins[0], span.begin);
        assert.equal(ends.at(-1), span.end);
      }),
    );
  });

  it('begin where the hours of the series begin, whatever the zone says of its midnight', () => {
    const zones = fc.constantFrom('Asia/Kolkata', 'Asia/Kathmandu', 'Australia/Lord_Howe', metaZone, 'UTC');
    const quarter = hourMs / 4;
    fc.assert(
      fc.property(
        fc.nat({ max: 300 }),
        fc.integer({ min: 1, max: 4 }),
        zones,
        fc.nat({ max: 3 }),
        fc.uniqueArray(fc.integer({ min: -10, max: 110 }), { minLength: 1, maxLength: 130 }),
        (from, days, zone, phase, at) => {
          const date = addDays('2025-06-01', from);
          const span = { begin: startOfDay(date, zone), end: startOfDay(addDays(date, days), zone) };
          const first = Math.floor(span.begin / hourMs) * hourMs + phase * quarter;
          const series = count(at.sort((a, b) => a - b).map((hour) => first + hour * hourMs));
          const inside = [...series.begins].filter((begin) => begin >= span.begin && begin < span.end);
          const { begins, ends } = intervalGrid(span, 'HOUR', zone, [count([]), series]);
          for (const begin of inside) assert.ok(begins.includes(begin), new Date(begin).toISOString());
          assert.deepEqual(begins.slice(1), ends.slice(0, -1));
          assert.ok(begins.every((begin, i) => ends[i] === begin + hourMs));
          assert.ok(begins[0]! >= span.begin && begins[0]! < span.begin + hourMs);
          assert.ok(begins.at(-1)! < span.end && ends.at(-1)! >= span.end);
          const entries = timeline(series, span, Infinity, zone);
          const placed = entries.filter(({ index }) => index !== undefined);
          assert.deepEqual(
            placed.map(({ begin, index }) => [begin, series.begins[index!]]),
            inside.map((begin) => [begin, begin]),
          );
          assert.equal(hasEveryInterval(series, span, zone), inside.length === begins.length);
        },
      ),
    );
  });

  it('are the span itself for LIFETIME', () => {
    assert.deepEqual(intervalGrid({ begin: 5, end: 9 }, 'LIFETIME', 'UTC'), { begins: [5], ends: [9] });
  });
});

describe('slice', () => {
  it('takes the points that begin in the span', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.nat({ max: 99 }), { maxLength: 30 }),
        fc.nat({ max: 100 }),
        fc.nat({ max: 100 }),
        (at, a, b) => {
          const begins = at.sort((x, y) => x - y).map((hour) => hour * hourMs);
          const span = { begin: Math.min(a, b) * hourMs, end: Math.max(a, b) * hourMs };
          const part = slice(count(begins), span);
          assert.deepEqual(
            [...part.begins],
            begins.filter((begin) => begin >= span.begin && begin < span.end),
          );
          assert.equal(columnOf(part, 'value')!.values.length, part.begins.length);
          assert.equal(indexFrom(count(begins), span.begin), begins.filter((begin) => begin < span.begin).length);
        },
      ),
    );
  });

  it('gives nothing for a span turned round', () => {
    assert.equal(slice(count([0, hourMs]), { begin: 9 * hourMs, end: 0 }).begins.length, 0);
  });
});

describe('columnOf', () => {
  it('finds unknown keys', () => {
    const series = seriesOf('ENDPOINT_REQUEST_ERROR', 'HOUR', hours(0, [{ timeout_error: 2, new_error: 3 }]));
    assert.equal(columnOf(series, 'new_error')!.values[0], 3);
    assert.equal(columnOf(series, 'none'), undefined);
  });
});

describe('timeline', () => {
  it('shows what is missing as missing, and what still runs as unfinished', () => {
    const series = count([0, 2 * hourMs, 3 * hourMs]);
    const entries = timeline(series, { begin: 0, end: 5 * hourMs }, 3.5 * hourMs, 'UTC');
    assert.deepEqual(
      entries.map(({ index, unfinished }) => [index, unfinished]),
      [
        [0, false],
        [undefined, false],
        [1, false],
        [2, true],
        [undefined, true],
      ],
    );
  });

  it('places every point exactly once and in order', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat({ max: 71 })), fc.nat({ max: 72 }), (at, now) => {
        const begins = at.sort((a, b) => a - b).map((hour) => hour * hourMs);
        const entries = timeline(count(begins), { begin: 0, end: 72 * hourMs }, now * hourMs, 'UTC');
        assert.equal(entries.length, 72);
        assert.deepEqual(
          entries.filter(({ index }) => index !== undefined).map(({ begin }) => begin),
          begins,
        );
        for (const { end, unfinished } of entries) assert.equal(unfinished, end > now * hourMs);
      }),
    );
  });

  it('finds points that lie off the grid', () => {
    const entries = timeline(count([0.25 * hourMs, 1.25 * hourMs]), { begin: 0, end: 2 * hourMs }, Infinity, 'UTC');
    assert.deepEqual(
      entries.map(({ index }) => index),
      [0, 1],
    );
  });
});

describe('drawnSpan', () => {
  it('adds the interval that still runs', () => {
    const period = { begin: 0, end: 2 * hourMs };
    assert.deepEqual(drawnSpan(period, [count([0, hourMs, 2 * hourMs])], 'UTC'), { begin: 0, end: 3 * hourMs });
    assert.deepEqual(drawnSpan(period, [count([0, hourMs]), count([])], 'UTC'), period);
    assert.deepEqual(
      drawnSpan(period, [count([0, hourMs, 2 * hourMs, 3 * hourMs])], 'UTC', 3 * hourMs).end,
      3 * hourMs,
    );
    const begin = startOfDay('2026-03-07', metaZone);
    const end = startOfDay('2026-03-08', metaZone);
    assert.equal(drawnSpan({ begin, end }, [count([begin, end], 'DAY')], metaZone).end, end + 23 * hourMs);
  });
});
