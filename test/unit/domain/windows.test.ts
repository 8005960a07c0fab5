import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  addDays,
  dateInZone,
  daysBetween,
  dayMs,
  hourMs,
  intervalEnd,
  metaZone,
  startOfDay,
} from '../../../src/contract/calendar';
import type { MetricSeries } from '../../../src/contract/metric';
import { checkQuery } from '../../../src/contract/query';
import type { HealthWindow, SeriesByMetric } from '../../../src/domain/model';
import { intervalGrid } from '../../../src/domain/series';
import {
  serverNow,
  dataUpTo,
  dayHours,
  isLive,
  hasEveryInterval,
  planWindow,
  recentSpan,
  resolveWindow,
  type ServerTime,
} from '../../../src/domain/windows';
import { seriesOf } from './make';
import {
  type PanelView,
  parsePanelView,
  planView,
  resolveView,
  dateLimits,
  millisecondsOf,
  withRange,
  withGranularity,
  viewOfWindow,
} from '../../../src/domain/view';

type Cut = 'HOUR' | 'DAY';

function counts(granularity: Cut, begins: readonly number[]): { ENDPOINT_REQUEST_COUNT: MetricSeries } {
  return {
    ENDPOINT_REQUEST_COUNT: seriesOf(
      'ENDPOINT_REQUEST_COUNT',
      granularity,
      begins.map((begin) => [begin, { value: 10 }]),
    ),
  };
}

/** Begins of all intervals from that many before the one that holds `now`, up to it. */
function upTo(now: number, number: number, granularity: Cut, zone: string): number[] {
  if (granularity === 'HOUR') {
    const running = Math.floor(now / hourMs) * hourMs;
    return Array.from({ length: number }, (_, i) => running - (number - 1 - i) * hourMs);
  }
  const today = dateInZone(now, zone);
  return Array.from({ length: number }, (_, i) => startOfDay(addDays(today, i - number + 1), zone));
}

const iso = (instant: number): string => new Date(instant).toISOString();
const noonPacific = Date.UTC(2026, 2, 12, 19, 30);
const at = (now: number, zone: string): ServerTime => ({ now, zone, live: false });
const live = (now: number): ServerTime => ({ now, zone: 'UTC', live: true });

describe('planWindow', () => {
  it('asks for the window, the one before, and a day more', () => {
    assert.deepEqual(planWindow('24h', noonPacific, metaZone), {
      window: '24h',
      granularity: 'HOUR',
      intervals: 24,
      since: '2026-03-09',
    });
    assert.deepEqual(planWindow('7d', noonPacific, metaZone), {
      window: '7d',
      granularity: 'HOUR',
      intervals: 168,
      since: '2026-02-25',
    });
    assert.deepEqual(planWindow('30d', noonPacific, metaZone), {
      window: '30d',
      granularity: 'DAY',
      intervals: 30,
      since: '2026-01-10',
    });
  });
});

const zones = fc.constantFrom(metaZone, 'Asia/Kathmandu', 'UTC', 'Australia/Lord_Howe');
/** Around both clock changes in US Pacific, and anywhere. */
const moments = fc.oneof(
  fc.integer({ min: 0, max: 72 * 60 }).map((minutes) => Date.UTC(2026, 2, 7, 8) + minutes * 60_000),
  fc.integer({ min: 0, max: 72 * 60 }).map((minutes) => Date.UTC(2026, 9, 31, 7) + minutes * 60_000),
  fc.integer({ min: 0, max: 400 * 24 * 60 }).map((minutes) => Date.UTC(2026, 0, 1) + minutes * 60_000),
);
const windows = fc.constantFrom<HealthWindow>('24h', '7d', '30d');

describe('resolveWindow', () => {
  it('ends at the newest complete hour that has data', () => {
    const plan = planWindow('24h', noonPacific, metaZone);
    const {
      span,
      before,
      late,
      dataUpTo: reach,
    } = resolveWindow(plan, counts('HOUR', upTo(noonPacific, 60, 'HOUR', metaZone)), at(noonPacific, metaZone));
    assert.deepEqual([iso(span.begin), iso(span.end)], ['2026-03-11T19:00:00.000Z', '2026-03-12T19:00:00.000Z']);
    assert.deepEqual(before, { begin: span.begin - dayMs, end: span.begin });
    assert.equal(late, false);
    assert.equal(reach, noonPacific);
  });

  it('ends six hours ago at the earliest, and says that the data are late', () => {
    const plan = planWindow('24h', noonPacific, metaZone);
    const old = upTo(noonPacific - 10 * hourMs, 60, 'HOUR', metaZone);
    const { span, late, dataUpTo: reach } = resolveWindow(plan, counts('HOUR', old), at(noonPacific, metaZone));
    assert.equal(iso(span.end), '2026-03-12T13:00:00.000Z');
    assert.equal(late, true);
    assert.equal(iso(reach!), '2026-03-12T10:00:00.000Z');
  });

  it('takes the newest of all metrics, and is not late where there are no data at all', () => {
    const plan = planWindow('24h', noonPacific, metaZone);
    const begins = upTo(noonPacific, 60, 'HOUR', metaZone);
    const series: SeriesByMetric = {
      ...counts('HOUR', begins.slice(0, -4)),
      ENDPOINT_AVAILABILITY: seriesOf('ENDPOINT_AVAILABILITY', 'HOUR', [[begins.at(-3)!, { succeeded: 1 }]]),
    };
    assert.equal(iso(resolveWindow(plan, series, at(noonPacific, metaZone)).span.end), '2026-03-12T18:00:00.000Z');
    const nothing = resolveWindow(plan, {}, at(noonPacific, metaZone));
    assert.equal(nothing.late, false);
    assert.equal('dataUpTo' in nothing, false);
  });

  it('has thirty complete days over the clock change, one of them of 23 hours', () => {
    const now = Date.UTC(2026, 2, 20, 19);
    const plan = planWindow('30d', now, metaZone);
    const { span } = resolveWindow(plan, counts('DAY', upTo(now, 62, 'DAY', metaZone)), at(now, metaZone));
    assert.deepEqual([iso(span.begin), iso(span.end)], ['2026-02-18T08:00:00.000Z', '2026-03-20T07:00:00.000Z']);
    assert.equal((span.end - span.begin) / hourMs, 30 * 24 - 1);
  });

  it('equals a walk over the intervals, in any zone and on days of any length', () => {
    fc.assert(
      fc.property(moments, windows, zones, fc.nat({ max: 12 }), (now, window, zone, missing) => {
        const plan = planWindow(window, now, zone);
        const { granularity, intervals } = plan;
        const all = upTo(now, 2 * intervals + 20, granularity, zone);
        const begins = all.slice(0, all.length - missing);
        const { span, before, late } = resolveWindow(plan, counts(granularity, begins), at(now, zone));
        // Walk back from the running interval to the first that is complete and has data, or is old enough.
        const candidates = all.map((begin) => ({ begin, end: intervalEnd(begin, granularity, zone) }));
        let i = candidates.length - 1;
        while (i > 0) {
          const { begin, end } = candidates[i]!;
          const good = end <= now && begins.includes(begin);
          // An interval that holds the instant six hours ago ends after it: its begin is the earliest end there is.
          if (good || candidates[i]!.begin <= now - 6 * hourMs) break;
          i--;
        }
        const { begin, end } = candidates[i]!;
        const expected = end <= now && begins.includes(begin) ? end : begin;
        assert.equal(span.end, expected);
        assert.ok(span.end <= now);
        const walk = intervalGrid({ begin: before.begin, end: span.end }, granularity, zone);
        assert.equal(walk.begins.length, 2 * intervals);
        assert.equal(walk.begins[intervals], span.begin);
        assert.equal(walk.ends.at(-1), span.end);
        assert.equal(before.end, span.begin);
        assert.equal(
          late,
          !begins.some(
            (one) => intervalEnd(one, granularity, zone) <= now && intervalEnd(one, granularity, zone) >= span.end,
          ),
        );
        assert.ok(startOfDay(plan.since, zone) <= before.begin, 'the plan asks for the period before too');
        assert.doesNotThrow(() => {
          checkQuery(
            { flowId: '1', metric: 'ENDPOINT_AVAILABILITY', granularity, since: plan.since },
            dateInZone(now, zone),
          );
        });
      }),
      { numRuns: 300 },
    );
  });
});

describe('recentSpan', () => {
  it('is the newest three complete hours', () => {
    const series = counts('HOUR', upTo(noonPacific, 30, 'HOUR', metaZone));
    const span = recentSpan(series, at(noonPacific, metaZone))!;
    assert.deepEqual([iso(span.begin), iso(span.end)], ['2026-03-12T16:00:00.000Z', '2026-03-12T19:00:00.000Z']);
  });

  it('does not exist by day', () => {
    assert.equal(
      recentSpan(counts('DAY', upTo(noonPacific, 30, 'DAY', metaZone)), at(noonPacific, metaZone)),
      undefined,
    );
  });
});

describe('isWhole', () => {
  const span = { begin: startOfDay('2026-03-07', metaZone), end: startOfDay('2026-03-10', metaZone) };
  const days = intervalGrid(span, 'DAY', metaZone).begins;

  it('needs a point in every interval, over the clock change too', () => {
    const whole = counts('DAY', days).ENDPOINT_REQUEST_COUNT;
    assert.ok(hasEveryInterval(whole, span, metaZone));
    for (let i = 0; i < 3; i++) {
      const gap = counts('DAY', [...days.slice(0, i), ...days.slice(i + 1)]).ENDPOINT_REQUEST_COUNT;
      assert.ok(!hasEveryInterval(gap, span, metaZone));
    }
  });

  it('forgives errors where requests were counted', () => {
    const errors = seriesOf('ENDPOINT_REQUEST_ERROR', 'DAY', [[days[1]!, { timeout_error: 1 }]]);
    const some = counts('DAY', [days[0]!, days[2]!]).ENDPOINT_REQUEST_COUNT;
    assert.ok(!hasEveryInterval(errors, span, metaZone));
    assert.ok(hasEveryInterval(errors, span, metaZone, some));
    assert.ok(!hasEveryInterval(errors, span, metaZone, counts('DAY', [days[0]!]).ENDPOINT_REQUEST_COUNT));
    const latency = { ...errors, metric: 'ENDPOINT_REQUEST_LATENCY_SECONDS_CEIL' } as const;
    assert.ok(!hasEveryInterval(latency, span, metaZone, some));
  });
});

describe('dataUpTo', () => {
  it('is the end of the newest interval, and never in the future', () => {
    const day = startOfDay('2026-11-01', metaZone);
    assert.equal(dataUpTo(counts('DAY', [day]), metaZone), day + 25 * hourMs);
    assert.equal(dataUpTo(counts('DAY', [day]), metaZone, day + hourMs), day + hourMs);
    assert.equal(dataUpTo({}, metaZone), undefined);
  });
});

describe('views', () => {
  const today = '2026-03-12';
  const custom = (granularity: Cut, from: string, to: string, zone?: string): PanelView => ({
    granularity,
    range: 'custom',
    from,
    to,
    ...(zone === undefined ? {} : { zone }),
  });

  it('plan what the API allows', () => {
    assert.deepEqual(planView({ granularity: 'LIFETIME', range: 'all' }, noonPacific, metaZone), {
      granularity: 'LIFETIME',
    });
    assert.deepEqual(planView({ granularity: 'DAY', range: '90d' }, noonPacific, metaZone), {
      granularity: 'DAY',
      since: '2025-12-12',
    });
    assert.deepEqual(planView(custom('DAY', '2026-03-01', '2026-03-05'), noonPacific, metaZone), {
      granularity: 'DAY',
      since: '2026-02-24',
      until: '2026-03-06',
    });
    assert.deepEqual(planView(custom('DAY', '2026-03-10', today), noonPacific, metaZone), {
      granularity: 'DAY',
      since: '2026-03-07',
    });
    assert.deepEqual(planView(custom('HOUR', '2025-01-01', '2027-01-01'), noonPacific, metaZone), {
      granularity: 'HOUR',
      since: '2026-02-10',
    });
  });

  it("go by the server's clock where it stands still", () => {
    const info = { zone: 'UTC', store: 'demo', minRequests: 250, clock: Date.UTC(2024, 5, 1) };
    assert.equal(serverNow(info, noonPacific), info.clock);
    assert.equal(planView({ granularity: 'DAY', range: '7d' }, noonPacific, 'UTC', info).since, '2024-05-16');
  });

  it('are resolved to complete days, with dates that a person picks from', () => {
    const view: PanelView = { granularity: 'DAY', range: '30d' };
    const plan = planView(view, noonPacific, metaZone);
    const series = counts('DAY', upTo(noonPacific, 62, 'DAY', metaZone));
    const { period, before, dates } = resolveView(view, plan, series, at(noonPacific, metaZone));
    assert.deepEqual(dates, { from: '2026-02-10', to: '2026-03-11' });
    assert.equal(iso(period!.end), '2026-03-12T07:00:00.000Z');
    assert.equal(iso(before!.begin), '2026-01-11T08:00:00.000Z');
  });

  it('have nothing before where the API does not reach', () => {
    for (const view of [
      { granularity: 'DAY', range: '90d' },
      { granularity: 'HOUR', range: '30d' },
    ] as const) {
      const plan = planView(view, noonPacific, metaZone);
      const { period, before } = resolveView(view, plan, {}, at(noonPacific, metaZone));
      assert.ok(period);
      assert.equal(before, undefined);
    }
  });

  it('show the running day where it alone was picked', () => {
    const view = custom('DAY', today, today);
    const plan = planView(view, noonPacific, metaZone);
    const series = counts('DAY', upTo(noonPacific, 5, 'DAY', metaZone));
    const { period, before } = resolveView(view, plan, series, at(noonPacific, metaZone));
    assert.deepEqual([iso(period!.begin), iso(period!.end)], ['2026-03-12T07:00:00.000Z', '2026-03-13T07:00:00.000Z']);
    assert.equal(before, undefined);
  });

  it('of hours are days of the person who picks them, today included', () => {
    // Noon in US Pacific is the next morning, 04:00, in Tokyo.
    const [tomorrow, tokyo] = ['2026-03-13', 'Asia/Tokyo'];
    assert.deepEqual(dateLimits('HOUR', noonPacific, metaZone, tokyo), { min: '2026-02-10', max: tomorrow });
    assert.deepEqual(dateLimits('DAY', noonPacific, metaZone), { min: '2025-12-12', max: today });
    const series = counts('HOUR', upTo(noonPacific, 100, 'HOUR', metaZone));
    const shown = (from: string, to: string): readonly (string | undefined)[] => {
      const view = custom('HOUR', from, to, tokyo);
      const plan = planView(view, noonPacific, metaZone);
      const { period, before, dates, shownUntil } = resolveView(view, plan, series, at(noonPacific, metaZone), tokyo);
      assert.deepEqual(dates, { from, to });
      return [
        plan.since,
        plan.until,
        ...[before?.begin, period?.begin, period?.end, shownUntil].map((time) =>
          time === undefined ? undefined : iso(time),
        ),
      ];
    };
    assert.deepEqual(shown('2026-03-11', '2026-03-11'), [
      '2026-03-09',
      '2026-03-12',
      '2026-03-09T15:00:00.000Z',
      '2026-03-10T15:00:00.000Z',
      '2026-03-11T15:00:00.000Z',
      '2026-03-11T15:00:00.000Z',
    ]);
    assert.deepEqual(shown(tomorrow, tomorrow), [
      '2026-03-11',
      undefined,
      '2026-03-12T11:00:00.000Z',
      '2026-03-12T15:00:00.000Z',
      '2026-03-12T19:00:00.000Z',
      '2026-03-13T15:00:00.000Z',
    ]);
    const latest: PanelView = { granularity: 'HOUR', range: '24h' };
    const plan = planView(latest, noonPacific, metaZone);
    const { dates } = resolveView(latest, plan, series, at(noonPacific, metaZone), tokyo);
    assert.deepEqual(dates, { from: '2026-03-12', to: tomorrow });
  });

  it('show no hour that is still to come', () => {
    const view = custom('HOUR', today, today, 'UTC');
    const now = Date.UTC(2026, 2, 12, 2, 20);
    const { period } = resolveView(view, planView(view, now, metaZone), {}, at(now, metaZone));
    assert.deepEqual([iso(period!.begin), iso(period!.end)], ['2026-03-12T00:00:00.000Z', '2026-03-12T03:00:00.000Z']);
  });

  it('compare picked days with as many before', () => {
    const view = custom('DAY', '2026-03-07', '2026-03-09');
    const plan = planView(view, noonPacific, metaZone);
    const { period, before } = resolveView(view, plan, {}, at(noonPacific, metaZone));
    assert.equal((period!.end - period!.begin) / hourMs, 71);
    assert.equal((before!.end - before!.begin) / hourMs, 72);
  });

  it('of a lifetime begin at its point', () => {
    const begin = startOfDay('2025-01-01', metaZone);
    const series = { ENDPOINT_REQUEST_COUNT: seriesOf('ENDPOINT_REQUEST_COUNT', 'LIFETIME', [[begin, { value: 1 }]]) };
    const view: PanelView = { granularity: 'LIFETIME', range: 'all' };
    const resolved = resolveView(view, { granularity: 'LIFETIME' }, series, at(noonPacific, metaZone));
    assert.deepEqual(resolved.period, { begin, end: noonPacific });
    assert.deepEqual(resolved.dates, { from: '2025-01-01', to: today });
    assert.equal(resolveView(view, { granularity: 'LIFETIME' }, {}, at(noonPacific, metaZone)).period, undefined);
  });

  it('change as the controls promise', () => {
    const day: PanelView = { granularity: 'DAY', range: '30d' };
    assert.deepEqual(withRange(day, '24h'), { granularity: 'HOUR', range: '24h' });
    assert.deepEqual(withRange({ granularity: 'HOUR', range: '7d' }, '90d'), { granularity: 'DAY', range: '90d' });
    assert.deepEqual(withRange({ granularity: 'HOUR', range: '24h' }, '7d'), { granularity: 'HOUR', range: '7d' });
    assert.deepEqual(withRange({ granularity: 'LIFETIME', range: 'all' }, '7d'), { granularity: 'DAY', range: '7d' });
    const limits = { min: '2026-02-10', max: today };
    assert.deepEqual(withGranularity({ granularity: 'DAY', range: '90d' }, 'HOUR', limits, 'UTC'), {
      granularity: 'HOUR',
      range: '30d',
    });
    assert.deepEqual(withGranularity({ granularity: 'HOUR', range: '24h' }, 'DAY', limits, 'UTC'), {
      granularity: 'DAY',
      range: '7d',
    });
    assert.deepEqual(withGranularity(day, 'LIFETIME', limits, 'UTC'), { granularity: 'LIFETIME', range: 'all' });
    assert.deepEqual(withGranularity({ granularity: 'LIFETIME', range: 'all' }, 'DAY', limits, 'UTC'), day);
    assert.deepEqual(
      withGranularity(custom('DAY', '2026-01-01', '2026-03-01'), 'HOUR', limits, 'UTC'),
      custom('HOUR', '2026-02-10', '2026-03-01', 'UTC'),
    );
    assert.deepEqual(
      withGranularity(custom('HOUR', '2026-03-01', '2026-03-01', 'UTC'), 'DAY', limits, 'UTC'),
      custom('DAY', '2026-03-01', '2026-03-01'),
    );
    assert.deepEqual(viewOfWindow('24h'), { granularity: 'HOUR', range: '24h' });
    assert.deepEqual(viewOfWindow('30d'), day);
  });

  it('name days of 23 and 25 hours', () => {
    assert.deepEqual(
      ['2026-03-07', '2026-03-08', '2026-11-01'].map((date) => dayHours(startOfDay(date, metaZone), metaZone)),
      [24, 23, 25],
    );
  });

  it('plan and resolve for any view, within what the API allows', () => {
    const picked = fc
      .tuple(fc.constantFrom<Cut>('HOUR', 'DAY'), fc.integer({ min: -5, max: 120 }), fc.nat({ max: 40 }))
      .map(([granularity, back, length]) => ({ granularity, back, length }));
    const presets = fc.constantFrom<PanelView>(
      { granularity: 'HOUR', range: '24h' },
      { granularity: 'HOUR', range: '7d' },
      { granularity: 'HOUR', range: '30d' },
      { granularity: 'HOUR', range: '90d' },
      { granularity: 'DAY', range: '24h' },
      { granularity: 'DAY', range: '7d' },
      { granularity: 'DAY', range: '30d' },
      { granularity: 'DAY', range: '90d' },
    );
    fc.assert(
      fc.property(
        moments,
        zones,
        zones,
        fc.oneof(picked, presets),
        fc.nat({ max: 9 }),
        (now, zone, own, choice, missing) => {
          const date = dateInZone(now, zone);
          const view: PanelView =
            'back' in choice
              ? custom(
                  choice.granularity,
                  addDays(date, -choice.back),
                  addDays(date, choice.length - choice.back),
                  choice.granularity === 'HOUR' ? own : undefined,
                )
              : choice;
          assert.ok(parsePanelView(view));
          const plan = planView(view, now, zone);
          assert.doesNotThrow(() => {
            checkQuery({ flowId: '1', metric: 'ENDPOINT_AVAILABILITY', ...plan }, date);
          });
          const granularity = view.granularity as Cut;
          const all = upTo(now, granularity === 'HOUR' ? 750 : 95, granularity, zone);
          const series = counts(granularity, all.slice(0, all.length - missing));
          const { period, before, dates } = resolveView(view, plan, series, at(now, zone), own);
          assert.ok(period && period.begin < period.end);
          assert.ok(period.begin <= now);
          assert.ok(dates.from <= dates.to && dates.to <= dateInZone(now, granularity === 'HOUR' ? own : zone));
          assert.ok(daysBetween(dates.from, date) <= 92);
          assert.ok(startOfDay(plan.since!, zone) <= period.begin);
          if (!before) return;
          assert.equal(before.end, period.begin);
          assert.ok(startOfDay(plan.since!, zone) <= before.begin);
          const number = (span: { begin: number; end: number }): number =>
            intervalGrid(span, granularity, zone).begins.length;
          assert.equal(number(before), number(period));
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe('Windows of a meter', () => {
  const now = Date.UTC(2026, 2, 12, 14, 18);
  const series = counts('HOUR', [Date.UTC(2026, 2, 12, 14)]);

  it('end with the running interval, which counts from the first request on', () => {
    const { span, before, late, dataUpTo: upToNow } = resolveWindow(planWindow('24h', now, 'UTC'), series, live(now));
    assert.deepEqual(
      [span, before].map(({ begin, end }) => [iso(begin), iso(end)]),
      [
        ['2026-03-11T15:00:00.000Z', '2026-03-12T15:00:00.000Z'],
        ['2026-03-10T15:00:00.000Z', '2026-03-11T15:00:00.000Z'],
      ],
    );
    assert.equal(late, false);
    assert.equal(upToNow, now);
    assert.equal(recentSpan(series, live(now))!.end, span.end);
    const elsewhere = resolveWindow(planWindow('24h', now, 'UTC'), series, at(now, 'UTC'));
    assert.equal(iso(elsewhere.span.end), '2026-03-12T08:00:00.000Z');
  });

  it('are shown up to today, never beyond', () => {
    for (const view of [
      { granularity: 'HOUR', range: '24h' },
      { granularity: 'DAY', range: '30d' },
    ] as const) {
      const { dates, period } = resolveView(view, planView(view, now, 'UTC'), series, live(now));
      assert.equal(dates.to, '2026-03-12');
      assert.ok(period!.end > now);
    }
  });

  it('are asked in milliseconds from the first day of the period on', () => {
    assert.deepEqual(millisecondsOf({ granularity: 'HOUR', range: '24h' }, live(now)), {
      granularity: 'HOUR',
      since: '2026-03-11',
    });
    assert.deepEqual(
      millisecondsOf({ granularity: 'DAY', range: 'custom', from: '2026-03-02', to: '2026-03-05' }, live(now)),
      {
        granularity: 'DAY',
        since: '2026-03-02',
        until: '2026-03-06',
      },
    );
    assert.deepEqual(millisecondsOf({ granularity: 'LIFETIME', range: 'all' }, live(now)), {
      granularity: 'LIFETIME',
    });
  });

  it('are those of a server that says so', () => {
    const info = { zone: 'UTC', minRequests: 0 };
    assert.equal(isLive({ ...info, store: 'meter' }), true);
    assert.equal(isLive({ ...info, store: 'demo' }), false);
    assert.equal(isLive(undefined), false);
  });
});
