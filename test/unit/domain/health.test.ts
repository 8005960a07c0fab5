import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { MeterAlert } from '../../../src/contract/alert';
import type { Flow } from '../../../src/contract/flow';
import {
  compareFlows,
  compareLevels,
  crossingOf,
  judge,
  levelOrder,
  type JudgeInput,
} from '../../../src/domain/health';
import type { HealthReport, LatencyBucket, PeriodTotals, Thresholds } from '../../../src/domain/model';
import { percentileBucket } from '../../../src/domain/percentiles';
import { busyTotals, defaultThresholds, figures, flow, goodTotals, totals } from './make';
import { isNotMeasured } from '../../../src/domain/flowRules';

const thresholds = defaultThresholds;

function report(more: Partial<JudgeInput> = {}): HealthReport {
  return judge({ flow: flow(), thresholds, window: '24h', ...more });
}

describe('crossingOf', () => {
  const rate = 'ENDPOINT_REQUEST_ERROR_RATE';
  const latency = 'ENDPOINT_REQUEST_LATENCY_SECONDS_CEIL';
  const availability = 'ENDPOINT_AVAILABILITY';

  it('is strictly above, for availability strictly below', () => {
    assert.equal(crossingOf(rate, 0.05, thresholds), undefined);
    assert.deepEqual(crossingOf(rate, 0.0501, thresholds), { level: 'attention', threshold: 5 });
    assert.equal(crossingOf(rate, 0.1, thresholds)?.level, 'attention');
    assert.equal(crossingOf(rate, 0.1001, thresholds)?.level, 'warning');
    assert.equal(crossingOf(rate, 0.5, thresholds)?.level, 'warning');
    assert.equal(crossingOf(rate, 1, thresholds)?.level, 'critical');
    assert.equal(crossingOf(availability, 0.9, thresholds), undefined);
    assert.deepEqual(crossingOf(availability, 0.8999, thresholds), { level: 'critical', threshold: 90 });
  });

  it('decides whole percents exactly: n of 100 is never above n %', () => {
    for (let n = 0; n <= 100; n++) {
      const limits: Thresholds = {
        ...thresholds,
        errorRatePercent: { warning: n },
        availabilityPercent: { warning: n },
      };
      for (const of of [100, 700, 3000, 1_000_000]) {
        assert.equal(crossingOf(rate, (n * of) / 100 / of, limits), undefined);
        assert.equal(crossingOf(availability, (n * of) / 100 / of, limits), undefined);
        if (n < 100) assert.equal(crossingOf(rate, ((n * of) / 100 + 1) / of, limits)?.level, 'warning');
        if (n > 0) assert.equal(crossingOf(availability, ((n * of) / 100 - 1) / of, limits)?.level, 'warning');
      }
    }
  });

  it('reads latency buckets as upper bounds', () => {
    const levels = Array.from({ length: 11 }, (_, i) => crossingOf(latency, i + 1, thresholds)?.level);
    assert.deepEqual(levels, [
      undefined,
      ...new Array<string>(4).fill('attention'),
      ...new Array<string>(2).fill('warning'),
      ...new Array<string>(4).fill('critical'),
    ]);
  });

  it('knows limits that are partial or absent', () => {
    const limits: Thresholds = {
      errorRatePercent: { critical: 20 },
      p90Seconds: {},
      availabilityPercent: { attention: 99 },
    };
    assert.equal(crossingOf(rate, 0.19, limits), undefined);
    assert.equal(crossingOf(rate, 0.21, limits)?.level, 'critical');
    assert.equal(crossingOf(latency, 11, limits), undefined);
    assert.equal(crossingOf(availability, 0.5, limits)?.level, 'attention');
    assert.equal(crossingOf('ENDPOINT_REQUEST_COUNT', 1e9, limits), undefined);
    assert.equal(crossingOf(rate, undefined, limits), undefined);
  });
});

describe('judge', () => {
  it('names what is wrong, worst first, then what is fine', () => {
    const found = report({ totals: busyTotals });
    assert.equal(found.level, 'warning');
    assert.deepEqual(found.reasons, [
      { level: 'warning', span: '24h', metric: 'ENDPOINT_REQUEST_ERROR_RATE', value: 0.124, threshold: 10 },
      { level: 'warning', span: '24h', metric: 'ENDPOINT_REQUEST_LATENCY_SECONDS_CEIL', value: 6, threshold: 5 },
    ]);
    assert.deepEqual(found.fine, [{ level: 'healthy', span: '24h', metric: 'ENDPOINT_AVAILABILITY', value: 0.986 }]);
    assert.deepEqual(found.missing, []);
    assert.equal(found.window, '24h');
  });

  it('is healthy with a rate and at least one of p90 and availability', () => {
    assert.equal(report({ totals: goodTotals }).level, 'healthy');
    assert.deepEqual(report({ totals: goodTotals }).reasons, []);
    const onlyRate = totals({ requests: 100, errors: 0, errorRate: 0 });
    assert.equal(report({ totals: onlyRate }).level, 'unknown');
    assert.equal(report({ totals: { ...onlyRate, p90: 1, measured: 100 } }).level, 'healthy');
    const checked = report({ totals: { ...onlyRate, availability: 1, succeeded: 10, failed: 0 } });
    assert.equal(checked.level, 'healthy');
    assert.deepEqual(checked.missing, ['ENDPOINT_REQUEST_LATENCY_SECONDS_CEIL']);
    const noRate = totals({ p90: 1, measured: 100, availability: 1, succeeded: 10, failed: 0 });
    assert.equal(report({ totals: noRate }).level, 'unknown');
  });

  it('judges from 20 requests and 10 checks on', () => {
    const some = (requests: number, checks: number): PeriodTotals =>
      totals({ requests, errorRate: 1, errors: requests, availability: 0, succeeded: 0, failed: checks });
    assert.deepEqual(report({ totals: some(19, 9) }).reasons, [{ level: 'unknown', span: '24h', cause: 'tooFew' }]);
    assert.equal(report({ totals: some(20, 9) }).reasons[0]!.metric, 'ENDPOINT_REQUEST_ERROR_RATE');
    assert.equal(report({ totals: some(19, 10) }).reasons[0]!.metric, 'ENDPOINT_AVAILABILITY');
    const latency = (measured: number): PeriodTotals => totals({ requests: 5, measured, p90: 11 });
    assert.equal(report({ totals: latency(19) }).level, 'unknown');
    assert.equal(report({ totals: latency(20) }).level, 'critical');
  });

  it('lets the worse of two spans win, and names a metric once', () => {
    const bad = totals({ requests: 100, errors: 60, errorRate: 0.6 });
    const worseNow = report({ totals: busyTotals, recent: bad });
    assert.equal(worseNow.level, 'critical');
    assert.deepEqual(
      worseNow.reasons.map(({ metric, span }) => [metric, span]),
      [
        ['ENDPOINT_REQUEST_ERROR_RATE', 'now'],
        ['ENDPOINT_REQUEST_LATENCY_SECONDS_CEIL', '24h'],
      ],
    );
    const equal = report({ totals: busyTotals, recent: { ...bad, errorRate: 0.3 } });
    assert.equal(equal.reasons[0]!.span, '24h');
    assert.equal(equal.reasons[0]!.value, 0.124);
    const better = report({ totals: busyTotals, recent: goodTotals });
    assert.equal(better.level, 'warning');
    assert.equal(report({ totals: goodTotals, recent: bad }).level, 'critical');
  });

  it("takes Meta's word without figures", () => {
    const blocked = report({ flow: flow({ status: 'BLOCKED' }), cause: 'notRead' });
    assert.deepEqual(blocked.reasons, [{ level: 'critical', span: 'meta', cause: 'blocked' }]);
    const limited = report({ flow: flow({ health: { canSendMessage: 'LIMITED', entities: [] } }) });
    assert.deepEqual(limited.reasons, [{ level: 'warning', span: 'meta', cause: 'limited' }]);
    const both = report({ flow: flow({ status: 'THROTTLED', health: { canSendMessage: 'BLOCKED', entities: [] } }) });
    assert.deepEqual(
      both.reasons.map(({ cause }) => cause),
      ['cannotSend', 'throttled'],
    );
    const said = report({ flow: flow({ status: 'THROTTLED' }), totals: busyTotals });
    assert.deepEqual(
      said.reasons.map(({ cause, metric }) => cause ?? metric),
      ['throttled', 'ENDPOINT_REQUEST_ERROR_RATE', 'ENDPOINT_REQUEST_LATENCY_SECONDS_CEIL'],
    );
    assert.equal(report({ flow: flow({ status: 'MELTED' }), totals: goodTotals }).level, 'healthy');
  });

  it('does not judge drafts, deprecated flows and flows without endpoint', () => {
    const health = { canSendMessage: 'BLOCKED', entities: [] };
    for (const [more, cause] of [
      [{ status: 'DRAFT', health }, 'draft'],
      [{ status: 'DEPRECATED', health }, 'deprecated'],
      [{ endpointUri: null }, 'noEndpoint'],
    ] as const) {
      const one = flow(more);
      const found = report({ flow: one, totals: busyTotals });
      assert.deepEqual([found.level, found.reasons.length, found.reasons[0]!.cause], ['unknown', 1, cause]);
      assert.ok(isNotMeasured(one));
    }
    assert.equal(report({ flow: flow({ endpointUri: null, status: 'BLOCKED' }) }).level, 'critical');
    assert.ok(!isNotMeasured(flow()));
    const { endpointUri, ...unknownEndpoint } = flow();
    assert.ok(endpointUri && !isNotMeasured(unknownEndpoint));
  });

  it('says why there are no figures', () => {
    assert.equal(report().reasons[0]!.cause, 'notRead');
    for (const cause of ['notEnoughData', 'notRead', 'failed', 'auth'] as const) {
      assert.deepEqual(report({ cause }).reasons, [{ level: 'unknown', span: '24h', cause }]);
    }
    assert.equal(report({ totals: totals() }).reasons[0]!.cause, 'noRequests');
    assert.equal(report({ totals: totals({ requests: 0, errors: 0 }) }).reasons[0]!.cause, 'noRequests');
    assert.equal(report({ totals: totals({ requests: 3, errors: 0, errorRate: 0 }) }).reasons[0]!.cause, 'tooFew');
  });
});

describe('judge, by property', () => {
  const histogram = fc.array(fc.nat({ max: 60 }), { minLength: 11, maxLength: 11 });
  const raw = fc.record({
    requests: fc.nat({ max: 200 }),
    errors: fc.nat({ max: 200 }),
    histogram,
    succeeded: fc.nat({ max: 50 }),
    failed: fc.nat({ max: 50 }),
  });
  type Raw = typeof raw extends fc.Arbitrary<infer T> ? T : never;
  const level = fc.option(fc.nat({ max: 100 }), { nil: undefined });
  const limits = fc
    .record({ attention: level, warning: level, critical: level })
    .map(({ attention, warning, critical }) => ({
      ...(attention === undefined ? {} : { attention }),
      ...(warning === undefined ? {} : { warning }),
      ...(critical === undefined ? {} : { critical }),
    }));
  const someThresholds = fc.oneof(
    fc.constant(thresholds),
    fc.record({ errorRatePercent: limits, p90Seconds: limits, availabilityPercent: limits }),
  );

  function totalsFrom({ requests, errors: wanted, histogram: counts, succeeded, failed }: Raw): PeriodTotals {
    const errors = Math.min(wanted, requests);
    const measured = counts.reduce((sum, count) => sum + count, 0);
    const p90 = percentileBucket(counts, 9, 10);
    const checks = succeeded + failed;
    return totals({
      requests,
      errors,
      ...(requests > 0 ? { errorRate: errors / requests } : {}),
      latency: counts,
      measured,
      ...(p90 === undefined ? {} : { p90 }),
      succeeded,
      failed,
      ...(checks > 0 ? { availability: succeeded / checks } : {}),
    });
  }

  /** The level that a plain reading of the rules gives. */
  function slowLevel(spans: readonly PeriodTotals[], one: Thresholds): string {
    const levels = ['critical', 'warning', 'attention'] as const;
    let rate = false;
    let other = false;
    let worst = 3;
    for (const span of spans) {
      const { requests = 0, errors = 0, measured = 0, p90 = 0, succeeded = 0, failed = 0 } = span;
      levels.forEach((name, i) => {
        const above = one.errorRatePercent[name];
        if (requests >= 20 && above !== undefined && errors * 100 > above * requests) worst = Math.min(worst, i);
        const slow = one.p90Seconds[name];
        if (measured >= 20 && slow !== undefined && p90 > slow) worst = Math.min(worst, i);
        const below = one.availabilityPercent[name];
        if (succeeded + failed >= 10 && below !== undefined && succeeded * 100 < below * (succeeded + failed)) {
          worst = Math.min(worst, i);
        }
      });
      rate ||= requests >= 20;
      other ||= measured >= 20 || succeeded + failed >= 10;
    }
    return levels[worst] ?? (rate && other ? 'healthy' : 'unknown');
  }

  it('equals a plain reading of the rules', () => {
    fc.assert(
      fc.property(raw, fc.option(raw, { nil: undefined }), someThresholds, (window, recent, one) => {
        const spans = [window, ...(recent ? [recent] : [])].map(totalsFrom);
        const found = judge({
          flow: flow(),
          thresholds: one,
          window: '24h',
          totals: spans[0]!,
          ...(spans[1] ? { recent: spans[1] } : {}),
        });
        assert.equal(found.level, slowLevel(spans, one));
        assert.equal(found.reasons.length === 0, found.level === 'healthy');
        assert.equal(found.reasons[0]?.level ?? 'healthy', found.level);
        const named = found.reasons.map(({ metric }) => metric);
        assert.equal(new Set(named).size, named.length);
        if (found.level === 'unknown') assert.equal(found.reasons.length, 1);
        for (let i = 1; i < found.reasons.length; i++) {
          assert.ok(compareLevels(found.reasons[i - 1]!.level, found.reasons[i]!.level) <= 0);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('never gets better when figures get worse', () => {
    fc.assert(
      fc.property(raw, someThresholds, fc.nat({ max: 50 }), fc.nat({ max: 9 }), (before, one, more, from) => {
        const move = Math.min(more, before.succeeded);
        const slower = Math.min(more, before.histogram[from]!);
        const after: Raw = {
          ...before,
          errors: before.errors + more,
          succeeded: before.succeeded - move,
          failed: before.failed + move,
          histogram: before.histogram.map((count, i) =>
            i === from ? count - slower : i === from + 1 ? count + slower : count,
          ),
        };
        const of = (figure: Raw): HealthReport =>
          judge({ flow: flow(), thresholds: one, window: '24h', totals: totalsFrom(figure) });
        const [a, b] = [of(before).level, of(after).level];
        // Not judged stays so, or turns into something bad; it never turns green.
        if (a === 'unknown') assert.notEqual(b, 'healthy');
        else assert.ok(levelOrder.indexOf(b) <= levelOrder.indexOf(a), `${a} became ${b}`);
      }),
      { numRuns: 1000 },
    );
  });

  it('is never green without data, whatever Meta says', () => {
    const words = fc.record({
      status: fc.constantFrom('DRAFT', 'PUBLISHED', 'DEPRECATED', 'BLOCKED', 'THROTTLED', 'OTHER'),
      can: fc.constantFrom('AVAILABLE', 'LIMITED', 'BLOCKED', 'OTHER'),
      cause: fc.constantFrom('notEnoughData' as const, 'notRead' as const, 'failed' as const, 'auth' as const),
    });
    fc.assert(
      fc.property(words, fc.boolean(), ({ status, can, cause }, empty) => {
        const one: Flow = flow({ status, health: { canSendMessage: can, entities: [] } });
        const found = judge({ flow: one, thresholds, window: '24h', cause, ...(empty ? { totals: totals() } : {}) });
        assert.notEqual(found.level, 'healthy');
        assert.ok(found.reasons.length > 0);
      }),
    );
  });

  it('takes every p90 bucket', () => {
    for (let p90 = 1; p90 <= 11; p90++) {
      const found = report({
        totals: totals({ requests: 50, errorRate: 0, errors: 0, measured: 50, p90: p90 as LatencyBucket }),
      });
      assert.equal(found.level, p90 > 7 ? 'critical' : p90 > 5 ? 'warning' : p90 > 1 ? 'attention' : 'healthy');
    }
  });
});

describe('compareFlows', () => {
  const row = (name: string, level: HealthReport['level'], more: Partial<Flow> = {}): ReturnType<typeof figures> =>
    figures({
      flow: flow({ name, id: name.replace(/\D/g, '') || '1', ...more }),
      report: { level, reasons: [], fine: [], missing: [] },
    });

  it('orders by level, then parked ones last, then by name with numbers as numbers', () => {
    const flows = [
      row('Draft 1', 'unknown', { status: 'DRAFT' }),
      row('Zed', 'unknown'),
      row('Form 10', 'healthy'),
      row('Form 9', 'healthy'),
      row('form 2', 'healthy'),
      row('A', 'attention'),
      row('C', 'critical'),
      row('W', 'warning'),
      row('Blocked without endpoint', 'critical', { endpointUri: null }),
    ];
    assert.deepEqual(
      [...flows].sort(compareFlows).map((one) => one.flow.name),
      ['C', 'Blocked without endpoint', 'W', 'A', 'form 2', 'Form 9', 'Form 10', 'Zed', 'Draft 1'],
    );
  });

  it('is an order, and a fixed one for flows of one name', () => {
    const any = fc
      .tuple(fc.constantFrom('a', 'B', 'b10', 'b9'), fc.constantFrom(...levelOrder), fc.nat({ max: 9 }), fc.boolean())
      .map(([name, level, id, parked]) => ({
        ...row(name, level, { id: String(id), ...(parked ? { status: 'DRAFT' } : {}) }),
        key: String(id),
      }));
    fc.assert(
      fc.property(fc.array(any), any, any, any, (list, a, b, c) => {
        assert.equal(Math.sign(compareFlows(a, b)) + Math.sign(compareFlows(b, a)), 0);
        if (compareFlows(a, b) <= 0 && compareFlows(b, c) <= 0) assert.ok(compareFlows(a, c) <= 0);
        const keys = (flows: typeof list): string[] =>
          flows.map((one) => `${one.report.level} ${one.flow.name} ${one.key} ${String(one.flow.status)}`);
        assert.deepEqual(keys([...list].sort(compareFlows)), keys([...list].reverse().sort(compareFlows)));
      }),
    );
  });
});

describe('judge, with alerts', () => {
  const alert: MeterAlert = {
    id: 'a',
    flowId: '1',
    type: 'ENDPOINT_ERROR_RATE',
    state: 'ACTIVATED',
    time: 0,
    value: 60,
    threshold: 50,
    text: 'error rate 60%',
  };

  it('counts those that hold as Meta’s word, at the level of the limit that was crossed', () => {
    const report = judge({
      flow: flow(),
      thresholds: defaultThresholds,
      window: '24h',
      totals: goodTotals,
      alerts: [alert],
    });
    assert.equal(report.level, 'critical');
    const reason = { level: 'critical', span: 'meta', cause: 'alert', text: 'error rate 60%', alert };
    assert.deepEqual(report.reasons[0], reason);
    const lower = judge({ flow: flow(), thresholds: defaultThresholds, alerts: [{ ...alert, threshold: 5 }] });
    assert.equal(lower.level, 'attention');
  });

  it('leaves those alone that have ended', () => {
    const ended = { ...alert, until: 1 };
    const report = judge({
      flow: flow(),
      thresholds: defaultThresholds,
      window: '24h',
      totals: goodTotals,
      alerts: [ended],
    });
    assert.equal(report.level, 'healthy');
  });
});
