/** The rows of the tree beside the events that make the editor draw them again. */
import assert from 'node:assert/strict';
import type { Account, AccountSource } from '../../../src/domain/account';
import type { MeterState } from '../../../src/domain/meterState';
import type { MeterHost } from '../../../src/host/meter/meterHost';
import type { TreeNode } from '../../../src/host/views/treeNodes';
import { FlowState } from '../../../src/state/flowState';
import { Refresher } from '../../../src/state/refresher';
import { Emitter } from '../../../src/util/emitter';
import { offerEditor } from '../../fixtures/bareEditor';
import { memento } from '../../fixtures/memento';
import { HandClock, settle } from '../state/handClock';
import { publishedFlow, ScriptedClient } from '../state/scriptedClient';
import { thresholds } from '../state/thresholds';

const none = (): { dispose(): void } => ({ dispose: () => undefined });
class TreeItem {
  constructor(
    readonly label: string,
    readonly collapsibleState: number,
  ) {}
}
/** Times that the text above the rows was set. */
let messages = 0;
let message = '';
class View {
  readonly onDidExpandElement = none;
  readonly onDidCollapseElement = none;
  readonly onDidChangeSelection = none;
  readonly selection = [];
  readonly dispose = (): void => undefined;
  get message(): string {
    return message;
  }
  set message(text: string) {
    messages++;
    message = text;
  }
}
const editor = {
  EventEmitter: Emitter,
  TreeItem,
  TreeItemCollapsibleState: { None: 0, Collapsed: 1, Expanded: 2 },
  MarkdownString: class {
    constructor(readonly value: string) {}
  },
  l10n: {
    t: (message: string, ...args: readonly unknown[]) =>
      message.replace(/\{(\d)\}/g, (_, index) => String(args[Number(index)])),
  },
  window: { createTreeView: () => new View() },
  commands: { executeCommand: async () => undefined },
};

function runningWith(requests: number): MeterState {
  const flows = [
    { id: '11', requests, revision: requests },
    { id: '12', requests: 0, revision: 0 },
  ];
  const report = { pid: 1, recorderPort: 8600, startedAt: 0, requests, losses: 0, successionRank: 0, notes: [], flows };
  return { kind: 'running', url: 'http://127.0.0.1:8601', report, unresponsive: false };
}

async function stage(source: AccountSource) {
  const { FlowView } = await import('../../../src/host/views/flowView');
  const { LazyTreeProvider } = await import('../../../src/host/views/lazyTreeProvider');
  const clock = new HandClock();
  const systemNow = Date.now;
  Date.now = () => clock.now();
  const client = new ScriptedClient(clock);
  client.flows = [publishedFlow('11'), publishedFlow('12')];
  const state = new FlowState(clock, { window: '24h', thresholds });
  const fail = (thrown: unknown): never => assert.fail(String(thrown));
  const refresher = new Refresher({
    state,
    clock,
    minutes: { meta: 60, server: 15, demo: 15, meter: 1 },
    connect: async () => client,
    log: { info: () => undefined, warn: () => undefined, error: fail },
  });
  refresher.setAccounts([{ name: 'Shop', source }]);
  const beats = new Emitter<MeterState>();
  const meter = { state: runningWith(0), onDidChange: beats.event };
  /** What a running meter tells every two seconds, in an object of its own. */
  const beat = (requests: number): void => {
    meter.state = runningWith(requests);
    beats.fire(meter.state);
  };
  const provider = new LazyTreeProvider();
  const muted = new Map<string, number>();
  const mutes = { mutedUntil: (_: Account, id: string) => muted.get(id) };
  const tree = new FlowView(provider, state, meter as unknown as MeterHost, mutes, memento(), { error: fail });
  const mute = (id: string, until: number): void => {
    muted.set(id, until);
    tree.redrawAges();
  };
  const fired: (readonly TreeNode[] | undefined)[] = [];
  provider.onDidChangeTreeData((nodes) => fired.push(nodes));
  /** As the editor draws all rows with every flow open, and rests the pointer on each. */
  const draw = async (nodes = provider.getChildren()): Promise<void> => {
    for (const node of nodes) {
      await provider.resolveTreeItem(await provider.getTreeItem(node), node);
      await draw(provider.getChildren(node));
    }
  };
  await refresher.refresh('command');
  refresher.setInUse(true);
  await settle();
  // Whatever the end of the read still has to say.
  await clock.advance(1_000);
  await draw();
  fired.length = 0;
  messages = 0;
  const dispose = (): void => {
    Date.now = systemNow;
    refresher.dispose();
    tree.dispose();
    state.dispose();
  };
  return { clock, client, refresher, beat, mute, provider, tree, fired, draw, dispose };
}

describe('Rows of the tree', () => {
  let restore: () => void;
  before(() => (restore = offerEditor(undefined, editor)));
  after(() => restore());

  let on: Awaited<ReturnType<typeof stage>>;
  afterEach(() => on.dispose());

  const kinds = (): (string | undefined)[] =>
    on.fired.flatMap((nodes) => nodes?.map((node) => ('metric' in node ? node.metric : node.kind)));

  it('are not drawn again in a minute without news, while the meter tells that it is there', async () => {
    on = await stage('meter');
    const fetches = on.client.asked.length;
    for (let second = 0; second <= 120; second += 2) {
      await on.clock.advance(2_000);
      on.beat(0);
      if (second % 60 === 0) on.tree.redrawAges();
    }
    assert.ok(on.client.asked.length > fetches, 'the account was read again meanwhile');
    assert.deepEqual(on.fired, []);
    assert.equal(messages, 0);
  });

  it('are drawn again alone where something is new', async () => {
    on = await stage('meter');
    on.beat(1);
    assert.deepEqual(kinds(), ['meter']);
    await on.draw();
    on.fired.length = 0;
    // One flow has failing requests now.
    const answer = on.client.answer;
    on.client.answer = async (query) => {
      const result = await answer(query);
      if (!result.ok || query.flowId !== '11' || query.metric !== 'ENDPOINT_REQUEST_COUNT') return result;
      const columns = result.value.columns.map(({ key, values }) => ({ key, values: values.map((one) => one + 1) }));
      return { ok: true, value: { ...result.value, columns } };
    };
    await on.refresher.refresh('command', { accountName: 'Shop', flowId: '11' });
    await on.clock.advance(1_000);
    assert.deepEqual(new Set(kinds()), new Set(['ENDPOINT_REQUEST_COUNT']));
    const [[node] = []] = on.fired;
    assert.ok(node && 'figures' in node && node.figures.flow.id === '11');
    assert.ok(on.provider.getChildren().some((one) => 'figures' in one && one.figures === node.figures));
  });

  it('bring a tooltip up to date that has fallen behind, once a minute', async () => {
    on = await stage('demo');
    const at = async (): Promise<string> => {
      const [flow] = on.provider.getChildren();
      const item = await on.provider.resolveTreeItem(await on.provider.getTreeItem(flow!), flow!);
      return (item.tooltip as { value: string }).value;
    };
    const before = await at();
    await on.clock.advance(8 * 60_000);
    on.tree.redrawAges();
    assert.deepEqual(on.fired, [], 'it says when it was fetched, which stays true');
    await on.refresher.refresh('command');
    on.fired.length = 0;
    on.tree.redrawAges();
    assert.equal(kinds().filter((kind) => kind === 'flow').length, 2);
    assert.notEqual(await at(), before);
  });

  it('are asked for anew where others stand among them', async () => {
    on = await stage('demo');
    on.client.flows = [...on.client.flows, publishedFlow('13')];
    await on.refresher.refresh('command');
    await on.clock.advance(1_000);
    assert.ok(on.fired.includes(undefined));
    await on.draw();
    on.fired.length = 0;
    on.refresher.setAccounts([
      { name: 'Shop', source: 'demo' },
      { name: 'Other', source: 'demo' },
    ]);
    await on.clock.advance(1_000);
    await on.draw();
    on.refresher.setAccounts([{ name: 'Shop', source: 'demo' }]);
    await on.clock.advance(1_000);
    await on.draw();
    on.fired.length = 0;
    on.client.flows = on.client.flows.slice(1);
    await on.refresher.refresh('command');
    await on.clock.advance(1_000);
    assert.ok(on.fired.includes(undefined));
    assert.deepEqual(
      on.provider.getChildren().map((node) => 'figures' in node && node.figures.flow.id),
      ['12', '13'],
    );
  });

  it('say that they are muted, in the tooltip and to a screen reader, and offer the one or the other', async () => {
    on = await stage('server');
    const [node, other] = on.provider.getChildren();
    const at = async (one = node!) => on.provider.resolveTreeItem(await on.provider.getTreeItem(one), one);
    const wordsOf = async (one = node!) => (await at(one)).contextValue?.split(' ');
    assert.deepEqual(await wordsOf(), ['flow', 'curl', 'audible']);
    on.mute('11', on.clock.now() + 90 * 60_000);
    assert.deepEqual(kinds(), ['flow'], 'its row alone is drawn again');
    const { tooltip, accessibilityInformation } = await at();
    assert.match((tooltip as { value: string }).value, /no notifications until \d+\\:00/);
    assert.match(accessibilityInformation!.label, /, no notifications until /);
    assert.deepEqual(await wordsOf(), ['flow', 'curl', 'muted']);
    assert.deepEqual(await wordsOf(other), ['flow', 'curl', 'audible']);
    on.dispose();
    on = await stage('demo');
    const [demo] = on.provider.getChildren();
    assert.deepEqual((await on.provider.getTreeItem(demo!)).contextValue, 'flow');
  });

  it('are told of once, until the editor has asked for them', async () => {
    on = await stage('demo');
    const news = async (): Promise<void> => {
      const [first, ...others] = on.client.flows;
      on.client.flows = [...others, { ...first!, name: `${first!.name}0` }];
      await on.refresher.refresh('command');
      await on.clock.advance(1_000);
    };
    for (let i = 0; i < 5; i++) await news();
    const ofRows = (): number => on.fired.filter((nodes) => nodes?.some(({ kind }) => kind === 'flow')).length;
    assert.ok(ofRows() <= 2, 'each of the two rows');
    on.client.flows = [...on.client.flows, publishedFlow('13')];
    for (let i = 0; i < 5; i++) await news();
    assert.equal(on.fired.filter((nodes) => nodes === undefined).length, 1);
    const told = on.fired.length;
    await on.draw();
    const drawn = await Promise.all(on.provider.getChildren().map((node) => on.provider.getTreeItem(node)));
    assert.ok(
      drawn.every(({ label }) => String(label).endsWith('0')),
      'it asks for what is there by then',
    );
    await news();
    assert.ok(on.fired.length > told, 'and is told again');
  });

  it('keep their ids and objects from group to group, and are all asked for anew where one changes its group', async () => {
    on = await stage('demo');
    on.client.flows = [...on.client.flows, publishedFlow('13', { status: 'THROTTLED' })];
    await on.refresher.refresh('command');
    await on.clock.advance(1_000);
    const arrangement = (await on.tree.arrangement())!;
    await arrangement.change({ groupBy: 'status' });
    await on.draw();
    const below = (): string[] =>
      on.provider.getChildren().map((group) =>
        on.provider
          .getChildren(group)
          .map((node) => ('figures' in node ? node.figures.flow.id : node.kind))
          .join(' '),
      );
    assert.deepEqual(below(), ['13', '11 12']);
    const flowOf = (id: string): TreeNode =>
      on.provider
        .getChildren()
        .flatMap((group) => on.provider.getChildren(group))
        .find((node) => 'figures' in node && node.figures.flow.id === id)!;
    const before = flowOf('12');
    on.fired.length = 0;
    on.client.flows = on.client.flows.map((one) => (one.id === '12' ? { ...one, status: 'THROTTLED' } : one));
    await on.refresher.refresh('command');
    await on.clock.advance(1_000);
    assert.ok(on.fired.includes(undefined), 'the editor would drop the row with its old group');
    // The editor may ask for the new group before the old one.
    assert.deepEqual(below(), ['12 13', '11']);
    assert.equal(flowOf('12'), before);
    assert.equal((await on.provider.getTreeItem(before)).id, 'flow:12@Shop');
    await arrangement.change({ groupBy: 'account' });
  });

  it('are drawn again alone where they are pinned or hidden', async () => {
    on = await stage('demo');
    const arrangement = (await on.tree.arrangement())!;
    const shown = (): (string | undefined)[] =>
      on.provider.getChildren().map((node) => ('figures' in node ? node.figures.flow.id : undefined));
    await arrangement.setFlag({ accountName: 'Shop', flowId: '11' }, 'pinned', true);
    assert.deepEqual(kinds(), ['flow'], 'it was the first anyway');
    assert.match(String((await on.provider.getTreeItem(on.provider.getChildren()[0]!)).contextValue), /\bpinned\b/);
    await arrangement.setFlag({ accountName: 'Shop', flowId: '11' }, 'pinned', false);
    await arrangement.setFlag({ accountName: 'Shop', flowId: '12' }, 'pinned', true);
    assert.deepEqual(shown(), ['12', '11']);
    await arrangement.setFlag({ accountName: 'Shop', flowId: '11' }, 'hidden', true);
    assert.deepEqual(shown(), ['12']);
    await on.clock.advance(1_000);
    assert.equal(message, '1 flow is hidden.');
    await arrangement.setFilter({ kind: 'text', text: 'no such' });
    assert.deepEqual(shown(), []);
    await on.clock.advance(1_000);
    assert.equal(message, 'Filter “no such”: no flow matches. 1 flow is hidden.');
  });

  it('have rows below them only while there are figures', async () => {
    on = await stage('demo');
    on.client.flows = [{ ...publishedFlow('11'), status: 'DRAFT' }];
    on.refresher.setAccounts([{ name: 'Other', source: 'demo', apiVersion: 'v25.0' }]);
    await on.refresher.refresh('command');
    await on.clock.advance(1_000);
    const looks = async (): Promise<readonly unknown[]> => {
      const [flow] = on.provider.getChildren();
      const { description, collapsibleState } = await on.provider.getTreeItem(flow!);
      return [/draft/.test(String(description)), collapsibleState, on.provider.getChildren(flow).length];
    };
    assert.deepEqual(await looks(), [true, 0, 0]);
    on.client.flows = [publishedFlow('11')];
    on.fired.length = 0;
    await on.refresher.refresh('command');
    await on.clock.advance(1_000);
    assert.deepEqual(new Set(kinds()), new Set(['flow']));
    assert.deepEqual(await looks(), [false, 1, 5]);
  });
});
