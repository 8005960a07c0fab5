/** Which flows stand where in the tree, and what is said of those that are left out. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { AccountFigures, FlowFigures, HealthLevel, HealthReport, Snapshot } from '../../../src/domain/model';
import { createFormats } from '../../../src/presentation/formats';
import { accountRow } from '../../../src/presentation/rows/accountRow';
import {
  arrangeFlows,
  groupings,
  type Arrangement,
  type ArrangedFlow,
  type FlowGroup,
} from '../../../src/presentation/rows/arrangement';
import { flowRow } from '../../../src/presentation/rows/flowRow';
import { groupRow } from '../../../src/presentation/rows/groupRow';
import { accountBadge } from '../../../src/presentation/rows/flowBadge';
import { statusBarModel } from '../../../src/presentation/rows/statusBarModel';
import { statusTooltip } from '../../../src/presentation/rows/statusTooltip';
import { viewBadge } from '../../../src/presentation/rows/viewBadge';
import { viewMessage } from '../../../src/presentation/rows/viewMessage';
import { account, figures, flow, metaAccount } from '../domain/make';

const speech = { ...createFormats('en', 'UTC'), now: 0 };

function judged(level: HealthLevel): HealthReport {
  const reason = { level, span: '24h', metric: 'ENDPOINT_REQUEST_ERROR_RATE', value: 0.6, threshold: 50 } as const;
  const reasons =
    level === 'healthy' ? [] : level === 'unknown' ? [{ ...reason, cause: 'notRead' as const }] : [reason];
  return { level, reasons, fine: [], missing: [], window: '24h' };
}

function one(id: string, level: HealthLevel, more: Partial<FlowFigures> = {}, status = 'PUBLISHED'): FlowFigures {
  return figures({
    key: `${id}@Bistro Nord`,
    flow: flow({ id, name: `Flow ${id}`, status }),
    report: judged(level),
    ...more,
  });
}

const nord = account([
  one('1', 'critical'),
  one('2', 'warning', {}, 'THROTTLED'),
  one('3', 'healthy'),
  one('4', 'unknown', {}, 'DRAFT'),
  one('5', 'unknown', {}, 'DEPRECATED'),
]);
const sud: AccountFigures = account([one('9', 'warning', { key: '9@Sud', accountName: 'Sud' })], {
  account: { ...metaAccount, name: 'Sud' },
});
const plain: Arrangement = { groupBy: 'account', pinned: new Set(), hidden: new Set(), showsHidden: false };

function snapshotOf(...accounts: AccountFigures[]): Snapshot {
  return { revision: 1, accounts };
}

function arranged(more: Partial<Arrangement>, snapshot = snapshotOf(nord, sud)) {
  return arrangeFlows(snapshot, { ...plain, ...more }, speech.t);
}

const ids = (flows: readonly ArrangedFlow[]): string =>
  flows
    .map(
      ({
        figures: {
          flow: { id },
        },
      }) => id,
    )
    .join(' ');
const labelled = (groups: readonly FlowGroup[]): string[] =>
  groups.map((group) => `${groupRow(group, speech).label}: ${ids(group.flows)}${group.isOpen ? '' : ' (closed)'}`);

describe('Flows of the tree', () => {
  it('stand under their account, with drafts and deprecated ones folded at its end', () => {
    const list = arranged({}).ofAccounts.get('Bistro Nord')!;
    assert.equal(ids(list.flows), '1 2 3');
    assert.deepEqual(labelled(list.groups), ['Drafts and deprecated: 4 5 (closed)']);
    assert.equal(groupRow(list.groups[0]!, speech).description, '2 flows');
    const drafts = snapshotOf(account(nord.flows.slice(3)));
    assert.equal(ids(arranged({}, drafts).ofAccounts.get('Bistro Nord')!.flows), '4 5', 'nothing to fold them beside');
  });

  it('come first where they are pinned, drafts too', () => {
    const list = arranged({ pinned: new Set(['3@Bistro Nord', '4@Bistro Nord']) }).ofAccounts.get('Bistro Nord')!;
    assert.equal(ids(list.flows), '3 4 1 2');
    assert.equal(ids(list.groups[0]!.flows), '5');
    const row = flowRow(nord.flows[2]!, speech, nord, undefined, true);
    assert.match(row.description, /· pinned$/);
    assert.match(row.accessibilityLabel, /, pinned$/);
    assert.equal(row.contextValue, 'flow curl meta audible pinned');
  });

  it('stand together by level or by status, of all accounts', () => {
    assert.deepEqual(labelled(arranged({ groupBy: 'level' }).groups), [
      'Critical: 1',
      'Warning: 2 9',
      'Healthy: 3 (closed)',
      'Drafts and deprecated: 4 5 (closed)',
    ]);
    const groups = arranged({ groupBy: 'status' }).groups;
    assert.deepEqual(labelled(groups), [
      'Throttled: 2',
      'Published: 1 3 9',
      'Draft: 4 (closed)',
      'Deprecated: 5 (closed)',
    ]);
    assert.equal(groupRow(groups[1]!, speech).accessibilityLabel, 'Published, 1 critical, 3 flows');
  });

  it('are found by words of name, id, account, level and status', () => {
    const found = (text: string): string => {
      const { ofAccounts } = arranged({ filter: { kind: 'text', text } });
      return [...ofAccounts.values()]
        .flatMap(({ flows, groups }) => [flows, ...groups.map((one) => one.flows)])
        .map(ids)
        .filter(Boolean)
        .join(' ');
    };
    assert.equal(found('FLOW 3'), '3');
    assert.equal(found('warning sud'), '9');
    assert.equal(found('draft'), '4');
    assert.equal(found('nothing of the kind'), '');
    const { ofAccounts, matching, total } = arranged({ filter: { kind: 'level', level: 'warning' } });
    assert.deepEqual([ids(ofAccounts.get('Bistro Nord')!.flows), matching, total], ['2', 2, 6]);
    const open = arranged({ filter: { kind: 'text', text: 'nord' } }).ofAccounts.get('Bistro Nord')!.groups[0]!;
    assert.equal(open.isOpen, true, 'what was searched for is not folded away');
  });

  it('are all somewhere, each once, however they are arranged', () => {
    const level = fc.constantFrom<HealthLevel>('critical', 'warning', 'attention', 'healthy', 'unknown');
    const status = fc.constantFrom('PUBLISHED', 'DRAFT', 'DEPRECATED', 'BLOCKED', 'OTHER');
    const flows = fc.array(fc.tuple(level, status, fc.boolean(), fc.boolean()), { maxLength: 30 });
    fc.assert(
      fc.property(flows, fc.constantFrom(...groupings), fc.boolean(), (all, groupBy, showsHidden) => {
        const made = all.map(([own, word, , isHidden], i) =>
          one(String(i), own, isHidden ? { hidden: true, counted: false } : {}, word),
        );
        const pinned = new Set(made.filter((_, i) => all[i]![2]).map(({ key }) => key));
        const result = arranged({ groupBy, pinned, showsHidden }, snapshotOf(account(made)));
        const lists = [...result.ofAccounts.values()];
        const shown = [
          ...lists.flatMap((list) => list.flows),
          ...[...result.groups, ...lists.flatMap((list) => list.groups)].flatMap((group) => group.flows),
        ].map((flow) => flow.figures.key);
        const expected = made.filter(({ hidden }) => showsHidden || !hidden).map(({ key }) => key);
        assert.deepEqual([...shown].sort(), [...expected].sort());
        assert.equal(result.matching, expected.length);
      }),
    );
  });
});

describe('Hidden flows', () => {
  const hidden = { hidden: true, counted: false };
  const shy = account([one('1', 'critical', hidden), one('2', 'warning'), one('3', 'healthy', hidden)]);
  const snapshot = snapshotOf(shy);

  it('are not listed until they are asked for', () => {
    assert.equal(ids(arranged({}, snapshot).ofAccounts.get('Bistro Nord')!.flows), '2');
    assert.equal(ids(arranged({ showsHidden: true }, snapshot).ofAccounts.get('Bistro Nord')!.flows), '1 2 3');
    const row = flowRow(shy.flows[0]!, speech, shy);
    assert.match(row.description, /^hidden · /);
    assert.match(row.contextValue, /\bhidden\b/);
  });

  it('raise no alarm: not in the status bar, nor in the badges of view and account', () => {
    assert.match(statusBarModel(snapshot, speech)!.text, /^\$\(warning\) Flow 2 /);
    assert.equal(viewBadge(snapshot, speech)?.value, 1);
    assert.equal(accountBadge(shy, speech.t)?.text, '!!');
    assert.equal(accountRow(shy, speech).description, '1 warning · 1 flow · 2 hidden');
    const calm = snapshotOf(account([one('1', 'critical', hidden)]));
    assert.equal(viewBadge(calm, speech), undefined);
    assert.equal(statusBarModel(calm, speech)?.background, undefined);
    assert.match(statusTooltip(snapshot, speech), /2 flows are hidden\./);
  });

  it('are counted above the rows, as is what a filter leaves out', () => {
    const message = (more: Partial<Arrangement>, of = snapshot): string | undefined =>
      viewMessage(of, speech, arranged(more, of));
    assert.equal(message({}), '2 flows are hidden.');
    assert.equal(message({ showsHidden: true }), 'Hidden flows are shown.');
    assert.equal(message({}, snapshotOf(nord)), undefined);
    const filter = { kind: 'text', text: 'flow 1' } as const;
    assert.equal(message({ filter }, snapshotOf(nord)), 'Filter “flow 1”: 1 of 5 flows.');
    assert.equal(message({ filter }), 'Filter “flow 1”: no flow matches. 2 flows are hidden.');
    assert.equal(
      message({ filter: { kind: 'level', level: 'healthy' } }, snapshotOf(nord)),
      'Filter Healthy: 1 of 5 flows.',
    );
    assert.equal(accountRow(nord, speech, 1).description, '1 critical · 1 of 5 flows');
  });
});
