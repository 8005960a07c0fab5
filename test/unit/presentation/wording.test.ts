import assert from 'node:assert/strict';
import { dayMs, hourMs, metaZone, startOfDay } from '../../../src/contract/calendar';
import type { Account } from '../../../src/domain/account';
import { MetricsError, metricsErrorKinds, type MetricsErrorKind } from '../../../src/contract/errors';
import { metricNames } from '../../../src/contract/metric';
import { createFormats } from '../../../src/presentation/formats';
import { judge } from '../../../src/domain/health';
import { changeOf, metricTable } from '../../../src/presentation/metricTable';
import type { AccountStatus, HealthReason, PeriodTotals } from '../../../src/domain/model';
import { english } from '../../../src/presentation/translate';
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
import type { PanelView } from '../../../src/domain/view';
import { hasNoAvailability } from '../../../src/domain/flowRules';
import { flowName, levelLabel, statusLabel } from '../../../src/presentation/texts/labels';
import { sourceTexts } from '../../../src/presentation/texts/sourceTexts';
import {
  lastPhrase,
  lastTitle,
  periodTitle,
  periodPhrase,
  beforeLabel,
} from '../../../src/presentation/texts/periodTexts';
import { tokenTexts } from '../../../src/presentation/texts/tokenTexts';
import { changeShort, changeText } from '../../../src/presentation/texts/changeTexts';
import { markText } from '../../../src/presentation/texts/limitTexts';
import { missingTexts } from '../../../src/presentation/texts/missingTexts';
import {
  reasonText,
  spokenReasonText,
  shortCauseText,
  healthyFigureText,
  headlineText,
} from '../../../src/presentation/texts/reasonTexts';
import { errorText, withRetry } from '../../../src/presentation/texts/errorTexts';
import { unreachableAdvice } from '../../../src/presentation/texts/unreachableTexts';
import { accountStatusTexts } from '../../../src/presentation/texts/accountStatusTexts';
import { levelNewsText, type LevelNews } from '../../../src/presentation/texts/levelNews';
import type { Condition } from '../../../src/domain/condition';
import { notices } from '../../../src/presentation/texts/notices';

const t = english;
const metricDefinitions = metricNames.map((name) => metricTable[name]);
const formats = createFormats('en', 'UTC');
const now = Date.UTC(2026, 2, 12, 14, 18);
const speech = { ...formats, now };
const plain = (text: string): string => text.replaceAll('\u00a0', ' ');
const server: Account = { name: 'Mine', source: 'server', baseUrl: 'http://127.0.0.1:8600/api' };
const demo: Account = { name: 'Demo', source: 'demo' };
const meta = sourceTexts(metaAccount, t);

const rate: HealthReason = {
  level: 'warning',
  span: '24h',
  metric: 'ENDPOINT_REQUEST_ERROR_RATE',
  value: 0.124,
  threshold: 10,
};
const latency: HealthReason = {
  level: 'warning',
  span: '24h',
  metric: 'ENDPOINT_REQUEST_LATENCY_SECONDS_CEIL',
  value: 6,
  threshold: 5,
};
const availability: HealthReason = {
  level: 'critical',
  span: '24h',
  metric: 'ENDPOINT_AVAILABILITY',
  value: 0.85,
  threshold: 90,
};

describe('english', () => {
  it('fills places in any order, and leaves those without a value', () => {
    assert.equal(t('{1} of {0}, {1}', 3, 'a'), 'a of 3, a');
    assert.equal(t('{0} {2}', 'x'), 'x {2}');
    assert.equal(t('{0}', '{1}'), '{1}');
  });
});

describe('words', () => {
  it('for levels and statuses', () => {
    assert.deepEqual(
      (['healthy', 'attention', 'warning', 'critical', 'unknown'] as const).map((level) => levelLabel(level, t)),
      ['Healthy', 'Attention', 'Warning', 'Critical', 'Not judged'],
    );
    assert.deepEqual(
      ['DRAFT', 'PUBLISHED', 'DEPRECATED', 'BLOCKED', 'THROTTLED', 'ME\u202eLTED'].map((word) => statusLabel(word, t)),
      ['Draft', 'Published', 'Deprecated', 'Blocked', 'Throttled', 'MELTED'],
    );
  });

  it('for the other side', () => {
    assert.equal(meta.text, 'Meta, account “Bistro Nord”');
    assert.equal(meta.short, 'Meta');
    assert.equal(sourceTexts(demo, t).text, 'Demo data');
    assert.equal(sourceTexts({ name: 'M', source: 'meter' }, t).text, 'Your measurements');
    const own = sourceTexts(server, t);
    assert.deepEqual(
      [own.text, own.subject, own.object, own.isMeta],
      ['Server at 127.0.0.1:8600', 'The server at 127.0.0.1:8600', 'the server at 127.0.0.1:8600', false],
    );
    assert.equal(sourceTexts({ name: 'Mine', source: 'server', baseUrl: 'nonsense' }, t).short, 'Server at Mine');
    assert.equal(sourceTexts({ name: 'Mine', source: 'server' }, t).short, 'Server at Mine');
    const posing = { ...metaAccount, baseUrl: 'https://graph-facebook.example' };
    assert.equal(sourceTexts(posing, t).subject, 'The server at graph-facebook.example');
  });

  it('for names', () => {
    assert.equal(flowName(flow()), 'Table booking');
    assert.equal(flowName(flow({ name: '\u202e\u0000' })), '1204588317730952');
  });

  it('for periods', () => {
    const dates = { from: '2026-02-11', to: '2026-03-12' };
    const custom = { granularity: 'DAY', range: 'custom', ...dates } as const;
    assert.equal(lastTitle('24h', t), 'Last 24 hours');
    assert.equal(lastPhrase('7d', t), 'the last 7 days');
    const days = { begin: startOfDay(dates.from, metaZone), end: startOfDay('2026-03-12', metaZone) };
    const title = (view: PanelView, period = days): readonly (string | undefined)[] => {
      const { label, covers } = periodTitle(view, period, metaZone, speech);
      return [label, covers];
    };
    assert.deepEqual(title({ granularity: 'DAY', range: '30d' }), ['Last 30 days', 'Feb 11 – Mar 11']);
    assert.deepEqual(title({ granularity: 'LIFETIME', range: 'all' }), ['All time', undefined]);
    // Less is kept than a year.
    assert.deepEqual(title({ granularity: 'DAY', range: '1y' }), ['Feb 11 – Mar 11', undefined]);
    const year = { begin: startOfDay('2025-03-12', metaZone), end: startOfDay('2026-03-12', metaZone) };
    assert.deepEqual(title({ granularity: 'DAY', range: '1y' }, year), ['Last 365 days', 'Mar 12 – Mar 11']);
    // Mar 12 was chosen too, but is not over and not summed.
    assert.deepEqual(title(custom), ['Feb 11 – Mar 11', undefined]);
    const running = { begin: days.end, end: startOfDay('2026-03-13', metaZone) };
    assert.deepEqual(title(custom, running), ['Mar 12, so far', undefined]);
    const midnight = Date.UTC(2026, 2, 12);
    const hours = { begin: midnight - dayMs, end: midnight + 10 * hourMs };
    const byHour = { granularity: 'HOUR', range: 'custom', zone: 'UTC', ...dates } as const;
    assert.deepEqual(title(byHour, { ...hours, end: midnight }), ['Mar 11', undefined]);
    assert.deepEqual(title(byHour, hours), ['Mar 11, 00:00 – Mar 12, 10:00', undefined]);
    assert.deepEqual(title(byHour, { ...hours, begin: midnight }), ['Mar 12, 00:00 – 10:00', undefined]);
    assert.deepEqual(title({ granularity: 'HOUR', range: '24h' }, { ...hours, begin: hours.end - dayMs }), [
      'Last 24 hours',
      'Mar 11, 10:00 – Mar 12, 10:00',
    ]);
    assert.equal(periodPhrase(custom, dates, formats), 'Feb 11 to Mar 12');
    assert.equal(periodPhrase(custom, { from: dates.to, to: dates.to }, formats), 'Mar 12');
    assert.equal(periodPhrase({ granularity: 'LIFETIME', range: 'all' }, dates, formats), 'all time');
    assert.equal(periodPhrase({ granularity: 'DAY', range: '30d' }, dates, formats), 'the last 30 days');
    assert.equal(beforeLabel({ granularity: 'DAY', range: '30d' }, 30, t), 'compared with the 30 days before');
    assert.equal(beforeLabel({ granularity: 'HOUR', range: '24h' }, 24, t), 'compared with the 24 hours before');
    assert.equal(beforeLabel(custom, 12, t), 'compared with the 12 days before');
    assert.equal(beforeLabel(custom, 1, t), 'compared with the day before');
    assert.equal(beforeLabel({ ...custom, granularity: 'HOUR' }, 48, t), 'compared with the 48 hours before');
  });
});

describe('health sentences', () => {
  for (const [reason, written, spoken] of [
    [rate, 'error rate 12.4% is above 10%', 'error rate 12.4 percent is above 10 percent'],
    [latency, 'p90 latency (≤ 6 s) is above 5 s', 'p90 latency up to 6 seconds is above 5 seconds'],
    [{ ...latency, value: 11 }, 'p90 latency (> 10 s) is above 5 s', 'p90 latency over 10 seconds is above 5 seconds'],
    [availability, 'availability 85.0% is below 90%', 'availability 85.0 percent is below 90 percent'],
    [
      { ...rate, span: 'now' },
      'error rate 12.4% is above 10% in the last 3 hours',
      'error rate 12.4 percent is above 10 percent in the last 3 hours',
    ],
    [{ ...rate, value: 0.1001 }, 'error rate 10.01% is above 10%', 'error rate 10.01 percent is above 10 percent'],
    [
      { ...availability, value: 0.89999 },
      'availability 89.9% is below 90%',
      'availability 89.9 percent is below 90 percent',
    ],
  ] as const) {
    it(written, () => {
      assert.equal(plain(reasonText(reason, formats)), written);
      assert.equal(spokenReasonText(reason, formats), spoken);
    });
  }

  const cause = (which: NonNullable<HealthReason['cause']>, span: HealthReason['span'] = '24h'): HealthReason => ({
    level: 'unknown',
    span,
    cause: which,
  });
  for (const [which, long, short] of [
    ['blocked', 'Meta has blocked this flow: it can be neither sent nor opened', 'Blocked'],
    ['cannotSend', 'Meta does not let this flow be sent', 'Blocked'],
    ['throttled', 'Meta throttles this flow: 10 messages an hour', 'Throttled'],
    ['limited', 'Meta limits how often this flow can be sent', 'Limited'],
    ['draft', 'not published yet', 'draft'],
    ['deprecated', 'it can no longer be sent', 'deprecated'],
    ['noEndpoint', 'it has no endpoint', 'no endpoint'],
    ['notEnoughData', 'fewer than 250 requests in the last 24 hours', 'fewer than 250 requests'],
    ['noRequests', 'no requests in the last 24 hours', 'no requests'],
    ['tooFew', 'too few figures to judge in the last 24 hours', 'too few figures to judge'],
    ['notRead', 'not read yet', 'not read yet'],
    ['failed', 'its figures could not be read', 'could not be read'],
    ['auth', 'the access token has expired', 'token expired'],
  ] as const) {
    it(long, () => {
      assert.equal(reasonText(cause(which), formats), long);
      assert.equal(spokenReasonText(cause(which), formats), long);
      assert.equal(shortCauseText(cause(which), t), short);
    });
  }

  it("speak of the server's own rules", () => {
    const options = { minRequests: 100, token: 'there is no access token' };
    assert.equal(
      reasonText(cause('notEnoughData', '30d'), formats, options),
      'fewer than 100 requests in the last 30 days',
    );
    assert.equal(reasonText(cause('auth'), formats, options), 'there is no access token');
    assert.equal(shortCauseText(cause('notEnoughData'), t, { minRequests: 100 }), 'fewer than 100 requests');
  });

  it('of a healthy flow are its figures', () => {
    const report = judge({ flow: flow(), thresholds: defaultThresholds, window: '24h', totals: goodTotals });
    assert.equal(plain(headlineText(report, formats)), 'error rate 0.4%, p90 latency ≤ 1 s, availability 99.2%');
  });

  it('say what is fine and what is not known', () => {
    assert.equal(
      healthyFigureText({ level: 'healthy', span: '24h', metric: 'ENDPOINT_AVAILABILITY', value: 0.986 }, formats),
      'Availability 98.6% is fine',
    );
    assert.deepEqual(missingTexts([], undefined, formats), []);
    assert.deepEqual(missingTexts(['ENDPOINT_REQUEST_LATENCY_SECONDS_CEIL'], undefined, formats), [
      'Latency is not known',
    ]);
    assert.deepEqual(
      missingTexts(['ENDPOINT_REQUEST_LATENCY_SECONDS_CEIL', 'ENDPOINT_AVAILABILITY'], undefined, formats),
      ['Latency and availability are not known'],
    );
  });

  it('tell what stands on too little from what is not known', () => {
    const of = (more: Partial<PeriodTotals>, base: PeriodTotals = goodTotals): readonly string[] => {
      const shown: PeriodTotals = { ...base, ...more };
      const { missing } = judge({ flow: flow(), thresholds: defaultThresholds, window: '24h', totals: shown });
      return missingTexts(missing, shown, formats);
    };
    assert.deepEqual(of({}), []);
    assert.deepEqual(of({ succeeded: 9, failed: 0, availability: 1 }), [
      'Availability is not judged yet: fewer than 10 checks',
    ]);
    assert.deepEqual(of({ succeeded: 10, failed: 0, availability: 1 }), []);
    assert.deepEqual(of({ requests: 19, measured: 19 }), [
      'Error rate and latency are not judged yet: fewer than 20 requests',
    ]);
    assert.deepEqual(of({ requests: 25, measured: 19 }), [
      'Latency is not judged yet: fewer than 20 requests that were served',
    ]);
    const unchecked = { ...goodTotals, requests: 5, measured: 5, succeeded: 0, failed: 0 };
    delete (unchecked as { availability?: number }).availability;
    assert.deepEqual(of({}, unchecked), [
      'Error rate and latency are not judged yet: fewer than 20 requests',
      'Availability is not known',
    ]);
  });
});

describe('changes', () => {
  const text = (metric: (typeof metricNames)[number], now_?: PeriodTotals, before?: PeriodTotals): string =>
    plain(changeText(changeOf(metric, now_, before, formats), t));
  const short = (metric: (typeof metricNames)[number], now_?: PeriodTotals, before?: PeriodTotals): string =>
    plain(changeShort(changeOf(metric, now_, before, formats), t));

  it('read as the examples', () => {
    assert.deepEqual(
      metricNames.map((metric) => text(metric, busyTotals, quietTotals)),
      ['↑ 14% more', '↑ 12% more', '↓ 0.2 pts better', '↑ 1 s slower', 'no change'],
    );
    assert.deepEqual(
      metricNames.map((metric) => short(metric, busyTotals, quietTotals)),
      ['↑ 14%', '↑ 12%', '↓ 0.2 pts', '↑ 1 s', 'no change'],
    );
    assert.deepEqual(
      metricNames.map((metric) => text(metric, quietTotals, busyTotals)),
      ['↓ 12% fewer', '↓ 11% fewer', '↑ 0.2 pts worse', '↓ 1 s faster', 'no change'],
    );
  });

  it('of counts', () => {
    const of = (a: number, b: number): string =>
      text('ENDPOINT_REQUEST_COUNT', totals({ requests: a }), totals({ requests: b }));
    assert.equal(of(106, 100), '↑ 6% more');
    assert.equal(of(593, 100), '↑ 493% more');
    assert.equal(of(999, 100), '↑ 899% more');
    assert.equal(of(1000, 100), '↑ ×10 more');
    assert.equal(of(50184, 400), '↑ ×125 more');
    assert.equal(of(1004, 1000), 'no change');
    assert.equal(of(0, 100), '↓ 100% fewer');
    assert.equal(of(12, 0), '↑ 12 more');
    assert.equal(of(0, 0), 'no change');
  });

  it('of rates and availability, in points', () => {
    const rates = (a: number, b: number): string =>
      text('ENDPOINT_REQUEST_ERROR_RATE', totals({ errorRate: a }), totals({ errorRate: b }));
    assert.equal(rates(0.063, 0.011), '↑ 5.2 pts worse');
    assert.equal(rates(0.0114, 0.0112), 'no change');
    assert.equal(rates(0.0114, 0.0118), '↓ 0.1 pts better', '1.1% after 1.2%');
    assert.equal(rates(0.0124, 0.0077), '↑ 0.4 pts worse', '1.2% after 0.8%');
    assert.equal(rates(0.0505, 0.05), '↑ 0.1 pts worse');
    const up = (a: number, b: number): string =>
      text('ENDPOINT_AVAILABILITY', totals({ availability: a }), totals({ availability: b }));
    assert.equal(up(0.987, 0.996), '↓ 0.9 pts worse');
    assert.equal(up(0.996, 0.987), '↑ 0.9 pts better');
    assert.equal(up(0.9861, 0.9689), '↑ 1.8 pts better', '98.6% after 96.8%');
    assert.equal(up(0.9869, 0.9861), 'no change', '98.6% after 98.6%');
  });

  it('are none where something is unknown', () => {
    for (const metric of metricNames) {
      assert.equal(text(metric, busyTotals, undefined), 'not comparable');
      assert.equal(text(metric, undefined, busyTotals), 'not comparable');
      assert.equal(text(metric, busyTotals, totals()), 'not comparable');
      assert.equal(short(metric, busyTotals, totals()), '');
    }
  });
});

describe('metric table', () => {
  it('names, writes and speaks each figure', () => {
    assert.deepEqual(
      metricDefinitions.map((one) =>
        plain([one.label(t), one.figureLabel(t), one.format(one.value(busyTotals), formats)].join('|')),
      ),
      [
        'Requests|Requests|1,612',
        'Errors|Errors|200',
        'Error rate|Error rate|12.4%',
        'Latency|p90 latency|≤ 6 s',
        'Availability|Availability|98.6%',
      ],
    );
    assert.deepEqual(
      metricDefinitions.map((one) => plain(one.compact(one.value(busyTotals), formats))),
      ['1,612 requests', '200 errors', '12.4% errors', 'p90 ≤ 6 s', '98.6% up'],
    );
    assert.deepEqual(
      metricDefinitions.map((one) => one.formatSpoken(one.value(busyTotals), formats)),
      ['1,612', '200', '12.4 percent', 'up to 6 seconds', '98.6 percent'],
    );
    assert.deepEqual(
      metricDefinitions.map(({ icon }) => icon),
      ['graph', 'bug', 'graph-line', 'watch', 'pulse'],
    );
    assert.deepEqual(
      metricDefinitions.map((one) => one.sample(busyTotals)),
      [1612, 1612, 1612, 1412, 1000],
    );
    for (const one of metricDefinitions) {
      assert.equal(one.format(undefined, formats), '–');
      assert.equal(metricTable[one.name], one);
    }
  });

  it('marks tiles', () => {
    assert.equal(markText('ENDPOINT_REQUEST_ERROR_RATE', 5, formats), 'above 5%');
    assert.equal(plain(markText('ENDPOINT_REQUEST_LATENCY_SECONDS_CEIL', 1, formats)), 'above 1 s');
    assert.equal(markText('ENDPOINT_AVAILABILITY', 90, formats), 'below 90%');
  });
});

describe('failures', () => {
  const error = (kind: MetricsErrorKind, details: MetricsError['details'] = {}): MetricsError =>
    new MetricsError(kind, 'secret text', details);

  it('are sentences about who did what', () => {
    for (const [kind, details, text] of [
      ['timeout', {}, 'Meta did not answer in time.'],
      ['network', {}, 'Meta could not be reached.'],
      ['network', { unreachable: 'name' }, 'Meta could not be reached: its name cannot be looked up.'],
      ['network', { unreachable: 'refused' }, 'Meta could not be reached: it refuses the connection.'],
      ['network', { unreachable: 'certificate' }, 'Meta could not be reached: its certificate is not trusted.'],
      ['network', { unreachable: 'proxy' }, 'Meta could not be reached: the proxy does not answer.'],
      ['server', { code: 2, transient: true }, 'Meta answered with a temporary error (code 2).'],
      ['server', { code: 5 }, 'Meta answered with an error (code 5).'],
      ['server', { httpStatus: 502 }, 'Meta answered with an error (HTTP 502).'],
      ['server', {}, 'Meta answered with an error.'],
      ['rateLimited', {}, 'Meta asks for a pause.'],
      ['rateLimited', { own: true }, 'Flowmeter makes no more than 100 calls an hour for this account.'],
      ['rateLimited', { own: true, usedPercent: 95.7 }, '95% of the calls that Meta allows are used up.'],
      ['invalidResponse', {}, 'The answer from Meta could not be understood.'],
      ['auth', {}, 'Meta refused the access token.'],
      ['permission', {}, 'The token needs the permission whatsapp_business_management.'],
      ['notFound', {}, 'Meta does not know this flow.'],
      ['invalidRequest', {}, 'Meta refused the request.'],
      ['invalidRequest', { parameter: 'since' }, 'Meta refused the request: its “since” is not allowed.'],
    ] as const) {
      assert.equal(errorText(error(kind, details), meta, t), text);
    }
  });

  it('say what to do where no answer came', () => {
    const [ofMeta, ofServer] = [meta, sourceTexts(server, t)].map((source) => (more: MetricsError['details']) => {
      return unreachableAdvice(error('network', more), source, t);
    });
    assert.equal(ofMeta!({ unreachable: 'name' }), 'Check your network connection.');
    assert.equal(ofServer!({ unreachable: 'name' }), 'Check the address and your network connection.');
    assert.equal(ofServer!({ unreachable: 'refused' }), 'Check that the server runs, and its port.');
    assert.equal(ofMeta!({ unreachable: 'proxyLogin' }), 'Check the proxy in the setting “http.proxy”.');
    assert.equal(ofMeta!({}), 'Check network, proxy and firewall, then try again.');
    assert.match(unreachableAdvice(error('timeout'), meta, t) ?? '', /try again/);
    assert.equal(unreachableAdvice(error('auth'), meta, t), undefined);
  });

  it("never show the error's own text", () => {
    for (const kind of metricsErrorKinds) {
      const text = errorText(error(kind), sourceTexts(server, t), t);
      assert.ok(text.endsWith('.') && !text.includes('secret') && !text.includes('undefined'), text);
    }
  });

  it('say when reading goes on', () => {
    assert.equal(withRetry('No.', now + 900_000, speech), 'No. Trying again at 14:33.');
    assert.equal(withRetry('No.', now + dayMs, speech), 'No. Trying again at Mar 13, 14:18.');
    assert.equal(withRetry('No.', now - 1, speech), 'No.');
    assert.equal(withRetry('No.', now + 900_000, speech, true), 'No. Refresh again after 14:33.');
    assert.equal(withRetry('No.', undefined, speech), 'No.');
  });

  it('of a token', () => {
    const words = (reason?: 'expired' | 'passwordChanged' | 'invalid', missing = false): string[] =>
      Object.values(tokenTexts(reason && error('auth', { reason }), missing, formats));
    assert.deepEqual(words('expired'), [
      'The access token has expired',
      'the access token has expired',
      'Token expired',
      'token expired',
    ]);
    assert.deepEqual(words(), words('expired'));
    assert.equal(words('invalid')[0], 'The access token is not valid');
    assert.equal(words('passwordChanged')[0], 'The access token ended with a change of password');
    assert.deepEqual(words(undefined, true), [
      'There is no access token',
      'there is no access token',
      'Token missing',
      'token missing',
    ]);
  });

  it('of an account', () => {
    const words = (trouble: AccountStatus, account = metaAccount): string[] =>
      Object.values(accountStatusTexts(trouble, { account }, speech));
    assert.deepEqual(words({ kind: 'tokenRefused', error: error('auth', { reason: 'expired' }) }), [
      'Token expired',
      'Set Access Token…',
      'The access token has expired. Meta refused the token of “Bistro Nord”. Set a new one.',
    ]);
    const refused: AccountStatus = { kind: 'tokenRefused', error: error('auth', { reason: 'invalid' }) };
    assert.equal(
      accountStatusTexts(refused, { account: metaAccount, isEntering: true }, speech).text,
      'The access token is not valid. Meta refused the token of “Bistro Nord”. Enter another one.',
    );
    assert.deepEqual(words({ kind: 'tokenMissing' }), [
      'Token missing',
      'Set Access Token…',
      '“Bistro Nord” has no access token for Meta on this computer. Set one to read its flows.',
    ]);
    const elsewhere: Account = { ...metaAccount, source: 'server', baseUrl: 'https://graph-facebook.example' };
    assert.deepEqual(words({ kind: 'tokenMissing' }, elsewhere), [
      'Token missing',
      'graph-facebook.example · Set Access Token…',
      '“Bistro Nord” has no access token for the server at graph-facebook.example on this computer. Set one to read its flows.',
    ]);
    assert.deepEqual(words({ kind: 'permission' }), [
      'A permission is missing',
      'whatsapp_business_management',
      'The token of “Bistro Nord” needs the permission whatsapp_business_management.',
    ]);
    assert.deepEqual(words({ kind: 'throttled', retryAt: now + 32 * 60_000 }), [
      'Paused by Meta’s API limit until 14:50',
      '',
      'Meta asks for a pause. Too many requests; reading goes on at 14:50.',
    ]);
    assert.equal(words({ kind: 'throttled' })[0], 'Paused by Meta’s API limit');
    const ownPause = { kind: 'throttled', error: error('rateLimited', { own: true }) } as const;
    for (const account of [metaAccount, server]) {
      assert.deepEqual(words({ ...ownPause, retryAt: now + 32 * 60_000 }, account), [
        'Paused by Flowmeter’s own limit until 14:50',
        '',
        'A pause, to keep within limits. Flowmeter makes no more than 100 calls an hour for this account; reading goes on at 14:50.',
      ]);
      assert.equal(words(ownPause, account)[0], 'Paused by Flowmeter’s own limit');
    }
    const early = error('rateLimited', { own: true, usedPercent: 95.7 });
    assert.deepEqual(
      words({ kind: 'throttled', error: early }),
      [
        'Paused by Meta’s API limit',
        '',
        'A pause, to keep within limits. 95% of the calls that Meta allows are used up.',
      ],
      'Flowmeter stops by itself, but for a limit of Meta',
    );
    const byHand = accountStatusTexts(
      { kind: 'throttled', retryAt: now + 32 * 60_000 },
      { account: metaAccount, byHand: true },
      speech,
    );
    assert.equal(byHand.text, 'Meta asks for a pause. Too many requests; refresh again after 14:50.');
    assert.deepEqual(words({ kind: 'offline', retryAt: now + hourMs }), [
      'Offline',
      'Meta could not be reached',
      'Meta could not be reached. Trying again at 15:18.',
    ]);
    assert.deepEqual(words({ kind: 'withdrawn' }), [
      'Metrics no longer available',
      'Meta',
      'Meta has closed its Metrics API. It had announced this for April 30, 2026. What the meter measures at your endpoint can take its place.',
    ]);
    const wrongId = { kind: 'notFound', error: error('notFound', { objectType: 'Business' }) } as const;
    assert.deepEqual(words(wrongId), [
      'Wrong ID',
      'of a business portfolio',
      'The ID 1 of “Bistro Nord” is that of a business portfolio, not of a WhatsApp Business Account. Connect again with the right one: WhatsApp Manager shows it under Account tools › Overview.',
    ]);
    for (const [type, what] of [
      ['page', 'a Facebook page'],
      ['WhatsAppBusinessPhoneNumber', 'a phone number'],
      ['application', 'an app'],
      ['user', 'a user'],
      ['WhatsAppFlow', 'a flow'],
      ['AdAccount', 'an object of the type AdAccount'],
    ] as const) {
      const [, , text] = words({ kind: 'notFound', error: error('notFound', { objectType: type }) });
      assert.ok(text?.includes(`is that of ${what}, not of`), text);
    }
    assert.equal(words({ kind: 'withdrawn' }, server)[2], 'The server at 127.0.0.1:8600 no longer has metrics.');
    assert.equal(words({ kind: 'notFound' })[0], 'Account not found');
    assert.deepEqual(words({ kind: 'noFlows' }), [
      'No flows yet',
      '',
      '“Bistro Nord” has no flows yet. Create one in WhatsApp Manager, then refresh.',
    ]);
    assert.equal(words({ kind: 'failed', error: error('timeout') })[2], 'Meta did not answer in time.');
    assert.equal(words({ kind: 'failed' })[2], '“Bistro Nord” could not be read.');
  });

  it('as notifications', () => {
    assert.equal(notices.tokenRefused(metaAccount, undefined, t), 'The access token of “Bistro Nord” has expired.');
    assert.equal(
      notices.tokenRefused(metaAccount, error('auth', { reason: 'invalid' }), t),
      'The access token of “Bistro Nord” is not valid.',
    );
    assert.equal(
      notices.refreshFailed('Table booking', error('timeout'), metaAccount, now - 3 * hourMs, speech),
      'Could not refresh Table booking: Meta did not answer in time. The figures from 11:18 stay.',
    );
    assert.equal(
      notices.refreshFailed('Table booking', error('network'), server, undefined, speech),
      'Could not refresh Table booking: the server at 127.0.0.1:8600 could not be reached.',
    );
    assert.equal(notices.saved('table-booking-day.csv', t), 'Saved table-booking-day.csv.');
    assert.equal(notices.removeQuestion('Bistro Nord', t), 'Remove “Bistro Nord”?');
    const kept = 'The days and marks that are kept of its flows on this computer are deleted.';
    assert.equal(
      notices.removeDetail(metaAccount, t),
      `Its token is deleted from this computer. ${kept} Nothing changes at Meta.`,
    );
    assert.equal(
      notices.removeDetail(server, t),
      `Its token is deleted from this computer. ${kept} Nothing changes at the server at 127.0.0.1:8600.`,
    );
    assert.match(notices.removeDetail({ name: 'Meter', source: 'meter' }, t), /^The meter stops\. .* are deleted\.$/);
    assert.match(notices.removeDetail({ name: 'Demo', source: 'demo' }, t), /^Its marks are deleted\./);
  });
});

describe('levelNewsText', () => {
  const one = (
    level: 'critical' | 'warning' | 'attention' | 'healthy',
    from: Condition,
    name = 'Table booking',
  ): LevelNews => {
    const reasons =
      level === 'healthy' ? [] : [{ ...rate, level, ...(level === 'critical' ? { value: 0.62, threshold: 50 } : {}) }];
    const report = { level, reasons, fine: [], missing: [] };
    const found = figures({ flow: flow({ name }), report });
    return { account: account([found]), figures: found, from };
  };
  const fine: Condition = { alarm: 'fine', meta: 'none' };
  const warning: Condition = { alarm: 'warning', meta: 'none' };
  const critical: Condition = { alarm: 'critical', meta: 'none' };

  it('says what one flow is now, and why', () => {
    assert.equal(
      levelNewsText([one('critical', fine)], 'worse', false, speech),
      '“Table booking” is now critical. Error rate 62.0% is above 50%.',
    );
    assert.equal(
      levelNewsText([one('warning', fine)], 'worse', true, speech),
      '“Table booking (Bistro Nord)” is now in warning. Error rate 12.4% is above 10%.',
    );
    assert.equal(
      levelNewsText([one('healthy', critical)], 'better', false, speech),
      '“Table booking” is healthy again.',
    );
    assert.equal(
      levelNewsText([one('warning', critical)], 'better', false, speech),
      '“Table booking” is no longer critical. Error rate 12.4% is above 10%.',
    );
    assert.equal(
      levelNewsText([one('attention', warning)], 'better', false, speech),
      '“Table booking” is no longer in warning. Error rate 12.4% is above 10%.',
    );
  });

  it('says what Meta does to a flow that was as bad before', () => {
    const figuresOf = one('warning', warning);
    const reasons: HealthReason[] = [
      ...figuresOf.figures.report.reasons,
      { level: 'warning', span: 'meta', cause: 'throttled' },
    ];
    const news = { ...figuresOf, figures: { ...figuresOf.figures, report: { ...figuresOf.figures.report, reasons } } };
    assert.equal(
      levelNewsText([news], 'worse', false, speech),
      '“Table booking” is now in warning. Meta throttles this flow: 10 messages an hour.',
    );
  });

  it('names three of several flows, the worst first', () => {
    const names = ['A', 'B', 'C', 'D', 'E'];
    assert.equal(
      levelNewsText(
        names.slice(0, 2).map((name) => one('critical', fine, name)),
        'worse',
        false,
        speech,
      ),
      '2 flows are now critical: A and B.',
    );
    assert.equal(
      levelNewsText(
        names.map((name) => one('warning', fine, name)),
        'worse',
        false,
        speech,
      ),
      '5 flows are now in warning: A, B, C, and 2 more.',
    );
    assert.equal(
      levelNewsText([one('warning', fine, 'A'), one('critical', fine, 'B')], 'worse', false, speech),
      '2 flows got worse. B: Critical and A: Warning.',
    );
    assert.equal(
      levelNewsText(
        names.slice(0, 2).map((name) => one('healthy', critical, name)),
        'better',
        false,
        speech,
      ),
      '2 flows are healthy again: A and B.',
    );
    assert.equal(
      levelNewsText([one('healthy', critical, 'A'), one('warning', critical, 'B')], 'better', false, speech),
      '2 flows got better. B: Warning and A: Healthy.',
    );
  });
});

describe('isUnchecked', () => {
  it('knows versions below 3.0, and doubts what it does not know', () => {
    assert.deepEqual(
      ['2.1', '2', '3.0', '3.1', '10.0', 'new', undefined].map((dataApiVersion) =>
        hasNoAvailability(flow(dataApiVersion === undefined ? {} : { dataApiVersion })),
      ),
      [true, true, false, false, false, false, false],
    );
  });
});
