import assert from 'node:assert/strict';
import fc from 'fast-check';
import { hourMs } from '../../../src/contract/calendar';
import { MetricsError } from '../../../src/contract/errors';
import { metricNames } from '../../../src/contract/metric';
import { createFormats } from '../../../src/presentation/formats';
import { judge, levelOrder, type UnknownCause } from '../../../src/domain/health';
import type { AccountFigures, AccountStatus, FlowFigures, PeriodTotals, Snapshot } from '../../../src/domain/model';
import { accountBadge, flowBadge } from '../../../src/presentation/rows/flowBadge';
import { tooltipCommands } from '../../../src/presentation/rows/tooltipCommands';
import { statusTooltip } from '../../../src/presentation/rows/statusTooltip';
import { flowTooltip } from '../../../src/presentation/rows/tooltips';
import { english as t } from '../../../src/presentation/translate';
import {
  account,
  busyTotals,
  defaultThresholds,
  figures,
  flow,
  goodTotals,
  metaAccount,
  quietTotals,
  totals,
} from '../domain/make';
import type { RowModel } from '../../../src/presentation/rows/rowModel';
import { flowRow } from '../../../src/presentation/rows/flowRow';
import { metricRow } from '../../../src/presentation/rows/metricRow';
import { accountRow } from '../../../src/presentation/rows/accountRow';
import { accountStatusRow, limitRow } from '../../../src/presentation/rows/accountStatusRow';
import { statusBarModel } from '../../../src/presentation/rows/statusBarModel';
import { viewBadge } from '../../../src/presentation/rows/viewBadge';

const formats = createFormats('en', 'UTC');
const now = Date.UTC(2026, 2, 12, 14, 18);
const speech = { ...formats, now };
const plain = (text: string): string => text.replaceAll('\u00a0', ' ');

/** Figures judged by the default thresholds. */
function judged(shown: PeriodTotals | undefined, more: Partial<FlowFigures> = {}, cause?: UnknownCause): FlowFigures {
  const one = more.flow ?? flow();
  const report = judge({
    flow: one,
    thresholds: defaultThresholds,
    window: '24h',
    ...(shown ? { totals: shown } : {}),
    ...(cause ? { cause } : {}),
  });
  return figures({
    ...(shown ? { totals: shown } : {}),
    fetchedAt: now - 120_000,
    dataUpTo: now - 3 * hourMs,
    ...more,
    flow: one,
    report,
  });
}

const busy = judged(busyTotals, { before: quietTotals });
const row = (one: FlowFigures, of?: AccountFigures): RowModel => ({
  ...flowRow(one, speech, of),
  tooltip: flowTooltip(one, speech, of),
});

describe('flowRow', () => {
  it('is the busy flow of the examples', () => {
    const model = row(busy);
    assert.equal(model.label, 'Table booking');
    assert.equal(plain(model.description), '12.4% errors · p90 ≤ 6 s · 98.6% up');
    assert.deepEqual(model.icon, { id: 'warning', color: 'charts.yellow' });
    assert.deepEqual(flowBadge(busy, t), { text: '!!', color: 'charts.yellow', tooltip: 'Warning in 24 hours' });
    assert.equal(model.contextValue, 'flow');
    assert.equal(model.action?.command, 'flowmeter.openDashboard');
    const opened = { account: 'Bistro Nord', flowId: '1204588317730952', preview: true };
    assert.deepEqual(model.action.arguments, [opened]);
    assert.equal(
      model.accessibilityLabel,
      'Table booking, warning, error rate 12.4 percent is above 10 percent, p90 latency up to 6 seconds is above 5 seconds, availability 98.6 percent, fetched 14:16',
    );
    const argument = '%5B%7B%22account%22%3A%22Bistro%20Nord%22%2C%22flowId%22%3A%221204588317730952%22%7D%5D';
    assert.equal(
      plain(model.tooltip),
      [
        '**Table booking** — $(warning) Warning',
        '- Error rate 12\\.4\\% is above 10\\%',
        '- p90 latency \\(≤ 6 s\\) is above 5 s',
        '- Availability 98\\.6\\% is fine',
        '',
        '| Last 24 hours | | &emsp;Change |',
        '|:--|--:|:--|',
        '| Requests | 1,612 | &emsp;↑ 14% more |',
        '| Errors | 200 | &emsp;↑ 12% more |',
        '| Error rate | 12.4% | &emsp;↓ 0.2 pts better |',
        '| p90 latency | ≤ 6 s | &emsp;↑ 1 s slower |',
        '| Availability | 98.6% | &emsp;no change |',
        '',
        'Published at Meta · data up to 11\\:18 · fetched 14\\:16  ',
        `[Open dashboard](command:flowmeter.openDashboard?${argument}) · [Copy flow ID](command:flowmeter.copyFlowId?${argument})`,
      ].join('\n'),
    );
  });

  it('has an icon, a badge and a word for each level', () => {
    const of = (shown: PeriodTotals): unknown[] => {
      const { icon } = row(judged(shown));
      const badge = flowBadge(judged(shown), t);
      return [icon.id, icon.color, badge?.text, badge?.color];
    };
    assert.deepEqual(of(goodTotals), ['pass', 'testing.iconPassed', undefined, undefined]);
    assert.deepEqual(of({ ...goodTotals, errorRate: 0.06 }), ['info', 'charts.yellow', '!', 'charts.yellow']);
    assert.deepEqual(of(busyTotals), ['warning', 'charts.yellow', '!!', 'charts.yellow']);
    assert.deepEqual(of({ ...goodTotals, availability: 0.85 }), ['error', 'charts.red', '✕', 'charts.red']);
    assert.deepEqual(of(totals()), ['question', 'descriptionForeground', undefined, undefined]);
  });

  for (const [name, one, description] of [
    ['healthy', judged(goodTotals), '99.2% up · 0.4% errors · p90 ≤ 1 s'],
    [
      'without checks',
      judged(totals({ requests: 100, errors: 0, errorRate: 0, measured: 100, p90: 11 })),
      'p90 > 10 s · 0% errors',
    ],
    [
      'stale',
      judged(busyTotals, { stale: true, fetchedAt: now - 3 * hourMs }),
      '12.4% errors · p90 ≤ 6 s · 98.6% up · not updated since 11:18',
    ],
    [
      'throttled',
      judged(busyTotals, { flow: flow({ status: 'THROTTLED' }) }),
      'Throttled · 12.4% errors · p90 ≤ 6 s · 98.6% up',
    ],
    ['slow', judged({ ...goodTotals, p90: 6 }), 'p90 ≤ 6 s · 99.2% up · 0.4% errors'],
    ['down', judged({ ...busyTotals, availability: 0.85 }), '85.0% up · 12.4% errors · p90 ≤ 6 s'],
    ['blocked without figures', judged(undefined, { flow: flow({ status: 'BLOCKED' }) }, 'notEnoughData'), 'Blocked'],
    ['draft with figures of the past', judged(busyTotals, { flow: flow({ status: 'DRAFT' }) }), 'draft'],
    ['deprecated', judged(undefined, { flow: flow({ status: 'DEPRECATED' }) }), 'deprecated'],
    ['without endpoint', judged(undefined, { flow: flow({ endpointUri: null }) }), 'no endpoint'],
    ['too small', judged(undefined, {}, 'notEnoughData'), 'fewer than 250 requests'],
    ['unused', judged(totals({ requests: 0, errors: 0 })), 'no requests'],
    ['token expired', judged(undefined, {}, 'auth'), 'token expired'],
    ['failed', judged(undefined, {}, 'failed'), 'could not be read'],
    ['not read', judged(undefined, {}, 'notRead'), 'not read yet'],
  ] as const) {
    it(`describes a flow that is ${name}`, () => assert.equal(plain(row(one).description), description));
  }

  it('begins with a figure of the newest hours that is beyond its level, and says so', () => {
    const recent = totals({ requests: 40, errors: 24, errorRate: 0.6 });
    const report = judge({ flow: flow(), thresholds: defaultThresholds, window: '24h', totals: goodTotals, recent });
    const { description } = row(figures({ totals: goodTotals, report, fetchedAt: now }));
    assert.equal(plain(description), '60.0% errors in 3 h · 99.2% up · p90 ≤ 1 s');
  });

  it("goes by the server's own minimum and name", () => {
    const info = { zone: 'UTC', store: 'demo', minRequests: 30 };
    const own = account([], { info, account: { name: 'Demo', source: 'demo' } });
    const model = row(judged(undefined, {}, 'notEnoughData'), own);
    assert.equal(model.description, 'fewer than 30 requests');
    assert.ok(model.accessibilityLabel.includes('fewer than 30 requests in the last 24 hours'));
    assert.ok(model.tooltip.includes('Published · data'));
    assert.ok(!model.tooltip.includes('Meta'));
  });

  it('names which hours a stale or late window covers, and what is missing', () => {
    const noLatency = totals({ requests: 100, errors: 20, errorRate: 0.2 });
    const { tooltip } = row(judged(noLatency, { late: true }));
    assert.ok(tooltip.includes('| 24 hours to Mar 12, 2026, 08:00 | |\n'));
    assert.ok(tooltip.includes('- Latency and availability are not known'));
    assert.ok(!tooltip.includes('not comparable'));
    const compared = row(judged(noLatency, { late: true, before: noLatency })).tooltip;
    assert.ok(compared.includes('| 24 hours to Mar 12, 2026, 08:00 | | &emsp;Change |'));
    assert.ok(compared.includes('| p90 latency | – | &emsp;not comparable |'));
  });

  it('never lets a name become Markdown, an icon, HTML or a command', () => {
    const evil = fc
      .array(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.constantFrom(
            '$(zap)',
            '](command:x)',
            '<img src=x>',
            '**',
            '|',
            '\n\n',
            '`',
            '\u202e',
            '[a](b)',
            '&lt;',
            '\\',
          ),
        ),
        { minLength: 1 },
      )
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(evil, evil, (name, status) => {
        const model = row(judged(busyTotals, { flow: flow({ name, status }), accountName: name }));
        const ours = model.tooltip.replace(/\]\(command:flowmeter\.(openDashboard|copyFlowId)\?[\w%.-]+\)/g, '');
        const loose = ours.replace(/\\[\s\S]/g, '');
        assert.ok(!/\]\(|<(?!lt;)|`/.test(loose), loose);
        assert.equal(loose.match(/\$\(/g)?.length, 1);
        assert.equal(loose.match(/\*\*/g)?.length, 2);
        assert.equal(model.tooltip.split('\n').length, row(busy).tooltip.split('\n').length);
        for (const text of [model.label, model.description, model.accessibilityLabel, model.tooltip]) {
          assert.doesNotMatch(text, /[\u202a-\u202e\u2066-\u2069\u0000]/);
        }
      }),
    );
    const long = row(judged(busyTotals, { flow: flow({ name: 'x'.repeat(10_000) }) }));
    assert.ok(long.label.length <= 100 && long.tooltip.length < 1500);
  });

  it('never says undefined or NaN', () => {
    const some = fc.option(fc.double({ min: 0, max: 1, noNaN: true }), { nil: undefined });
    fc.assert(
      fc.property(some, some, fc.nat({ max: 50 }), fc.boolean(), (rate, up, requests, stale) => {
        const one = judged(
          totals({
            requests,
            ...(rate === undefined ? {} : { errorRate: rate, errors: Math.round(rate * requests) }),
            ...(up === undefined ? {} : { availability: up, succeeded: 10, failed: 1 }),
          }),
          { stale },
        );
        const models = [row(one), ...metricNames.map((metric) => metricRow(metric, one, speech))];
        for (const model of models) assert.doesNotMatch(JSON.stringify(model), /undefined|NaN|null/);
      }),
    );
  });

  it('trusts two commands', () => {
    assert.deepEqual(tooltipCommands, ['flowmeter.openDashboard', 'flowmeter.copyFlowId']);
  });
});

describe('metricRow', () => {
  it('reads as the examples', () => {
    const rows = metricNames.map((metric) => metricRow(metric, busy, speech));
    assert.deepEqual(
      rows.map(({ label, description }) => plain(`${label} ${description}`)),
      [
        'Requests 1,612 · ↑ 14%',
        'Errors 200 · ↑ 12%',
        'Error rate 12.4% · ↓ 0.2 pts',
        'Latency p90 ≤ 6 s · ↑ 1 s',
        'Availability 98.6% · no change',
      ],
    );
    assert.deepEqual(
      rows.map(({ icon }) => icon.id),
      ['graph', 'bug', 'warning', 'warning', 'pulse'],
    );
    assert.equal(plain(rows[2]!.accessibilityLabel), 'Table booking, Error rate 12.4 percent, 0.2 pts better, warning');
    assert.deepEqual(rows[2]!.action?.arguments, [
      { account: 'Bistro Nord', flowId: '1204588317730952', metric: 'ENDPOINT_REQUEST_ERROR_RATE', preview: true },
    ]);
    assert.equal(rows[2]!.contextValue, 'metric');
  });

  it('says why a figure is unknown', () => {
    const of = (one: FlowFigures): string => metricRow('ENDPOINT_AVAILABILITY', one, speech).description;
    const noChecks = totals({ requests: 100, errors: 0, errorRate: 0 });
    assert.equal(of(judged(noChecks)), 'no data');
    assert.equal(of(judged(noChecks, { flow: flow({ dataApiVersion: '2.1' }) })), 'not checked by Meta');
    const failures = { ENDPOINT_AVAILABILITY: new MetricsError('server', '') };
    assert.equal(of(judged(noChecks, { failures })), 'could not be read');
    assert.equal(of(judged(undefined, {}, 'notEnoughData')), 'fewer than 250 requests');
    assert.equal(of(judged(undefined, { flow: flow({ status: 'DRAFT' }) })), 'draft');
    assert.equal(of(judged(busyTotals, { stale: true, fetchedAt: now - hourMs })), '98.6% · not updated since 13:18');
  });
});

describe('limitRow', () => {
  it('says of an account with more flows than are shown which these are, and how to see others', () => {
    assert.equal(limitRow(account([busy]), formats), undefined);
    const model = limitRow(account([busy], { limitedTo: 10_000 }), formats)!;
    assert.equal(model.label, 'The first 10,000 flows');
    assert.equal(model.description, 'there are more');
    assert.equal(
      model.accessibilityLabel,
      'Bistro Nord, “Bistro Nord” has more flows than Flowmeter reads: the first 10,000 of its list are shown. ' +
        'To watch others, connect to them by their flow IDs.',
    );
    assert.ok(!model.tooltip.includes('…'), model.tooltip);
  });
});

/** Where Meta does not say how many calls it allows. */
const ownPause: AccountStatus = {
  kind: 'throttled',
  error: new MetricsError('rateLimited', '', { own: true }),
  retryAt: now + 32 * 60_000,
};

describe('accountRow and troubleRow', () => {
  it('show an account', () => {
    const one = accountRow(account([busy, busy], { fetchedAt: now - 120_000 }), speech);
    assert.equal(one.description, '2 warnings · 2 flows');
    assert.equal(one.contextValue, 'account tokenAccount meta');
    assert.equal(one.tooltip, '**Bistro Nord** — Meta  \n2 warnings · 2 flows  \nFetched 14\\:16');
    assert.equal(accountRow(account([judged(goodTotals)]), speech).description, '1 flow');
    assert.equal(accountRow(account([], { read: false }), speech).description, 'reading…');
    const demo = accountRow(account([], { account: { name: 'Demo', source: 'demo' } }), speech);
    assert.equal(demo.contextValue, 'account');
    assert.equal(demo.icon.id, 'beaker');
    const trouble = accountRow(account([], { accountStatus: { kind: 'tokenRefused' } }), speech);
    assert.equal(trouble.description, '', 'the row below says it');
    assert.equal(trouble.icon.id, 'key');
    const pause = { kind: 'throttled', retryAt: now + 32 * 60_000 } as const;
    const paused = account([busy], { accountStatus: pause });
    assert.equal(accountRow(paused, speech).description, '1 warning · 1 flow');
    assert.equal(accountStatusRow(paused, speech)?.label, 'Paused by Meta’s API limit until 14:50');
    assert.equal(trouble.accessibilityLabel.startsWith('Bistro Nord, Meta, The access token has expired.'), true);
  });

  it('tell the worst level among the flows, and how many have it', () => {
    const good = judged(goodTotals);
    const down = judged({ ...goodTotals, availability: 0.85 });
    const fast = judged({ ...goodTotals, errorRate: 0.06 });
    for (const [flows, text, badge] of [
      [[good, down, busy, down], '2 critical · 4 flows', '✕'],
      [[fast, busy], '1 warning · 2 flows', '!!'],
      [[fast, good, fast], '2 at attention · 3 flows', '!'],
      [[good, judged(undefined, {}, 'notEnoughData')], '2 flows', undefined],
    ] as const) {
      const of = account(flows);
      assert.equal(accountRow(of, speech).description, text);
      assert.ok(accountRow(of, speech).accessibilityLabel.endsWith(text));
      assert.equal(accountBadge(of, t)?.text, badge);
      const refused = account(flows, { accountStatus: { kind: 'tokenRefused' } });
      assert.match(accountRow(refused, speech).description, /^\d flows$/, 'figures under a refused token are history');
      assert.equal(accountBadge(refused, t), undefined);
    }
  });

  it('offer the token of a former name', () => {
    const missing = account([], { accountStatus: { kind: 'tokenMissing', formerName: 'Old' } });
    const model = accountStatusRow(missing, speech)!;
    assert.deepEqual([model.label, model.description], ['Token missing', 'Use the token of “Old”…']);
    assert.match(model.accessibilityLabel, /That of “Old” is still here: use it, or set another one\./);
    assert.equal(model.action?.command, 'flowmeter.setToken');
  });

  it('offer the action that helps', () => {
    for (const [trouble, label, command] of [
      [{ kind: 'tokenMissing' }, 'Token missing', 'flowmeter.setToken'],
      [{ kind: 'tokenRefused' }, 'Token expired', 'flowmeter.setToken'],
      [{ kind: 'permission' }, 'A permission is missing', 'flowmeter.setToken'],
      [
        { kind: 'throttled', retryAt: now + 32 * 60_000 },
        'Paused by Meta’s API limit until 14:50',
        'flowmeter.showLog',
      ],
      [ownPause, 'Paused by Flowmeter’s own limit until 14:50', 'flowmeter.showLog'],
      [{ kind: 'offline' }, 'Offline', 'flowmeter.refresh'],
      [{ kind: 'withdrawn' }, 'Metrics no longer available', 'flowmeter.addMeterFlow'],
      [
        { kind: 'notFound', error: new MetricsError('notFound', '', { objectType: 'page' }) },
        'Wrong ID',
        'flowmeter.connect',
      ],
      [{ kind: 'notFound' }, 'Account not found', 'flowmeter.showLog'],
      [{ kind: 'noFlows' }, 'No flows yet', 'flowmeter.refresh'],
      [{ kind: 'failed' }, 'Could not be read', 'flowmeter.refresh'],
    ] as const satisfies readonly (readonly [AccountStatus, string, string])[]) {
      const model = accountStatusRow(account([], { accountStatus: trouble }), speech)!;
      assert.equal(model.label, label);
      assert.equal(model.action?.command, command);
      assert.deepEqual(model.action.arguments, [{ account: 'Bistro Nord' }]);
      assert.equal(model.contextValue, 'trouble');
      assert.ok(model.accessibilityLabel.startsWith('Bistro Nord, '));
    }
    assert.equal(accountStatusRow(account([busy]), speech), undefined);
  });
});

describe('The age of figures', () => {
  const minute = 60_000;
  const aged = (ms: number, more: Partial<AccountFigures> = {}): AccountFigures =>
    account([{ ...busy, fetchedAt: now - ms }], { freshFor: 90 * minute, ...more });
  const ageOf = (one: AccountFigures): string | undefined => plain(row(one.flows[0]!, one).description).split(' · ')[3];

  it('stands in a row once it is more than reading brings about by itself', () => {
    assert.equal(ageOf(aged(90 * minute)), undefined);
    assert.equal(ageOf(aged(90 * minute + 1)), '1 h old');
    assert.equal(ageOf(aged(12 * minute, { read: false })), '12 min old', 'what an earlier window has read');
    assert.equal(ageOf(aged(0.5 * minute, { read: false })), undefined, 'what came in while the rest is read');
  });

  it('stands in the status bar, of the oldest figures', () => {
    const one = { ...judged(goodTotals), fetchedAt: now - 5 * hourMs };
    const shown = account([judged(goodTotals), one], { freshFor: 90 * minute });
    assert.equal(statusBarModel(snapshot(shown), speech)?.text, '$(pulse) 99.2% · 5 h old');
    const before = statusBarModel(snapshot({ ...shown, read: false, busy: true }), speech);
    assert.equal(before?.text, '$(pulse) 99.2% · 5 h old', 'figures at hand are shown while they are read anew');
  });

  it('is since when it was not updated, where a refresh failed', () => {
    const read = now - 20_000;
    const stale = { ...busy, stale: true, fetchedAt: read };
    const offline = account([stale], { accountStatus: { kind: 'offline', since: now }, fetchedAt: read });
    const metric = metricRow('ENDPOINT_AVAILABILITY', stale, speech, offline);
    const { description, tooltip, accessibilityLabel } = row(stale, offline);
    const texts = {
      row: [description, tooltip, accessibilityLabel],
      'metric row': [metric.description, metric.accessibilityLabel],
      'status bar': [statusBarModel(snapshot(offline), speech)!.text],
      'account row': [accountRow(offline, speech).tooltip],
    };
    for (const [place, said] of Object.entries(texts)) {
      for (const text of said.map((one) => one.replaceAll('\\', ''))) {
        assert.match(text, /not updated since 14:17/i, place);
        assert.doesNotMatch(text, /just (now|read)|fetched|\bold\b/i, place);
      }
    }
    const throttled = { ...offline, accountStatus: { kind: 'throttled' } } as const;
    assert.match(accountRow(throttled, speech).tooltip, /Not fully updated since 14\\?:17$/);
    const yesterday = { ...stale, fetchedAt: now - 20 * hourMs };
    assert.match(row(yesterday, offline).description, /not updated since Mar 11, 18:18$/);
  });

  it('is that of a metric only where that one could not be read', () => {
    const failures = { ENDPOINT_REQUEST_ERROR: new MetricsError('timeout', 'late') };
    const stale = { ...busy, stale: true, failures, fetchedAt: now - 3 * hourMs };
    const isOld = metricNames.filter((name) => /not updated/.test(metricRow(name, stale, speech).description));
    assert.deepEqual(isOld, ['ENDPOINT_REQUEST_ERROR', 'ENDPOINT_REQUEST_ERROR_RATE']);
  });

  it('stands beside a pause, with what was not reached', () => {
    const trouble = { kind: 'throttled', retryAt: now + 32 * minute } as const;
    const of = (...flows: FlowFigures[]): string =>
      accountStatusRow(account(flows, { accountStatus: trouble, freshFor: 90 * minute }), speech)!.description;
    const unread = judged(undefined, { fetchedAt: undefined! }, 'notRead');
    assert.equal(of(busy), '');
    assert.equal(
      of(busy, { ...busy, fetchedAt: now - 5 * hourMs }, unread),
      'some not updated since 09:18 · 1 flow not read yet',
    );
    assert.equal(of(unread, unread), '2 flows not read yet');
  });
});

const snapshot = (...accounts: readonly AccountFigures[]): Snapshot => ({ revision: 1, accounts });
const named = (name: string, one: FlowFigures): FlowFigures => ({
  ...one,
  key: `Bistro Nord/${name}`,
  flow: { ...one.flow, name },
});

describe('statusModel', () => {
  const of = (...accounts: readonly AccountFigures[]): [string, string | undefined] => {
    const model = statusBarModel(snapshot(...accounts), speech)!;
    assert.ok(model.accessibilityLabel.startsWith('Flowmeter: '));
    return [plain(model.text), model.background];
  };
  const good = judged(goodTotals);
  const down = judged({ ...goodTotals, availability: 0.85 });

  it('is hidden without accounts', () => assert.equal(statusBarModel(snapshot(), speech), undefined));

  it('shows availability over all flows that are fine', () => {
    assert.deepEqual(of(account([good])), ['$(pulse) 99.2%', undefined]);
    const other = judged(totals({ requests: 100, errors: 0, errorRate: 0, succeeded: 8, failed: 0, availability: 1 }));
    assert.deepEqual(of(account([good, other])), ['$(pulse) 99.2%', undefined]);
    assert.deepEqual(of(account([judged({ ...goodTotals, errorRate: 0.06 })])), ['$(pulse) 99.2%', undefined]);
  });

  it('names the worst flow', () => {
    assert.deepEqual(of(account([good, busy])), ['$(warning) Table booking 12.4% errors', 'warning']);
    assert.deepEqual(of(account([busy, good, down])), ['$(error) Table booking 85.0% up +1', 'error']);
    assert.deepEqual(of(account([busy, down, down, good])), ['$(error) Table booking 85.0% up +2', 'error']);
    const slow = judged({ ...goodTotals, p90: 6 });
    assert.deepEqual(of(account([slow])), ['$(warning) Table booking p90 ≤ 6 s', 'warning']);
    assert.deepEqual(of(account([judged(undefined, { flow: flow({ status: 'BLOCKED' }) })])), [
      '$(error) Table booking Blocked',
      'error',
    ]);
    const long = of(account([named('A flow with a name that goes on and on', busy)]));
    assert.deepEqual(long, ['$(warning) A flow with a name that… 12.4% errors', 'warning']);
    assert.deepEqual(of(account([named('$(zap)', busy)])), ['$(warning) $\u2060(zap) 12.4% errors', 'warning']);
  });

  it('knows what to say without availability', () => {
    const noChecks = judged(totals({ requests: 1000, errors: 4, errorRate: 0.004, measured: 500, p90: 1 }));
    assert.deepEqual(of(account([noChecks])), ['$(pulse) 0.4% errors', undefined]);
    assert.deepEqual(of(account([judged(undefined, {}, 'notEnoughData')])), ['$(pulse) –', undefined]);
    assert.deepEqual(of(account([])), ['$(pulse) –', undefined]);
  });

  it('says that it reads for the first time', () => {
    assert.deepEqual(of(account([], { read: false, busy: true })), ['$(sync~spin) Flows', undefined]);
    assert.deepEqual(of(account([], { read: false })), ['$(pulse) –', undefined]);
  });

  it('says how old figures are', () => {
    const stale = { stale: true, fetchedAt: now - 3 * hourMs };
    assert.deepEqual(of(account([{ ...good, ...stale }])), ['$(pulse) 99.2% · not updated since 11:18', undefined]);
    assert.deepEqual(of(account([{ ...busy, ...stale }])), [
      '$(warning) Table booking 12.4% errors · not updated since 11:18',
      'warning',
    ]);
  });

  it('says what stops an account', () => {
    assert.deepEqual(of(account([good], { accountStatus: { kind: 'tokenRefused' } })), [
      '$(key) Token expired',
      'warning',
    ]);
    assert.deepEqual(of(account([], { accountStatus: { kind: 'tokenMissing' } })), ['$(key) Token missing', 'warning']);
    assert.deepEqual(of(account([], { accountStatus: { kind: 'throttled', retryAt: now + 32 * 60_000 } })), [
      '$(watch) Paused by Meta’s API limit until 14:50',
      undefined,
    ]);
    assert.deepEqual(of(account([], { accountStatus: ownPause })), [
      '$(watch) Paused by Flowmeter’s own limit until 14:50',
      undefined,
    ]);
    assert.deepEqual(of(account([], { accountStatus: { kind: 'offline' } })), [
      '$(debug-disconnect) Offline',
      undefined,
    ]);
    assert.deepEqual(of(account([good], { accountStatus: { kind: 'offline' } })), ['$(pulse) 99.2%', undefined]);
  });

  it('names the account of several, and hides no flow in trouble behind it', () => {
    const other = (...flows: FlowFigures[]): AccountFigures =>
      account(flows, { account: { ...metaAccount, name: 'Other' } });
    const refused = account([], { accountStatus: { kind: 'tokenRefused' } });
    assert.deepEqual(of(refused, other(good)), ['$(key) Bistro Nord: Token expired', 'warning']);
    assert.deepEqual(of(refused, other(busy)), [
      '$(warning) Table booking 12.4% errors · $(key) Bistro Nord: Token expired',
      'warning',
    ]);
    assert.deepEqual(of(refused, other(down)), [
      '$(error) Table booking 85.0% up · $(key) Bistro Nord: Token expired',
      'error',
    ]);
    assert.match(
      statusBarModel(snapshot(refused, other(down)), speech)!.accessibilityLabel,
      /Table booking, critical, .*, Bistro Nord, the access token has expired$/,
    );
    const both = { ...other(), accountStatus: { kind: 'tokenMissing' } } as const;
    assert.deepEqual(of(refused, both), ['$(key) Bistro Nord: Token expired +1', 'warning']);
    assert.deepEqual(of(account([], { accountStatus: { kind: 'offline' } }), other()), [
      '$(debug-disconnect) Bistro Nord: Offline',
      undefined,
    ]);
  });

  it('is coloured by nothing that is made up', () => {
    const demo = { account: { name: 'Demo', source: 'demo' } } as const;
    assert.deepEqual(of(account([busy, down], demo)), ['$(error) Table booking 85.0% up +1', undefined]);
    const offline = account([{ ...down, counted: false }], { ...demo, accountStatus: { kind: 'offline' } });
    assert.deepEqual(of(offline, account([])), ['$(pulse) –', undefined], 'nor told of beside a real account');
  });

  it('leaves out flows that do not count', () => {
    assert.deepEqual(of(account([good, { ...down, counted: false }])), ['$(pulse) 99.2%', undefined]);
    assert.equal(viewBadge(snapshot(account([{ ...down, counted: false }])), formats), undefined);
  });

  it('lists ten flows at most in its tooltip, worst first', () => {
    const many = Array.from({ length: 13 }, (_, i) => named(`Flow ${i + 1}`, good));
    const tooltip = statusTooltip(snapshot(account([...many, named('Bad', down)])), speech);
    const lines = tooltip.split('\n\n')[2]!.split('  \n');
    assert.equal(lines.length, 11);
    assert.match(lines[0]!, /^\$\(error\) \[Bad\]\(command:\S+\) Critical — availability 85\\\.0\\% is below 90\\%$/);
    assert.match(lines[1]!, /^\$\(pass\) \[Flow 1\]\(\S+\) Healthy — error rate 0\\\.4\\%/);
    assert.equal(lines.at(-1), 'and 4 more');
  });

  it('has a heading, the source with its age, and links in its tooltip', () => {
    const of = (...accounts: AccountFigures[]): string[] =>
      plain(statusTooltip(snapshot(...accounts), speech))
        .replaceAll('\\', '')
        .split('\n\n');
    const [heading, source, flows, links] = of(account([good, busy], { fetchedAt: now - 120_000 }));
    assert.equal(heading, '**Flowmeter** — 1 flow needs attention');
    assert.equal(source, '$(comment-discussion) **Bistro Nord** — Meta · data up to 3 h ago · fetched 2 min ago');
    assert.equal(flows!.split('  \n').length, 2);
    assert.equal(
      links,
      '[Open](command:flowmeter.flows.focus) · [Refresh](command:flowmeter.refresh) · [Hide](command:flowmeter.hideStatusBar)',
    );
    assert.deepEqual(of(account([], { accountStatus: { kind: 'offline' }, fetchedAt: now - hourMs })).slice(0, 3), [
      '**Flowmeter**',
      '$(debug-disconnect) **Bistro Nord** — Meta · not updated since 13:18  \nMeta could not be reached.',
      'No flows yet',
    ]);
    const demo = account([{ ...down, counted: false }], { account: { name: 'Demo', source: 'demo' }, fetchedAt: now });
    const own = account([good], { fetchedAt: now });
    assert.doesNotMatch(of(demo, own).join(), /Demo|Critical/);
    assert.match(of({ ...demo, flows: [down] }).join(), /\$\(beaker\) Demo data · .*Critical/);
    const other = { ...own, account: { ...metaAccount, name: 'Other' }, flows: [{ ...good, accountName: 'Other' }] };
    assert.match(of(own, other)[2]!, /\(Other\) Healthy/, 'names the account of a flow where there are several');
  });

  it('reads the worst flow out', () => {
    assert.equal(
      statusBarModel(snapshot(account([busy, down])), speech)!.accessibilityLabel,
      'Flowmeter: 2 flows need attention, Table booking, critical, availability 85.0 percent is below 90 percent',
    );
  });
});

describe('viewBadge', () => {
  it('counts warning and critical', () => {
    const good = judged(goodTotals);
    assert.deepEqual(viewBadge(snapshot(account([busy, good])), formats), {
      value: 1,
      tooltip: '1 flow needs attention',
    });
    assert.deepEqual(viewBadge(snapshot(account([busy]), account([busy, good])), formats), {
      value: 2,
      tooltip: '2 flows need attention',
    });
    assert.equal(viewBadge(snapshot(account([good])), formats), undefined);
    for (const level of levelOrder) {
      const one = figures({ report: { level, reasons: [], fine: [], missing: [] } });
      const badge = viewBadge(snapshot(account([one])), formats);
      assert.equal(badge !== undefined, level === 'critical' || level === 'warning');
    }
  });
});

/** What a row can say, and how each of its two texts says it. */
const facts: readonly (readonly [fact: string, written: RegExp, spoken: RegExp])[] = [
  ['no token', /token missing/i, /no access token/i],
  ['token not valid', /token not valid/i, /token is not valid/i],
  ['token expired', /token expired/i, /token has expired|change of password/i],
  ['not read', /could not be read/i, /could not be read/i],
  ['no requests', /\bno requests/, /\bno requests/],
  ['too few requests', /fewer than \d+ requests/, /fewer than \d+ requests/],
  ['withdrawn', /metrics no longer available/i, /metrics (are )?no longer available|has closed its Metrics API/i],
  ['not reached', /not read yet/, /not read yet/],
  ['availability', /% up/, /availability \d/i],
  ['error rate', /% errors/, /error rate \d/i],
  ['latency', /p90 [≤>]/, /p90 latency (up to|more than|over) \d/i],
];

function saysTheSame(model: Pick<RowModel, 'label' | 'description' | 'accessibilityLabel'>): void {
  const written = plain(`${model.label} ${model.description}`);
  const spoken = plain(model.accessibilityLabel);
  for (const [fact, inText, aloud] of facts) {
    if (inText.test(written)) assert.match(spoken, aloud, `${fact}: “${written}” is spoken as “${spoken}”`);
  }
  for (const [fact, inText, aloud] of facts.slice(0, 7)) {
    // What a row has no room for is said aloud alone; that something is wrong it never leaves out.
    if (aloud.test(spoken)) assert.match(written, inText, `${fact}: “${spoken}” is written as “${written}”`);
  }
}

/** A flow of whose metrics the server says that they are gone. */
function withdrawnOf(status: string): FlowFigures {
  const gone = new MetricsError('withdrawn', '', { code: 12 });
  const unread = metricNames.filter((metric) => metric !== 'ENDPOINT_REQUEST_ERROR_RATE');
  const failures = Object.fromEntries(unread.map((metric) => [metric, gone]));
  return judged(undefined, { flow: flow({ status }), unread, failures }, 'withdrawn');
}

describe("A row's text and its screen-reader text say the same", () => {
  const reasons = ['expired', 'invalid', 'passwordChanged'] as const;
  const unread = ['ENDPOINT_REQUEST_COUNT', 'ENDPOINT_AVAILABILITY'] as const;
  const withUnread = (shown: PeriodTotals, some: readonly (typeof unread)[number][]): FlowFigures => ({
    ...judged(shown, { unread: some }),
    report: judge({ flow: flow(), thresholds: defaultThresholds, window: '24h', totals: shown, unread: some }),
  });
  const accounts: readonly AccountFigures[] = [
    account([]),
    account([], { accountStatus: { kind: 'tokenMissing' } }),
    ...reasons.map((reason) =>
      account([], { accountStatus: { kind: 'tokenRefused', error: new MetricsError('auth', '', { reason }) } }),
    ),
  ];
  const causes = ['notEnoughData', 'failed', 'withdrawn', 'notRead'] as const;
  const shown: readonly FlowFigures[] = [
    busy,
    judged(goodTotals),
    judged(
      totals({ requests: 3, errors: 0, errorRate: 0, measured: 3, p90: 1, succeeded: 1, failed: 0, availability: 1 }),
    ),
    judged(totals({ requests: 0, errors: 0 })),
    ...causes.map((cause) => judged(undefined, {}, cause)),
    withUnread(goodTotals, ['ENDPOINT_AVAILABILITY']),
    withUnread(totals({ availability: 1, succeeded: 100, failed: 0 }), ['ENDPOINT_REQUEST_COUNT']),
    withUnread(totals(), ['ENDPOINT_REQUEST_COUNT', 'ENDPOINT_AVAILABILITY']),
    judged(undefined, { flow: flow({ status: 'DRAFT' }) }),
    judged(undefined, { flow: flow({ status: 'THROTTLED' }), unread: [...unread] }, 'failed'),
    withdrawnOf('BLOCKED'),
    withdrawnOf('PUBLISHED'),
  ];

  it("also where Meta's word on the flow outlives its metrics", () => {
    assert.equal(plain(row(withdrawnOf('BLOCKED')).description), 'Blocked · metrics no longer available');
    assert.equal(plain(row(withdrawnOf('PUBLISHED')).description), 'metrics no longer available');
    const requests = metricRow('ENDPOINT_REQUEST_COUNT', withdrawnOf('THROTTLED'), speech);
    assert.equal(requests.description, 'metrics no longer available');
  });

  it('in rows of flows and metrics, under any token', () => {
    for (const of of accounts) {
      const isRefused = of.accountStatus !== undefined;
      for (const one of isRefused ? [busy, judged(undefined, {}, 'auth')] : shown) {
        saysTheSame(flowRow(one, speech, of));
        for (const metric of metricNames) {
          const { label, description, accessibilityLabel } = metricRow(metric, one, speech, of);
          if (description.includes('could not be read')) assert.match(accessibilityLabel, /could not be read/, label);
          if (/token/.test(description)) assert.ok(accessibilityLabel.includes(description), accessibilityLabel);
        }
      }
    }
  });

  it('in rows of accounts and of their trouble', () => {
    for (const { accountStatus: trouble } of accounts) {
      if (!trouble) continue;
      saysTheSame(accountStatusRow(account([], { accountStatus: trouble }), speech)!);
    }
    const paused = account([busy, { ...busy, fetchedAt: now - 5 * hourMs }], {
      accountStatus: { kind: 'throttled', retryAt: now + 32 * 60_000 },
      freshFor: 90 * 60_000,
    });
    const { description, accessibilityLabel } = accountStatusRow(paused, speech)!;
    assert.ok(accessibilityLabel.includes(description), accessibilityLabel);
    assert.match(accountRow(paused, speech).accessibilityLabel, /2 flows/);
  });

  it('about the age of figures, in rows of metrics too', () => {
    const old = { ...busy, stale: true, fetchedAt: now - 3 * hourMs };
    const { description, accessibilityLabel } = metricRow('ENDPOINT_AVAILABILITY', old, speech);
    assert.match(plain(description), /not updated since 11:18/);
    assert.match(accessibilityLabel, /not updated since 11:18/);
  });
});

describe('A figure that could not be read', () => {
  const refused = new MetricsError('invalidResponse', 'x');
  const only = (shown: PeriodTotals, metric: 'ENDPOINT_REQUEST_COUNT' | 'ENDPOINT_AVAILABILITY'): FlowFigures => {
    const unread = [metric];
    const one = judged(shown, { unread, failures: { [metric]: refused } });
    return {
      ...one,
      report: judge({ flow: one.flow, thresholds: defaultThresholds, window: '24h', totals: shown, unread }),
    };
  };
  const counts = only(totals({ succeeded: 100, failed: 0, availability: 1 }), 'ENDPOINT_REQUEST_COUNT');
  const nothing = only(totals(), 'ENDPOINT_REQUEST_COUNT');
  const checks = only(
    totals({ requests: 100, errors: 0, errorRate: 0, measured: 100, p90: 1 }),
    'ENDPOINT_AVAILABILITY',
  );
  const of = account([counts]);

  it('is never told as no requests in the row of its flow', () => {
    assert.equal(plain(row(counts, of).description), 'error rate could not be read · 100% up');
    assert.equal(plain(row(nothing, of).description), 'could not be read');
    assert.equal(plain(row(checks, of).description), '0% errors · p90 ≤ 1 s · availability could not be read');
    for (const one of [counts, nothing]) {
      assert.equal(one.report.level, 'unknown');
      assert.doesNotMatch(JSON.stringify(row(one, of)), /no requests/);
      assert.match(row(one, of).accessibilityLabel, /error rate could not be read/);
      assert.match(row(one, of).tooltip, /Error rate could not be read/);
      assert.match(row(one, of).tooltip, /The answer from Meta could not be understood/);
      assert.match(row(one, of).tooltip, /\| Requests \| could not be read \|/);
    }
  });

  it('is said in the rows of the metrics that hang on it', () => {
    const text = (metric: (typeof metricNames)[number]): string => metricRow(metric, nothing, speech, of).description;
    for (const metric of ['ENDPOINT_REQUEST_COUNT', 'ENDPOINT_REQUEST_ERROR', 'ENDPOINT_REQUEST_ERROR_RATE'] as const) {
      assert.equal(text(metric), 'could not be read');
    }
    assert.notEqual(text('ENDPOINT_AVAILABILITY'), 'no requests');
  });

  it('stands in the status bar', () => {
    const text = (...flows: FlowFigures[]): string => plain(statusBarModel(snapshot(account(flows)), speech)!.text);
    assert.equal(text(nothing), '$(question) 1 flow could not be read');
    assert.equal(text(judged(goodTotals), nothing), '$(pulse) 99.2% · 1 flow could not be read');
    assert.equal(text(judged(undefined, {}, 'failed'), nothing), '$(question) 2 flows could not be read');
    assert.match(statusTooltip(snapshot(account([nothing])), speech), /error rate could not be read/);
  });
});
