import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { MetricName } from '../../../src/contract/metric';
import type { HealthWindow } from '../../../src/domain/model';
import {
  parseOverviewIntent,
  type ComparedFigures,
  type OverviewComparison,
  type OverviewRow,
} from '../../../src/presentation/overview/overviewProtocol';
import {
  overviewMarks,
  bistro,
  inTrouble,
  manyFlows,
  OverviewStage,
  shop,
  twoAccounts,
} from '../../webview/fixtures/overview';
import { atLevels, directionOf, matching, sorted, sortKeys } from '../../../webview/overview/rowOrder';
import { noTicks, tickedKeys, savedTicks, toggled } from '../../../webview/overview/ticks';

describe('parseOverviewIntent', () => {
  it('takes what the page sends, and nothing else of it', () => {
    const intents = [
      { type: 'ready', zone: 'Asia/Kolkata' },
      { type: 'ready' },
      { type: 'open', key: '1@Bistro' },
      { type: 'compare', keys: ['1@Bistro', '2@Bistro'], range: '7d' },
      { type: 'compare', keys: [], range: '24h' },
      { type: 'action', name: 'setToken', account: 'Bistro' },
      { type: 'action', name: 'refresh' },
    ];
    for (const intent of intents) assert.deepEqual(parseOverviewIntent({ ...intent, extra: 1 }), intent);
  });

  it('refuses everything else', () => {
    for (const message of [
      undefined,
      null,
      'ready',
      {},
      { type: 'open' },
      { type: 'open', key: 7 },
      { type: 'action', name: 'deleteData' },
      { type: 'action' },
      { type: 'compare', keys: ['1@Bistro'] },
      { type: 'compare', keys: ['1@Bistro'], range: '90d' },
      { type: 'compare', keys: [1], range: '7d' },
      { type: 'compare', keys: ['1', '2', '3', '4', '5', '6'], range: '7d' },
      { type: 'setView' },
    ])
      assert.equal(parseOverviewIntent(message), undefined);
    assert.deepEqual(parseOverviewIntent({ type: 'ready', zone: 'Mars' }), { type: 'ready' });
    assert.deepEqual(parseOverviewIntent({ type: 'action', name: 'refresh', account: 7 }), {
      type: 'action',
      name: 'refresh',
    });
  });

  it('never throws', () => fc.assert(fc.property(fc.anything(), (message) => void parseOverviewIntent(message))));
});

describe('overviewSnapshot', () => {
  const rowNamed = (rows: readonly OverviewRow[], name: string): OverviewRow => rows.find((row) => row.name === name)!;

  it('has each flow of all accounts once, worst first', () => {
    const { rows, accounts } = twoAccounts().snapshot();
    assert.deepEqual(
      rows.map(({ level }) => level),
      [...Array<string>(2).fill('critical'), ...Array<string>(3).fill('warning')].concat(
        Array<string>(4).fill('healthy'),
        Array<string>(3).fill('unknown'),
      ),
    );
    assert.equal(new Set(rows.map(({ key }) => key)).size, 12);
    assert.deepEqual(
      accounts.map(({ key, source, reading }) => [key, source, reading]),
      [
        ['Bistro Nord', 'Meta', false],
        ['Shop', 'Meta', false],
      ],
    );
  });

  it('names figures, what they were before, and the level that each crosses by itself', () => {
    const { figures, reason, status } = rowNamed(twoAccounts().snapshot().rows, 'Table booking');
    const { value, before, level } = figures.ENDPOINT_REQUEST_ERROR_RATE!;
    assert.equal(Math.round(value * 1000), 122);
    assert.ok(before !== undefined && before > value);
    assert.equal(level, 'warning');
    assert.equal(figures.ENDPOINT_REQUEST_COUNT?.level, undefined, 'counts are not judged');
    assert.equal(reason, 'Error rate 12.2% is above 10%');
    assert.equal(status, 'PUBLISHED');
  });

  it('shows no figures of drafts, deprecated flows and flows with too few requests, and says why', () => {
    const { rows } = twoAccounts().snapshot();
    for (const [name, reason] of [
      ['Product survey', 'Not published yet'],
      ['Summer raffle', 'It can no longer be sent'],
      ['Partner onboarding', 'Fewer than 250 requests in the last 24 hours'],
    ] as const) {
      const row = rowNamed(rows, name);
      assert.deepEqual([row.figures, row.trend, row.reason], [{}, undefined, reason]);
    }
  });

  it('draws requests in percent of the busiest hour, errors among them, and no data as none', () => {
    const { trend } = rowNamed(twoAccounts().snapshot().rows, 'Delivery slot');
    assert.equal(trend?.requests.length, 24);
    assert.equal(trend.errors.length, 24);
    assert.equal(Math.max(...trend.requests.map((one) => one ?? 0)), 100);
    for (const [i, errors] of trend.errors.entries()) assert.ok(errors <= trend.requests[i]! + 1);
    assert.ok(trend.errors.at(-1)! > trend.requests.at(-1)! / 2, 'the outage is in sight');
  });

  it('says of an account that failed why, and of its flows how old their figures are', () => {
    const { rows, accounts } = inTrouble().snapshot();
    assert.deepEqual(accounts[0]?.trouble?.action, { name: 'refresh', label: 'Refresh' });
    assert.match(accounts[0].trouble.text, /^Meta could not be reached/);
    assert.equal(accounts[1]?.trouble, undefined);
    const ages = new Map(rows.map(({ account, age }) => [account, age]));
    assert.deepEqual(
      [...ages],
      [
        ['Bistro Nord', 'not updated since 14:18'],
        ['Shop', undefined],
      ],
    );
    assert.ok(rows[0]?.figures.ENDPOINT_REQUEST_COUNT);
  });

  it('sums a flow once as long as nothing of it is new', () => {
    const stage = twoAccounts();
    const [first, second] = [stage.snapshot().rows, stage.snapshot().rows];
    for (const [i, row] of first.entries()) {
      if (row.trend) assert.equal(row.trend, second[i]?.trend);
    }
    stage.read(shop, [{ name: 'Gift card balance', character: 'down' }]);
    const third = stage.snapshot().rows;
    assert.equal(rowNamed(third, 'Gift card balance').level, 'critical');
    assert.equal(rowNamed(third, 'Delivery slot').trend, rowNamed(first, 'Delivery slot').trend);
  });

  it('is there before anything was read', () => {
    const { rows, accounts } = new OverviewStage([bistro]).snapshot();
    assert.deepEqual([rows, accounts.map(({ reading }) => reading)], [[], [true]]);
    assert.deepEqual(new OverviewStage([]).snapshot().accounts, []);
  });

  it('is made of a thousand flows soon, and sooner where nothing of them is new', () => {
    const stage = manyFlows(1000);
    const [first, again] = [timed(() => stage.snapshot()), timed(() => stage.snapshot())];
    // Generous: the machine of a test does other things, too.
    assert.ok(first < 1500 && again < first, `${first} ms, ${again} ms`);
  });

  function timed(action: () => unknown): number {
    const begun = performance.now();
    action();
    return performance.now() - begun;
  }
});

describe('The comparison of the overview', () => {
  const keys = ['1204588317730000@Bistro Nord', '1204588317730006@Bistro Nord', '1300000000000000@Shop'];
  const comparisonIn = (range: HealthWindow): OverviewComparison =>
    twoAccounts().compare(keys, range).snapshot().comparison!;

  it('has the marks of all flows and of the compared ones, these with their names, each once', () => {
    const stage = twoAccounts().mark(overviewMarks);
    const marks = stage.compare(['1204588317730000@Bistro Nord', '1300000000000000@Shop'], '24h').snapshot().comparison!
      .marks;
    assert.deepEqual(
      marks.map(({ kind, text }) => `${kind} ${text}`),
      ['own v1.4.2', 'meter <b>new menu</b> (Table booking)', 'git v1.4.3'],
    );
    assert.deepEqual(
      stage.compare(['1204588317730001@Bistro Nord', '1300000000000000@Shop'], '24h').snapshot().comparison!.marks
        .length,
      2,
    );
  });

  it('has the same intervals for all flows, about thirty of each period', () => {
    for (const [range, granularity, hours, count] of [
      ['24h', 'HOUR', 1, 24],
      ['7d', 'HOUR', 6, 28],
      ['30d', 'DAY', 0, 30],
    ] as const) {
      const comparison = comparisonIn(range);
      assert.deepEqual(
        [comparison.granularity, comparison.hours, comparison.spans.length],
        [granularity, hours, count],
      );
      for (const { figures } of comparison.flows) assert.equal(figures.length, count);
      for (const [i, { begin }] of comparison.spans.entries()) {
        if (i > 0) assert.equal(begin, comparison.spans[i - 1]?.end);
      }
    }
  });

  it('sums what each step holds, and has a rate of sums', () => {
    const stage = twoAccounts().compare(keys, '24h');
    const { rows, comparison } = stage.snapshot();
    const whole = rows.find(({ key }) => key === keys[0])!.figures.ENDPOINT_REQUEST_COUNT!.value;
    const sum = (figures: readonly ComparedFigures[]): number =>
      figures.reduce((total, { ENDPOINT_REQUEST_COUNT: count = 0 }) => total + count, 0);
    assert.equal(sum(comparison!.flows[0]!.figures), whole);
    const days = comparisonIn('7d').flows[0]!.figures;
    assert.equal(sum(days.slice(-4)), whole, 'four steps of six hours are a day');
    for (const values of days) {
      const { ENDPOINT_REQUEST_ERROR: errors, ENDPOINT_REQUEST_COUNT: requests } = values;
      assert.equal(values.ENDPOINT_REQUEST_ERROR_RATE, errors! / requests!);
    }
  });

  it('says why a flow has no line', () => {
    const { flows } = comparisonIn('24h');
    assert.deepEqual(
      flows.map(({ note }) => note),
      [undefined, 'fewer than 250 requests', undefined],
    );
    assert.deepEqual(flows[1]?.figures[0], {});
    const stage = twoAccounts();
    stage.compare(keys, '24h');
    stage.state.dashboards.clear('Shop');
    assert.equal(stage.snapshot().comparison?.flows[2]?.note, 'reading…');
  });

  it('is absent where nothing is ticked', () => {
    assert.equal(twoAccounts().compare([], '24h').snapshot().comparison, undefined);
  });
});

describe('Ticks', () => {
  it('keep their places while others come and go, five at most', () => {
    let ticks = noTicks;
    for (const key of ['a', 'b', 'c', 'd', 'e', 'f']) ticks = toggled(ticks, key);
    assert.deepEqual(ticks, ['a', 'b', 'c', 'd', 'e']);
    ticks = toggled(ticks, 'b');
    assert.deepEqual(tickedKeys(ticks), ['a', 'c', 'd', 'e']);
    assert.deepEqual(toggled(ticks, 'f'), ['a', 'f', 'c', 'd', 'e']);
  });

  it('are taken over from what was saved, as far as it makes sense', () => {
    assert.deepEqual(savedTicks(['a', null, 'a', 7, 'e', 'f']), ['a', null, null, null, 'e']);
    assert.deepEqual(savedTicks('abc'), noTicks);
  });
});

describe('The order of the overview', () => {
  const { rows } = twoAccounts().snapshot();

  it('puts what is not known last, whichever way it is sorted', () => {
    for (const key of sortKeys) {
      for (const reversed of [false, true]) {
        for (const byChange of [false, true]) {
          const order = sorted(rows, { key, reversed, byChange });
          assert.deepEqual(new Set(order), new Set(rows), 'no flow is lost');
          const figure = order.map((row) => row.figures[key as MetricName]?.value);
          if (figure.every((value) => value === undefined)) continue;
          const firstUnknown = figure.indexOf(undefined);
          assert.ok(figure.slice(firstUnknown).every((value) => value === undefined));
          if (byChange) continue;
          const known = figure.slice(0, firstUnknown).map((value) => value!);
          const sign = directionOf({ key, reversed, byChange }) === 'ascending' ? 1 : -1;
          assert.deepEqual(
            known,
            [...known].sort((a, b) => sign * (a - b)),
          );
        }
      }
    }
  });

  it('finds flows by every word of name, id, status, level and reason', () => {
    const found = (text: string): string[] => matching(rows, { levels: [], text }).map(({ name }) => name);
    assert.deepEqual(found('THROTTLED'), ['Insurance quote']);
    assert.deepEqual(found('1204588317730001 slot'), ['Delivery slot']);
    assert.deepEqual(found('not judged raffle'), ['Summer raffle']);
    assert.deepEqual(found('nothing like that'), []);
    assert.equal(matching(rows, { levels: [], text: ' ', account: 'Shop' }).length, 4);
    assert.equal(atLevels(rows, { levels: ['critical', 'warning'], text: '' }).length, 5);
  });
});
