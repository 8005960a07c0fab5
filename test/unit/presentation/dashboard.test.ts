import assert from 'node:assert/strict';
import fc from 'fast-check';
import { addDays, dateInZone, hourMs, metaZone, startOfDay } from '../../../src/contract/calendar';
import { MetricsError, metricsErrorKinds, type MetricsErrorKind } from '../../../src/contract/errors';
import type { Flow } from '../../../src/contract/flow';
import { metricNames, type MetricName, type MetricSeries } from '../../../src/contract/metric';
import type { PanelSnapshot, SectionState } from '../../../src/presentation/panelProtocol';
import { dashboardSnapshot } from '../../../src/presentation/dashboard/dashboardSnapshot';
import { createFormats } from '../../../src/presentation/formats';
import { judge, type UnknownCause } from '../../../src/domain/health';
import type { AccountFigures, FlowFigures } from '../../../src/domain/model';
import { account, busyTotals, defaultThresholds, figures, flow, goodTotals, seriesOf } from '../domain/make';
import { type PanelView, planView } from '../../../src/domain/view';
import type { MetricState, DashboardInput } from '../../../src/presentation/dashboard/dashboardInput';

const formats = createFormats('en', 'UTC');
/** Mar 12, 14:18 in UTC, 07:18 in US Pacific. */
const now = Date.UTC(2026, 2, 12, 14, 18);
const today = dateInZone(now, metaZone);
const view: PanelView = { granularity: 'DAY', range: '30d' };
const plain = (text: string): string => text.replaceAll('\u00a0', ' ');

const values: Readonly<Record<MetricName, Readonly<Record<string, number>>>> = {
  ENDPOINT_REQUEST_COUNT: { value: 100 },
  ENDPOINT_REQUEST_ERROR: { timeout_error: 12 },
  ENDPOINT_REQUEST_ERROR_RATE: { value: 0.12 },
  ENDPOINT_REQUEST_LATENCY_SECONDS_CEIL: { '1': 50, '6': 38 },
  ENDPOINT_AVAILABILITY: { succeeded: 98, failed: 2 },
};

const dailies = new Map<string, MetricSeries>();

/** Days up to today; made once, as finding midnights of a zone is slow. */
function daily(metric: MetricName, days = 70): MetricSeries {
  const key = `${metric} ${days}`;
  let series = dailies.get(key);
  if (!series) {
    const begins = Array.from({ length: days }, (_, i) => startOfDay(addDays(today, i - days + 1), metaZone));
    series = seriesOf(
      metric,
      'DAY',
      begins.map((begin) => [begin, values[metric]]),
    );
    dailies.set(key, series);
  }
  return series;
}

function all(state: (metric: MetricName) => MetricState): DashboardInput['metrics'] {
  return Object.fromEntries(metricNames.map((metric) => [metric, state(metric)]));
}

const good = (metric: MetricName): MetricState => ({ series: daily(metric), fetchedAt: now - 120_000 });
const failed = (kind: MetricsErrorKind, details: MetricsError['details'] = {}): MetricState => ({
  error: new MetricsError(kind, 'secret text', details),
  failedAt: now,
});

const busy: FlowFigures = figures({
  totals: busyTotals,
  dataUpTo: now - 3 * hourMs,
  fetchedAt: now - 120_000,
  report: judge({ flow: flow(), thresholds: defaultThresholds, window: '24h', totals: busyTotals }),
});

function input(more: Partial<DashboardInput> = {}): DashboardInput {
  return {
    account: account([busy], { servedVersion: 'v26.0' }),
    flow: busy,
    view,
    plan: planView(more.view ?? view, now, metaZone),
    metrics: all(good),
    thresholds: defaultThresholds,
    now,
    busy: false,
    revision: 7,
    locale: 'en',
    ...more,
  };
}

const snapshot = (more: Partial<DashboardInput> = {}): PanelSnapshot => dashboardSnapshot(input(more), formats);
const states = ({ sections }: PanelSnapshot): SectionState[] => sections.map(({ state }) => state);
const labels = (actions: readonly { readonly label: string }[] = []): string[] => actions.map(({ label }) => label);

function unjudged(cause: UnknownCause): FlowFigures {
  return figures({ report: judge({ flow: flow(), thresholds: defaultThresholds, window: '24h', cause }) });
}

describe('dashboardSnapshot, ready', () => {
  const shown = snapshot({ focus: 'ENDPOINT_AVAILABILITY' });

  it('shows five sections with their series', () => {
    assert.deepEqual(states(shown), new Array(5).fill('ready'));
    assert.deepEqual(
      shown.sections.map(({ metric, series }) => series?.metric === metric),
      new Array(5).fill(true),
    );
    assert.equal(shown.whole, undefined);
    assert.equal(shown.notice, undefined);
    assert.equal(shown.focus, 'ENDPOINT_AVAILABILITY');
    assert.equal(shown.revision, 7);
    assert.equal(shown.fetchedAt, now - 120_000);
    assert.equal(shown.dataUpTo, now - 3 * hourMs);
  });

  it('names source, period and limits', () => {
    assert.deepEqual(shown.source, {
      text: 'Meta, account “Bistro Nord”',
      short: 'Meta',
      apiVersion: 'v26.0',
      zone: metaZone,
      directional: true,
      minRequests: 250,
    });
    assert.equal(shown.period?.label, 'Last 30 days');
    assert.equal(shown.before?.label, 'compared with the 30 days before');
    assert.deepEqual(shown.dates, { from: '2026-02-10', to: '2026-03-11' });
    assert.deepEqual(shown.limits, {
      HOUR: { min: '2026-02-10', max: '2026-03-12' },
      DAY: { min: '2025-12-12', max: '2026-03-12' },
    });
  });

  it('gives the verdict, the other reasons, and the view of what was judged', () => {
    const { verdict } = shown;
    assert.deepEqual(
      [verdict.level, verdict.word, verdict.headline],
      ['warning', 'Warning', 'error rate 12.4% is above 10%'],
    );
    assert.deepEqual(
      verdict.more.map(({ level, text }) => [level, plain(text)]),
      [
        ['warning', 'p90 latency (≤ 6 s) is above 5 s'],
        ['healthy', 'Availability 98.6% is fine'],
      ],
    );
    assert.equal(verdict.judged, 'Judged over the last 24 hours');
    assert.deepEqual(verdict.show, { text: 'Show these 24 hours', view: { granularity: 'HOUR', range: '24h' } });
    const same = { granularity: 'HOUR', range: '24h' } as const;
    assert.equal(snapshot({ view: same, plan: planView(same, now, metaZone) }).verdict.show, undefined);
  });

  it('of a healthy flow says its figures once', () => {
    const report = judge({ flow: flow(), thresholds: defaultThresholds, window: '24h', totals: goodTotals });
    const { verdict } = snapshot({ flow: { ...busy, totals: goodTotals, report } });
    assert.equal(plain(verdict.headline), 'error rate 0.4%, p90 latency ≤ 1 s, availability 99.2%');
    assert.deepEqual(verdict.more, []);
  });

  it('has nothing to compare with where the days before are not known', () => {
    const short = all((metric) => ({ series: daily(metric, 40), fetchedAt: now }));
    assert.equal(snapshot({ metrics: short }).before, undefined);
    const one = { ...short, ENDPOINT_REQUEST_COUNT: good('ENDPOINT_REQUEST_COUNT') };
    assert.ok(snapshot({ metrics: one }).before);
  });

  it('takes hours without errors as good, and no latency of no requests as none', () => {
    const shownToo = snapshot({
      metrics: {
        ...all(good),
        ENDPOINT_REQUEST_ERROR: { series: seriesOf('ENDPOINT_REQUEST_ERROR', 'DAY', []), fetchedAt: now },
        ENDPOINT_REQUEST_LATENCY_SECONDS_CEIL: {
          series: seriesOf('ENDPOINT_REQUEST_LATENCY_SECONDS_CEIL', 'DAY', []),
          fetchedAt: now,
        },
        ENDPOINT_AVAILABILITY: { series: seriesOf('ENDPOINT_AVAILABILITY', 'DAY', []), fetchedAt: now },
      },
    });
    assert.deepEqual(states(shownToo), ['ready', 'ready', 'ready', 'no-data', 'no-data']);
    assert.equal(shownToo.sections[3]!.message?.headline, 'No latency in this period');
    assert.equal(shownToo.sections[4]!.message?.headline, 'No checks in this period');
  });

  it("hands down the server's clock where it stands still", () => {
    const clock = now - 1000 * hourMs;
    const info = { zone: metaZone, store: 'demo', minRequests: 250, clock };
    const still = snapshot({ account: account([busy], { info, account: { name: 'Demo', source: 'demo' } }) });
    assert.equal(still.clock, clock);
    assert.equal(still.now, now);
    assert.equal(still.limits.DAY.max, dateInZone(clock, metaZone));
    assert.equal(still.source.text, 'Demo data');
    assert.equal(still.source.directional, false);
    assert.equal('clock' in shown, false);
  });

  it('knows a lifetime', () => {
    const lifetime: PanelView = { granularity: 'LIFETIME', range: 'all' };
    const begin = startOfDay('2025-01-01', metaZone);
    const life = snapshot({
      view: lifetime,
      plan: planView(lifetime, now, metaZone),
      metrics: all((metric) => ({ series: seriesOf(metric, 'LIFETIME', [[begin, values[metric]]]), fetchedAt: now })),
    });
    assert.deepEqual(life.period, { begin, end: now, label: 'All time' });
    assert.equal(life.before, undefined);
    assert.deepEqual(states(life), new Array(5).fill('ready'));
  });
});

describe('dashboardSnapshot, loading', () => {
  it('reads the period for the first time', () => {
    const shown = snapshot({ flow: unjudged('notRead'), metrics: {}, busy: true });
    assert.deepEqual(states(shown), new Array(5).fill('loading'));
    assert.deepEqual(
      [shown.verdict.word, shown.verdict.headline, shown.verdict.judged],
      ['Reading…', 'the last 30 days', ''],
    );
    assert.equal(shown.whole, undefined);
    assert.equal(shown.fetchedAt, undefined);
  });

  it('keeps the old charts while a new period comes', () => {
    const hours: PanelView = { granularity: 'HOUR', range: '24h' };
    const shown = snapshot({
      view: hours,
      plan: planView(hours, now, metaZone),
      shown: { view, plan: planView(view, now, metaZone) },
    });
    assert.deepEqual(states(shown), new Array(5).fill('loading'));
    assert.ok(shown.sections.every(({ series }) => series));
    assert.deepEqual(shown.view, hours);
    assert.equal(shown.period?.label, 'Last 30 days');
    assert.equal(shown.verdict.word, 'Warning');
  });
});

describe('dashboardSnapshot, one message for the page', () => {
  it('not enough data', () => {
    const shown = snapshot({ flow: unjudged('notEnoughData'), metrics: all(() => failed('notEnoughData')) });
    assert.deepEqual(shown.whole, {
      state: 'not-enough-data',
      headline: 'Not enough data yet',
      text: 'Meta gives figures once a flow has had at least 250 requests. In the last 30 days this flow had fewer. Nothing is wrong: look at a longer period, or come back when it has seen more traffic.',
      actions: [
        { name: 'show90d', label: 'Show 90 days', primary: true },
        { name: 'showLifetime', label: 'Show lifetime' },
      ],
    });
    assert.equal(shown.verdict.headline, 'fewer than 250 requests in the last 24 hours');
    assert.deepEqual(states(shown), new Array(5).fill('not-enough-data'));
    assert.equal(shown.sections[0]!.message?.headline, 'Fewer than 250 requests');
    // The server was asked and did answer.
    assert.equal(shown.fetchedAt, now);
  });

  it('not in use: a draft, a deprecated flow, and one without endpoint have nothing to wait for', () => {
    const of = (more: Partial<Flow>): PanelSnapshot => {
      const one = flow(more);
      const report = judge({ flow: one, thresholds: defaultThresholds, cause: 'notRead' });
      return snapshot({ flow: figures({ flow: one, report }), metrics: all(() => failed('notEnoughData')) });
    };
    const draft = of({ status: 'DRAFT' });
    assert.equal(draft.whole?.headline, 'A draft has no figures yet');
    assert.deepEqual(labels(draft.whole?.actions), []);
    assert.equal(draft.sections[0]!.message?.headline, 'No figures');
    const bare = of({ endpointUri: null });
    assert.equal(bare.whole?.headline, 'This flow has no endpoint');
    assert.equal(bare.verdict.headline, 'it has no endpoint');
    const old = of({ status: 'DEPRECATED' });
    assert.deepEqual(labels(old.whole?.actions), ['Show 90 days', 'Show lifetime']);
  });

  it('not enough data, in other periods and at another server', () => {
    const of = (range: PanelView, source = account([busy])): PanelSnapshot =>
      snapshot({
        view: range,
        plan: planView(range, now, metaZone),
        metrics: all(() => failed('notEnoughData')),
        account: source,
      });
    const quarter = of({ granularity: 'DAY', range: '90d' });
    assert.deepEqual(quarter.whole?.actions, [{ name: 'showLifetime', label: 'Show lifetime', primary: true }]);
    const life = of({ granularity: 'LIFETIME', range: 'all' });
    assert.deepEqual(life.whole?.actions, []);
    assert.ok(life.whole?.text.includes('So far this flow has had fewer. Nothing is wrong: come back'));
    const picked = of({ granularity: 'DAY', range: 'custom', from: '2026-02-11', to: '2026-03-11' });
    assert.ok(picked.whole?.text.includes('From Feb 11 to Mar 11 this flow had fewer.'));
    const info = { zone: 'UTC', store: 'meter', minRequests: 30 };
    const own = account([busy], { info, account: { name: 'M', source: 'server', baseUrl: 'http://127.0.0.1:8600' } });
    const mine = of(view, own);
    assert.ok(mine.whole?.text.startsWith('There are figures once a flow has had at least 30 requests.'));
    assert.equal(mine.sections[0]!.message?.headline, 'Fewer than 30 requests');
  });

  it('no data', () => {
    const empty = all((metric) => ({ series: seriesOf(metric, 'DAY', []), fetchedAt: now }));
    const picked: PanelView = { granularity: 'DAY', range: 'custom', from: '2026-02-11', to: '2026-03-12' };
    const shown = snapshot({ metrics: empty, view: picked, plan: planView(picked, now, metaZone) });
    assert.deepEqual(shown.whole, {
      state: 'no-data',
      headline: 'No requests from Feb 11 to Mar 12',
      text: 'Nobody used this flow’s endpoint in this period, or Meta has not counted it yet: figures can arrive some hours late.',
      actions: [
        { name: 'show90d', label: 'Show 90 days', primary: true },
        { name: 'refresh', label: 'Refresh' },
      ],
    });
    assert.deepEqual(states(shown), new Array(5).fill('no-data'));
    const quarter: PanelView = { granularity: 'DAY', range: '90d' };
    assert.deepEqual(
      labels(snapshot({ metrics: empty, view: quarter, plan: planView(quarter, now, metaZone) }).whole?.actions),
      ['Refresh'],
    );
  });

  for (const [kind, details, headline, text, buttons] of [
    [
      'auth',
      { reason: 'expired' },
      'The access token has expired',
      'Meta refused the token of “Bistro Nord” at 14:18, and Flowmeter has stopped asking. Set a new one to go on.',
      ['Set Access Token…', 'Show Log'],
    ],
    [
      'permission',
      {},
      'A permission is missing',
      'The token of “Bistro Nord” needs the permission whatsapp_business_management.',
      ['Set Access Token…', 'Show Log'],
    ],
    [
      'notFound',
      {},
      'Meta does not know this flow',
      'It was deleted, or this token cannot see it.',
      ['Copy Flow ID', 'Show Log'],
    ],
    [
      'withdrawn',
      {},
      'Meta has no metrics for this flow',
      'Meta announced the end of its Metrics API for April 30, 2026. What the meter measures at your endpoint can take its place.',
      ['Add Flow to Meter…', 'Show Log'],
    ],
    [
      'rateLimited',
      { retryAt: now + 32 * 60_000 },
      'Meta asks for a pause',
      'Too many requests; reading goes on at 14:50.',
      ['Show Log'],
    ],
    [
      'network',
      {},
      'The figures could not be read',
      'Meta could not be reached. Trying again at 14:33.',
      ['Try again', 'Show Log'],
    ],
  ] as const) {
    it(kind, () => {
      const shown = snapshot({
        flow: unjudged('failed'),
        metrics: all(() => failed(kind, details)),
        nextRetryAt: now + 15 * 60_000,
      });
      assert.equal(shown.whole?.state, 'error');
      assert.deepEqual(
        [shown.whole.headline, shown.whole.text, labels(shown.whole.actions)],
        [headline, text, buttons],
      );
      assert.deepEqual(states(shown), new Array(5).fill('error'));
    });
  }

  it('the end of the API, where every flow says so', () => {
    const shown = snapshot({
      flow: unjudged('withdrawn'),
      metrics: all(() => failed('withdrawn', {})),
      account: account([], { accountStatus: { kind: 'withdrawn' } }),
    });
    assert.equal(shown.whole?.headline, 'Meta has closed its Metrics API');
    assert.equal(shown.verdict.headline, 'Meta no longer answers');
    assert.equal(shown.sections[0]!.message?.headline, 'Metrics no longer available');
  });

  it('no word of missing requests where their count could not be read', () => {
    const none = (metric: MetricName): MetricState => ({ series: seriesOf(metric, 'HOUR', []), fetchedAt: now });
    const metrics = all(none);
    const shown = snapshot({ metrics: { ...metrics, ENDPOINT_REQUEST_COUNT: failed('invalidResponse', {}) } });
    assert.doesNotMatch(JSON.stringify(shown.sections), /No requests|Nobody used/);
    assert.deepEqual(
      shown.sections.slice(0, 3).map(({ state }) => state),
      ['error', 'error', 'error'],
    );
    assert.match(shown.sections[3]!.message!.text, /their count could not be read/);
  });

  it('of a pause, in which nothing is tried', () => {
    const brief = (details: object): unknown =>
      snapshot({ metrics: all(() => failed('rateLimited', details)) }).sections.map(({ message }) => message?.headline);
    assert.deepEqual(brief({ retryAt: now + 32 * 60_000 }), new Array(5).fill('Not read yet: waiting until 14:50'));
    assert.deepEqual(brief({}), new Array(5).fill('Not read yet'));
  });

  it("the account's trouble, even where the flow was never asked", () => {
    const shown = snapshot({
      flow: unjudged('auth'),
      metrics: {},
      account: account([], { accountStatus: { kind: 'tokenMissing' } }),
    });
    assert.equal(shown.whole?.headline, 'There is no access token');
    assert.equal(shown.verdict.headline, 'there is no access token');
    assert.equal(shown.sections[0]!.message?.headline, 'Waiting for a new token');
  });

  it('with the verdict that says why', () => {
    const headline = (kind: MetricsErrorKind): string =>
      snapshot({ flow: unjudged('failed'), metrics: all(() => failed(kind)) }).verdict.headline;
    assert.equal(headline('permission'), 'this token may not read it');
    assert.equal(headline('notFound'), 'flow not found');
    assert.equal(headline('withdrawn'), 'Meta no longer answers');
    assert.equal(headline('server'), 'its figures could not be read');
  });

  it('but not for different failures', () => {
    const shown = snapshot({ metrics: { ...all(() => failed('network')), ENDPOINT_AVAILABILITY: failed('server') } });
    assert.equal(shown.whole, undefined);
    assert.deepEqual(states(shown), new Array(5).fill('error'));
  });
});

describe('dashboardSnapshot, one card', () => {
  it('that could not be read', () => {
    const shown = snapshot({
      metrics: {
        ...all(good),
        ENDPOINT_REQUEST_LATENCY_SECONDS_CEIL: failed('server', { code: 2, transient: true }),
      },
      nextRetryAt: now + 3 * 60_000,
    });
    assert.deepEqual(states(shown), ['ready', 'ready', 'ready', 'error', 'ready']);
    assert.deepEqual(shown.sections[3]!.message, {
      headline: 'Latency could not be read',
      text: 'Meta answered with a temporary error (code 2). Trying again at 14:21.',
      actions: [{ name: 'refresh', label: 'Try again' }],
    });
    assert.equal(shown.whole, undefined);
    assert.equal(shown.notice, undefined);
  });

  it('that Meta never checks', () => {
    const old = { ...busy, flow: flow({ dataApiVersion: '2.1' }) };
    for (const state of [
      {},
      failed('notEnoughData'),
      { series: seriesOf('ENDPOINT_AVAILABILITY', 'DAY', []), fetchedAt: now },
    ]) {
      const shown = snapshot({ flow: old, metrics: { ...all(good), ENDPOINT_AVAILABILITY: state } });
      assert.equal(shown.sections[4]!.state, 'no-data');
      assert.deepEqual(shown.sections[4]!.message, {
        headline: 'This endpoint is not checked',
        text: 'Checks begin with data_api_version 3.0; this flow uses 2.1.',
        actions: [],
      });
    }
    const tooLittle = snapshot({
      flow: old,
      metrics: { ...all(() => failed('notEnoughData')), ENDPOINT_AVAILABILITY: {} },
    });
    assert.equal(tooLittle.whole?.state, 'not-enough-data');
    assert.equal(tooLittle.sections[4]!.message?.headline, 'Not checked');
  });

  it('whose rate stands on requests and errors', () => {
    const shown = snapshot({ metrics: { ...all(good), ENDPOINT_REQUEST_ERROR_RATE: failed('server') } });
    assert.deepEqual(states(shown), new Array(5).fill('ready'));
    const noErrors = snapshot({ metrics: { ...all(good), ENDPOINT_REQUEST_ERROR: failed('server') } });
    assert.deepEqual(states(noErrors), ['ready', 'error', 'error', 'ready', 'ready']);
    assert.equal(noErrors.sections[2]!.message?.headline, 'Error rate could not be read');
  });

  it('says in the verdict what is not known', () => {
    const known = { ...busyTotals };
    delete (known as { p90?: number }).p90;
    const report = judge({ flow: flow(), thresholds: defaultThresholds, window: '24h', totals: known });
    const { verdict } = snapshot({ flow: { ...busy, totals: known, report } });
    assert.deepEqual(verdict.more.at(-1), { level: 'unknown', text: 'Latency is not known' });
  });
});

describe('dashboardSnapshot, old figures', () => {
  const old = (metric: MetricName): MetricState => ({
    ...good(metric),
    ...failed('timeout'),
    fetchedAt: now - 3 * hourMs,
  });

  it('stay, with their age and what went wrong', () => {
    const shown = snapshot({
      flow: { ...busy, stale: true, fetchedAt: now - 3 * hourMs },
      metrics: all(old),
      nextRetryAt: now + 15 * 60_000,
    });
    assert.deepEqual(states(shown), new Array(5).fill('stale'));
    assert.ok(shown.sections.every(({ readAt, series }) => readAt === now - 3 * hourMs && series));
    assert.deepEqual(shown.notice, {
      headline: 'These figures have not been updated since 11:18.',
      text: 'The refresh at 14:18 failed: Meta did not answer in time. Trying again at 14:33.',
      actions: [{ name: 'refresh', label: 'Try now' }],
    });
    assert.equal(shown.whole, undefined);
    assert.equal(shown.verdict.judged, 'Judged over the 24 hours to 08:00');
    assert.deepEqual([shown.fetchedAt, shown.stale], [now - 3 * hourMs, true]);
  });

  it('of some metrics only', () => {
    const shown = snapshot({ metrics: { ...all(good), ENDPOINT_AVAILABILITY: old('ENDPOINT_AVAILABILITY') } });
    assert.deepEqual(states(shown), ['ready', 'ready', 'ready', 'ready', 'stale']);
    assert.equal(shown.notice?.headline, 'Some figures have not been updated since 11:18.');
    assert.deepEqual([shown.fetchedAt, shown.stale], [now - 120_000, undefined], 'the others were fetched');
  });

  it('are none that came in while the account could not be read', () => {
    const trouble = {
      kind: 'failed',
      error: new MetricsError('server', ''),
      since: now,
      askedAt: now - 60_000,
    } as const;
    const of = (ms: number): PanelSnapshot =>
      snapshot({
        account: account([busy], { accountStatus: trouble }),
        metrics: all((metric) => ({ ...good(metric), fetchedAt: now - ms })),
      });
    assert.deepEqual(states(of(30_000)), new Array(5).fill('ready'));
    assert.deepEqual(states(of(90_000)), new Array(5).fill('stale'));
    assert.equal(of(90_000).notice?.headline, 'These figures have not been updated since 14:16.');
  });

  it('reach to the moment at which they were read, whatever the row knows since', () => {
    const metrics = all((metric) => ({ ...good(metric), fetchedAt: now - 4 * 60_000 }));
    const shown = snapshot({ metrics, flow: { ...busy, dataUpTo: now, fetchedAt: now } });
    assert.deepEqual([shown.dataUpTo, shown.fetchedAt], [now - 4 * 60_000, now - 4 * 60_000]);
  });

  it('stay while Meta asks for a pause', () => {
    const trouble = { kind: 'throttled', retryAt: now + 32 * 60_000 } as const;
    const shown = snapshot({ account: account([busy], { accountStatus: trouble }) });
    assert.deepEqual(shown.notice, {
      headline: 'Meta asks for a pause.',
      text: 'Too many requests; reading goes on at 14:50.',
      actions: [],
    });
    assert.deepEqual(states(shown), new Array(5).fill('ready'));
    assert.equal(shown.verdict.word, 'Warning');
    const byHand = snapshot({ account: account([busy], { accountStatus: trouble, byHand: true }) });
    assert.equal(byHand.notice?.text, 'Too many requests; refresh again after 14:50.');
  });

  it('stay when the token ends', () => {
    const trouble = { kind: 'tokenRefused', error: new MetricsError('auth', '', { reason: 'expired' }) } as const;
    const shown = snapshot({ account: account([busy], { accountStatus: trouble }) });
    assert.equal(shown.notice?.headline, 'The access token has expired.');
    assert.deepEqual(labels(shown.notice.actions), ['Set Access Token…', 'Show Log']);
    assert.deepEqual(states(shown), new Array(5).fill('stale'));
    assert.equal(shown.whole, undefined);
  });

  it('stay when a server cannot be reached', () => {
    const trouble = { kind: 'offline', error: new MetricsError('network', '') } as const;
    const own = { name: 'M', source: 'server', baseUrl: 'http://127.0.0.1:8600' } as const;
    const shown = snapshot({ account: account([busy], { accountStatus: trouble, account: own }) });
    assert.equal(shown.notice?.text, 'The refresh failed: the server at 127.0.0.1:8600 could not be reached.');
  });

  it('stay when the meter ends, which is no failure that passes by itself', () => {
    const trouble = { kind: 'offline', error: new MetricsError('network', '') } as const;
    const meter = { name: 'M', source: 'meter' } as const;
    const shown = snapshot({ account: account([busy], { accountStatus: trouble, account: meter }) });
    assert.equal(shown.notice?.headline, 'The meter is not running.');
    assert.deepEqual(labels(shown.notice.actions), ['Start Meter…', 'Show Log']);
    assert.doesNotMatch(shown.notice.text, /failed|Trying again/);
  });
});

describe('dashboardSnapshot, of a server of one\u2019s own', () => {
  const milliseconds = {
    granularity: 'DAY',
    begins: Float64Array.of(startOfDay(today, metaZone)),
    p50: Float64Array.of(84),
    p90: Float64Array.of(310),
    p99: Float64Array.of(1240),
    period: { p50: 84, p90: 310, p99: 1240, count: 9 },
  } as const;
  const alert = {
    id: 'a',
    flowId: '1',
    type: 'ENDPOINT_AVAILABILITY',
    state: 'ACTIVATED',
    time: now - hourMs,
    text: 'Endpoint is down.',
  } as const;

  it('holds milliseconds and alerts, where there are any', () => {
    const sent = dashboardSnapshot(input({ milliseconds, alerts: [alert] }), formats);
    assert.equal(sent.milliseconds?.period.p90, 310);
    assert.equal(sent.alerts?.[0]?.metric, 'ENDPOINT_AVAILABILITY');
    const plainOne = dashboardSnapshot(input(), formats);
    assert.equal('milliseconds' in plainOne || 'alerts' in plainOne, false);
  });

  it('shows no milliseconds of a granularity that is not shown', () => {
    const hour: PanelView = { granularity: 'HOUR', range: '24h' };
    const shown = { view: hour, plan: planView(hour, now, metaZone) };
    assert.equal('milliseconds' in dashboardSnapshot(input({ milliseconds, shown }), formats), false);
  });
});

describe('dashboardSnapshot, in any state', () => {
  const someState = fc.oneof(
    fc.constant((): MetricState => ({})),
    fc.constant(good),
    fc.constant((metric: MetricName): MetricState => ({ series: seriesOf(metric, 'DAY', []), fetchedAt: now })),
    fc
      .tuple(fc.constantFrom(...metricsErrorKinds), fc.boolean())
      .map(([kind, kept]) => (metric: MetricName): MetricState => ({ ...(kept ? good(metric) : {}), ...failed(kind) })),
  );
  const troubles = fc.constantFrom<AccountFigures['accountStatus']>(
    undefined,
    ...(
      [
        'tokenMissing',
        'tokenRefused',
        'permission',
        'throttled',
        'offline',
        'withdrawn',
        'notFound',
        'noFlows',
        'failed',
      ] as const
    ).map((kind) => ({ kind })),
  );

  it('says everything in words, and nothing of an error itself', () => {
    fc.assert(
      fc.property(
        fc.array(someState, { minLength: 5, maxLength: 5 }),
        troubles,
        fc.boolean(),
        (made, trouble, unread) => {
          const shown = snapshot({
            flow: unread ? unjudged('notRead') : busy,
            metrics: Object.fromEntries(metricNames.map((metric, i) => [metric, made[i]!(metric)])),
            account: account([busy], trouble ? { accountStatus: trouble } : {}),
          });
          assert.equal(shown.sections.length, 5);
          for (const { metric, state, series, message, readAt } of shown.sections) {
            // The rate is computed from requests and errors, so it needs no series of its own.
            if (state === 'ready' && metric !== 'ENDPOINT_REQUEST_ERROR_RATE') assert.ok(series);
            if (state === 'stale') assert.ok(readAt);
            if (state === 'error' || state === 'no-data' || state === 'not-enough-data') assert.ok(message?.headline);
          }
          const text = JSON.stringify({
            ...shown,
            sections: shown.sections.map(({ message, readAt }) => [message, readAt]),
          });
          assert.doesNotMatch(text, /undefined|NaN|secret|\{\d\}/);
        },
      ),
      { numRuns: 300 },
    );
  });
});
