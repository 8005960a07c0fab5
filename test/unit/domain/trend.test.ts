/** Trends: none in noise beyond the stated rate, the same at every scale, and silence where little is known. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { hourMs } from '../../../src/contract/calendar';
import { isHigher, leastPoints, risingTrend, type RatioPoint } from '../../../src/domain/trend';

/** A generator whose runs repeat: mulberry32. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function badOf(all: number, ratio: number, random: () => number): number {
  let bad = 0;
  for (let i = 0; i < all; i++) if (random() < ratio) bad++;
  return bad;
}

/** Requests of each hour, by the day's course, by growth, or all alike. */
const loads: Readonly<Record<string, (i: number) => number>> = {
  even: () => 100,
  daily: (i) => Math.round(120 + 95 * Math.sin((i / 24) * 2 * Math.PI)),
  growing: (i) => 20 + 12 * i,
  shrinking: (i) => 320 - 12 * i,
};

describe('A rising trend', () => {
  for (const [name, load] of Object.entries(loads)) {
    for (const count of [leastPoints, 12, 24]) {
      for (const ratio of [0.01, 0.08, 0.5]) {
        it(`is found in noise once in a hundred times at most: ${name}, ${count} points of ${ratio}`, () => {
          const random = randomFrom(count * 1000 + ratio * 100);
          const runs = 400;
          let found = 0;
          for (let run = 0; run < runs; run++) {
            const points = Array.from({ length: count }, (_, i): RatioPoint => {
              const all = load(i);
              return { at: i * hourMs, bad: badOf(all, ratio, random), all };
            });
            if (risingTrend(points)) found++;
          }
          assert.ok(found <= runs / 100, `${found} of ${runs}`);
        });
      }
    }
  }

  const rising = (count: number, all = 400, step = 0.002): RatioPoint[] => {
    const random = randomFrom(7);
    return Array.from({ length: count }, (_, i) => ({ at: i * hourMs, bad: badOf(all, 0.03 + step * i, random), all }));
  };

  it('is found where there is one, and when it reaches a limit', () => {
    const trend = risingTrend(rising(24, 2000));
    assert.ok(trend);
    // 3% and 0.2 points an hour make 8% after 25 hours.
    const at = trend.reaches(0.08) / hourMs;
    assert.ok(at > 23 && at < 28, String(at));
    assert.equal(trend.reaches(0.5), Infinity, 'beyond half of what the points span');
    assert.equal(risingTrend(rising(24, 2000, -0.001)), undefined, 'falling is not rising');
  });

  it('is not made by one burst, nor by ratios of few', () => {
    const flat = rising(24, 400, 0).map((point, i) => (i >= 22 ? { ...point, bad: 200 } : point));
    assert.ok(isHigher(flat.slice(12), flat.slice(0, 12)));
    assert.equal(risingTrend(flat), undefined);
    // Ratios that rise from hour to hour, of so few requests that they could do so by chance.
    const few = Array.from({ length: 8 }, (_, i) => ({ at: i * hourMs, bad: i, all: 20 + i }));
    assert.equal(risingTrend(few.map((point) => ({ ...point, bad: point.bad / 4 }))), undefined);
  });

  it('is the same at every scale and at any time, and never lies beyond its horizon', () => {
    const points = fc.array(fc.record({ bad: fc.nat(60), more: fc.integer({ min: 20, max: 400 }) }), {
      ...{ minLength: 0, maxLength: 24 },
    });
    fc.assert(
      fc.property(points, fc.integer({ min: 1, max: 50 }), fc.integer({ min: 0, max: 1e6 }), (list, scale, shift) => {
        const of = (stretch: number, by: number): RatioPoint[] =>
          list
            // Sorted, so that trends are frequent.
            .map(({ bad, more }) => ({ bad, all: bad + more }))
            .sort((a, b) => a.bad / a.all - b.bad / b.all)
            .map((point, i) => ({ ...point, at: by + i * hourMs * stretch }));
        const [one, other] = [risingTrend(of(1, 0)), risingTrend(of(scale, shift * hourMs))];
        assert.equal(one === undefined, other === undefined);
        if (list.length < leastPoints) assert.equal(one, undefined);
        if (!one || !other) return;
        const last = (list.length - 1) * hourMs;
        for (const limit of [0.05, 0.1, 0.3, 0.6]) {
          const at = one.reaches(limit);
          if (at === Infinity) continue;
          assert.ok(at <= last * 1.5 + 1);
          const scaled = (other.reaches(limit) - shift * hourMs) / scale;
          assert.ok(Math.abs(scaled - at) < hourMs / 100, `${scaled / hourMs} and ${at / hourMs}`);
        }
      }),
    );
  });

  it('is not of fewer points than eight', () => {
    assert.equal(leastPoints, 8);
    const steep = rising(7, 4000, 0.05);
    assert.equal(risingTrend(steep), undefined);
    assert.ok(risingTrend([...steep, { at: 7 * hourMs, bad: 1600, all: 4000 }]));
  });
});
