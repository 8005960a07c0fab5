import assert from 'node:assert/strict';
import fc from 'fast-check';
import { dayMs, hourMs } from '../../../src/contract/calendar';
import { createFormats } from '../../../src/presentation/formats';
import type { LatencyBucket } from '../../../src/domain/model';

const formats = createFormats('en', 'UTC');
const minute = 60_000;
const now = Date.UTC(2026, 2, 12, 14, 18);
const plain = (text: string): string => text.replaceAll('\u00a0', ' ');

describe('formats', () => {
  it('writes counts whole with thousands', () => {
    assert.equal(formats.count(50184), '50,184');
    assert.equal(formats.count(0), '0');
    assert.equal(formats.count(undefined), '–');
  });

  it('writes axis ticks short from 10,000 on', () => {
    assert.deepEqual(
      [0, 500, 2500, 9999, 10_000, 12_500, 150_000, 1_000_000, 2_500_000].map((n) => formats.axisCount(n)),
      ['0', '500', '2,500', '9,999', '10k', '12.5k', '150k', '1M', '2.5M'],
    );
  });

  for (const [ratio, text] of [
    [0, '0%'],
    [0.000001, '< 0.1%'],
    [0.0004, '< 0.1%'],
    [0.0006, '0.1%'],
    [0.001, '0.1%'],
    [0.004, '0.4%'],
    [0.05, '5.0%'],
    [0.07, '7.0%'],
    [0.124, '12.4%'],
    [0.9994, '99.9%'],
    [0.99999, '99.9%'],
    [1, '100%'],
    [undefined, '–'],
  ] as const) {
    it(`writes the ratio ${ratio} as ${text}`, () => assert.equal(plain(formats.percent(ratio)), text));
  }

  for (const [ratio, text] of [
    [0, '0%'],
    [0.0001, '< 0.1%'],
    [0.57, '57.0%'],
    [0.986, '98.6%'],
    [0.9919, '99.1%'],
    [0.992, '99.2%'],
    [0.9996, '99.9%'],
    [0.9999999999, '99.9%'],
    [1, '100%'],
    [undefined, '–'],
  ] as const) {
    it(`writes the availability ${ratio} as ${text}`, () => assert.equal(plain(formats.availability(ratio)), text));
  }

  it('writes limits bare', () => {
    assert.equal(formats.percentLimit(10), '10%');
    assert.equal(formats.percentLimit(99.95), '99.95%');
    assert.equal(plain(formats.secondsLimit(5)), '5 s');
  });

  it('writes latency as an upper bound, on one line', () => {
    assert.equal(formats.latency(2), '≤\u00a02\u00a0s');
    assert.equal(formats.latency(10), '≤\u00a010\u00a0s');
    assert.equal(formats.latency(11), '>\u00a010\u00a0s');
    assert.equal(formats.latency(undefined), '–');
  });

  it('speaks figures in words', () => {
    const { spoken } = formats;
    assert.equal(spoken.percent(0.124), '12.4 percent');
    assert.equal(spoken.percent(0.0001), 'less than 0.1 percent');
    assert.equal(spoken.availability(0.9996), '99.9 percent');
    assert.equal(spoken.latency(6), 'up to 6 seconds');
    assert.equal(spoken.latency(1), 'up to 1 second');
    assert.equal(spoken.latency(11), 'over 10 seconds');
    assert.equal(spoken.percentLimit(10), '10 percent');
    assert.equal(spoken.secondsLimit(1), '1 second');
    for (const [ms, text] of [
      [1000, 'just now'],
      [minute, '1 minute ago'],
      [2 * minute, '2 minutes ago'],
      [hourMs, '1 hour ago'],
      [3 * dayMs, '3 days ago'],
      [30 * dayMs, 'Feb 10, 2026'],
    ] as const) {
      assert.equal(spoken.age(now - ms, now), text);
    }
  });

  for (const [ms, text] of [
    [-hourMs, 'just now'],
    [0, 'just now'],
    [minute - 1, 'just now'],
    [minute, '1 min ago'],
    [2 * minute, '2 min ago'],
    [hourMs - 1, '59 min ago'],
    [hourMs, '1 h ago'],
    [3 * hourMs, '3 h ago'],
    [48 * hourMs, '48 h ago'],
    [48 * hourMs + 1, '2 days ago'],
    [3 * dayMs, '3 days ago'],
    [7 * dayMs, '7 days ago'],
    [8 * dayMs, 'Mar 4, 2026'],
  ] as const) {
    it(`writes the age of ${ms} ms as ${text}`, () => assert.equal(formats.age(now - ms, now), text));
  }

  it('says how old figures are', () => {
    assert.deepEqual(
      [0, minute - 1, minute, 5 * minute, hourMs, 3 * hourMs, 49 * hourMs].map((ms) => formats.old(ms)),
      ['1 min old', '1 min old', '1 min old', '5 min old', '1 h old', '3 h old', '2 days old'],
    );
    assert.deepEqual(
      [0, 5 * minute, hourMs, 3 * hourMs, 48 * hourMs, 72 * hourMs].map((ms) => formats.duration(ms)),
      ['1 minute', '5 minutes', '1 hour', '3 hours', '48 hours', '3 days'],
    );
  });

  it('writes dates and the 24-hour clock', () => {
    assert.equal(formats.clock(now), '14:18');
    assert.equal(formats.clock(Date.UTC(2026, 2, 12, 0, 5)), '00:05');
    assert.equal(formats.date(now), 'Mar 12');
    assert.equal(formats.dateLong(now), 'Mar 12, 2026');
    assert.equal(formats.dateTime(now), 'Mar 12, 2026, 14:18');
    assert.equal(formats.dateTimeLong(now), 'Thu, Mar 12, 2026, 14:18 UTC');
    assert.equal(formats.day('2026-03-12'), 'Mar 12');
    assert.equal(formats.dayLong('2026-03-12'), 'Thu, Mar 12, 2026');
    assert.equal(formats.moment(now, now + hourMs), '14:18');
    assert.equal(formats.moment(now, now + dayMs), 'Mar 12, 14:18');
    assert.equal(formats.moment(now, now + 365 * dayMs), 'Mar 12, 2026, 14:18');
    const newYear = Date.UTC(2026, 11, 31, 23, 30);
    assert.equal(formats.moment(newYear, newYear - dayMs), 'Dec 31, 23:30');
    assert.equal(createFormats('en', 'Asia/Tokyo').moment(newYear, newYear - dayMs), 'Jan 1, 2027, 08:30');
  });

  it("keeps the API's days apart from the person's zone", () => {
    for (const zone of ['Pacific/Kiritimati', 'Pacific/Niue', 'Asia/Kathmandu']) {
      assert.equal(createFormats('en', zone).day('2026-03-08'), 'Mar 8');
    }
    assert.equal(createFormats('en', 'Asia/Kathmandu').clock(now), '20:03');
  });

  it('follows the display language', () => {
    const german = createFormats('de', 'UTC');
    assert.equal(german.count(50184), '50.184');
    assert.equal(german.percent(0.124), '12,4%');
    assert.equal(german.locale, 'de');
    for (const locale of ['', 'not a locale', '123']) assert.equal(createFormats(locale, 'UTC').count(1000), '1,000');
    assert.equal(createFormats('qps-ploc', 'UTC').percent(0.5), '50.0%');
    assert.ok(createFormats('en').timeZone.length > 0);
  });

  it('lists and begins sentences', () => {
    assert.equal(formats.list(['latency', 'availability']), 'latency and availability');
    assert.equal(formats.sentence('error rate'), 'Error rate');
    assert.equal(formats.sentence('p90 latency'), 'p90 latency');
    assert.equal(formats.sentence(''), '');
  });

  const ratios = fc.double({ min: 0, max: 1, noNaN: true });
  const read = (text: string): number => Number(plain(text).replace(/[<% ]/g, ''));

  it('is never further than a digit from the truth, and bare only when exact', () => {
    fc.assert(
      fc.property(ratios, (ratio) => {
        const percent = formats.percent(ratio);
        assert.equal(percent === '0%', ratio === 0);
        assert.equal(percent === '100%', ratio === 1);
        assert.match(plain(percent), /^(0%|100%|< 0\.1%|\d{1,2}\.\d%)$/);
        assert.ok(Math.abs(read(percent) - ratio * 100) <= 0.1 + 1e-9);
        const up = formats.availability(ratio);
        assert.match(plain(up), /^(0%|100%|< 0\.1%|\d{1,2}\.\d%)$/);
        if (!up.startsWith('<')) assert.ok(read(up) <= ratio * 100 + 1e-6, 'never rounded up');
      }),
      { numRuns: 1000 },
    );
  });

  it('keeps the order of figures', () => {
    fc.assert(
      fc.property(ratios, ratios, (a, b) => {
        const [low, high] = a < b ? [a, b] : [b, a];
        assert.ok(read(formats.percent(low)) <= read(formats.percent(high)));
        assert.ok(read(formats.availability(low)) <= read(formats.availability(high)));
      }),
    );
  });

  it('never breaks a latency over two lines', () => {
    for (let bucket = 1; bucket <= 11; bucket++) assert.ok(!formats.latency(bucket as LatencyBucket).includes(' '));
  });
});
