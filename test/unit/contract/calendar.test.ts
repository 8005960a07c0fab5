import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  addDays,
  dateInZone,
  dayMs,
  daysBetween,
  hourMs,
  intervalBegin,
  intervalEnd,
  isCalendarDate,
  isZone,
  metaZone,
  startOfDay,
  zoneOffset,
} from '../../../src/contract/calendar';

const zones = [
  metaZone,
  'UTC',
  'Asia/Kathmandu',
  'Europe/Berlin',
  'Australia/Lord_Howe',
  'America/Sao_Paulo',
  'Pacific/Apia',
  'America/St_Johns',
];

const utc = (year: number, month: number, day: number, hour = 0, minute = 0): number =>
  Date.UTC(year, month - 1, day, hour, minute);

/** The date that Intl itself writes. */
function slowDate(instant: number, zone: string): string {
  return new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short' }).format(instant);
}

describe('calendar dates', () => {
  it('knows which dates exist', () => {
    for (const date of ['2026-02-28', '2024-02-29', '2000-02-29', '2026-12-31']) assert.ok(isCalendarDate(date), date);
    for (const date of [
      '2026-02-29',
      '2026-02-31',
      '1900-02-29',
      '2026-13-01',
      '2026-1-1',
      '0099-01-01',
      'today',
      '',
    ]) {
      assert.ok(!isCalendarDate(date), date);
    }
  });

  it('adds days over months, leap days and years', () => {
    assert.equal(addDays('2024-02-28', 1), '2024-02-29');
    assert.equal(addDays('2026-01-01', -1), '2025-12-31');
    assert.equal(daysBetween('2024-02-28', '2024-03-01'), 2);
  });

  it('counts the days that it adds', () => {
    const dates = fc.integer({ min: 0, max: 40_000 }).map((days) => addDays('1990-01-01', days));
    fc.assert(
      fc.property(dates, fc.integer({ min: -800, max: 800 }), (date, days) => {
        const other = addDays(date, days);
        assert.ok(isCalendarDate(other));
        assert.equal(daysBetween(date, other), days);
        assert.equal(other > date, days > 0);
      }),
    );
  });
});

describe('zones', () => {
  it('knows a zone from nonsense', () => {
    assert.ok(isZone(metaZone));
    assert.ok(!isZone('Mars/Olympus'));
  });

  it("cuts Meta's days at 08:00 UTC in winter and 07:00 in summer", () => {
    assert.equal(startOfDay('2026-01-28', metaZone), utc(2026, 1, 28, 8));
    assert.equal(startOfDay('2026-07-28', metaZone), utc(2026, 7, 28, 7));
  });

  it('gives the days of the clock change 23 and 25 hours', () => {
    for (const [date, length] of [
      ['2026-03-07', 24],
      ['2026-03-08', 23],
      ['2026-03-09', 24],
      ['2026-10-31', 24],
      ['2026-11-01', 25],
      ['2026-11-02', 24],
    ] as const) {
      const begin = startOfDay(date, metaZone);
      assert.equal((intervalEnd(begin, 'DAY', metaZone) - begin) / hourMs, length, date);
    }
  });

  it('knows a day that begins at 01:00 because midnight was skipped', () => {
    assert.equal(startOfDay('2018-11-04', 'America/Sao_Paulo'), utc(2018, 11, 4, 3));
  });

  it('knows quarter hours', () => {
    assert.equal(startOfDay('2026-03-08', 'Asia/Kathmandu'), utc(2026, 3, 7, 18, 15));
    assert.equal(zoneOffset(0, 'Asia/Kathmandu'), 5.5 * hourMs);
  });

  const instants = fc.integer({ min: utc(2000, 1, 1) / 1000, max: utc(2040, 1, 1) / 1000 }).map((s) => s * 1000);

  it('shows the date that Intl shows', () => {
    fc.assert(
      fc.property(instants, fc.constantFrom(...zones), (instant, zone) =>
        assert.equal(dateInZone(instant, zone), slowDate(instant, zone)),
      ),
      { numRuns: 500 },
    );
  });

  it('begins each day at its first instant', () => {
    fc.assert(
      fc.property(instants, fc.constantFrom(...zones), (instant, zone) => {
        const date = slowDate(instant, zone);
        const begin = startOfDay(date, zone);
        assert.ok(begin <= instant);
        assert.equal(slowDate(begin, zone), date);
        assert.ok(slowDate(begin - 1000, zone) < date);
      }),
      { numRuns: 500 },
    );
  });

  it('cuts time into intervals without gap or overlap', () => {
    fc.assert(
      fc.property(
        instants,
        fc.constantFrom(...zones),
        fc.constantFrom('HOUR' as const, 'DAY' as const),
        (at, zone, g) => {
          const begin = intervalBegin(at, g, zone);
          const end = intervalEnd(begin, g, zone);
          assert.ok(begin <= at && at < end);
          assert.equal(intervalBegin(end, g, zone), end);
          assert.equal(intervalBegin(end - 1, g, zone), begin);
          assert.ok(end - begin <= dayMs + hourMs);
        },
      ),
      { numRuns: 500 },
    );
  });
});
