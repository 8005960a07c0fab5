/** What is kept of the tree's arrangement, through renames, other windows, and contents that nobody wrote. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Memento } from 'vscode';
import type { Account } from '../../../src/domain/account';
import type { ArrangementStore } from '../../../src/host/storage/arrangementStore';
import { arrangementKey } from '../../../src/ids';
import { FlowState } from '../../../src/state/flowState';
import { Emitter } from '../../../src/util/emitter';
import { offerEditor } from '../../fixtures/bareEditor';
import { memento } from '../../fixtures/memento';
import { HandClock } from '../state/handClock';
import { publishedFlow } from '../state/scriptedClient';
import { thresholds } from '../state/thresholds';

const shop: Account = { name: 'Shop', source: 'meta', businessAccountId: '1' };
const other: Account = { name: 'Other', source: 'meta', businessAccountId: '2' };
const flow = { accountName: 'Shop', flowId: '11' };

describe('The arrangement of the tree', () => {
  let restore: () => void;
  let contexts: Map<string, unknown>;
  let memory: Memento;

  before(() => {
    const executeCommand = async (_: string, key: string, value: unknown): Promise<void> => {
      contexts.set(key, value);
    };
    restore = offerEditor(undefined, { EventEmitter: Emitter, commands: { executeCommand } });
  });
  after(() => restore());
  beforeEach(() => {
    contexts = new Map();
    memory = memento();
  });

  async function open(accounts: readonly Account[]): Promise<{ store: ArrangementStore; state: FlowState }> {
    const { ArrangementStore: Store } = await import('../../../src/host/storage/arrangementStore');
    const state = new FlowState(new HandClock(), { window: '24h', thresholds });
    state.setAccounts(accounts);
    for (const { name } of accounts)
      state.setFlows(name, { flows: [publishedFlow('11'), publishedFlow('12')], failures: [] });
    const store = new Store(memory, state, { error: (thrown) => assert.fail(String(thrown)) });
    store.update();
    return { store, state };
  }

  it('is there again in the next window, and hidden flows do not count in it', async () => {
    const first = await open([shop, other]);
    let changes = 0;
    first.store.onDidChange(() => changes++);
    await first.store.change({ groupBy: 'level' });
    await first.store.setFlag(flow, 'pinned', true);
    await first.store.setFlag({ ...flow, flowId: '12' }, 'hidden', true);
    await first.store.setFilter({ kind: 'level', level: 'critical' });
    assert.equal(changes, 4);
    const { store, state } = await open([shop, other]);
    assert.deepEqual(store.value, {
      groupBy: 'level',
      filter: { kind: 'level', level: 'critical' },
      pinned: new Set(['11@Shop']),
      hidden: new Set(['12@Shop']),
      showsHidden: false,
    });
    const counted = state.snapshot.accounts.map(({ flows }) => flows.map((one) => [one.counted, one.hidden === true]));
    assert.deepEqual(counted, [
      [
        [true, false],
        [false, true],
      ],
      [
        [true, false],
        [true, false],
      ],
    ]);
    await store.setFlag({ ...flow, flowId: '12' }, 'hidden', false);
    await store.setFilter(undefined);
    assert.deepEqual([store.value.hidden.size, 'filter' in store.value], [0, false]);
    assert.ok(state.snapshot.accounts[0]!.flows.every((one) => one.counted));
  });

  it('says for menus what there is to take back', async () => {
    const { store } = await open([shop]);
    const said = (): unknown[] =>
      ['hasFilter', 'hasPinned', 'hasHidden', 'showsHidden'].map((key) => contexts.get(`flowmeter.${key}`));
    await store.setFilter({ kind: 'text', text: 'book' });
    await store.setFlag(flow, 'pinned', true);
    await store.setFlag(flow, 'hidden', true);
    await store.change({ showsHidden: true });
    store.update();
    assert.deepEqual(said(), [true, true, true, true]);
    await store.setFilter(undefined);
    await store.setFlag(flow, 'pinned', false);
    await store.setFlag(flow, 'hidden', false);
    await store.change({ showsHidden: false });
    store.update();
    assert.deepEqual(said(), [false, false, false, false]);
  });

  it('goes along where an account gets another name, and stays with it', async () => {
    await (await open([shop])).store.setFlag(flow, 'pinned', true);
    const renamed = { ...shop, name: 'Bistro' };
    assert.deepEqual((await open([renamed])).store.value.pinned, new Set(['11@Bistro']));
    const taken = { ...other, name: 'Shop' };
    assert.deepEqual((await open([taken, renamed])).store.value.pinned, new Set(['11@Bistro']), 'another has the name');
    const moved = { ...renamed, apiVersion: 'v25.0' };
    assert.deepEqual((await open([moved])).store.value.pinned, new Set(['11@Bistro']), 'its place changed');
  });

  it('of an account that is away for now is kept, that of one that was removed is not', async () => {
    await (await open([shop])).store.setFlag(flow, 'hidden', true);
    await (await open([other])).store.setFlag({ ...flow, accountName: 'Other' }, 'pinned', true);
    const { store } = await open([shop, other]);
    assert.deepEqual([store.value.hidden, store.value.pinned], [new Set(['11@Shop']), new Set(['11@Other'])]);
    await store.forget('Shop');
    assert.deepEqual([store.value.hidden, store.value.pinned], [new Set(), new Set(['11@Other'])]);
  });

  it('takes over what another window did, also that all was deleted', async () => {
    const [one, two] = [await open([shop]), await open([shop])];
    await one.store.setFlag(flow, 'pinned', true);
    await two.store.setFlag({ ...flow, flowId: '12' }, 'pinned', true);
    one.store.update();
    assert.deepEqual(one.store.value.pinned, new Set(['11@Shop', '12@Shop']));
    for (const key of memory.keys()) await memory.update(key, undefined);
    one.store.update();
    assert.equal(one.store.value.pinned.size, 0);
    const before = one.store.value;
    one.store.update();
    assert.equal(one.store.value, before, 'the same object while it stays the same');
  });

  it('is none where what is kept is not ours', async () => {
    const pieces = fc.dictionary(fc.constantFrom('groupBy', 'filter', 'accounts', 'showsHidden'), fc.jsonValue());
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.json().map((text) => JSON.parse(text) as unknown),
          pieces,
        ),
        async (kept) => {
          await memory.update(arrangementKey, kept);
          const { store } = await open([shop]);
          assert.ok(['account', 'level', 'status'].includes(store.value.groupBy));
          await store.setFlag(flow, 'pinned', true);
          assert.ok(store.value.pinned.has('11@Shop'));
          await memory.update(arrangementKey, undefined);
        },
      ),
      { numRuns: 60 },
    );
    await memory.update(arrangementKey, { accounts: { Shop: null, Gone: 7, Other: { pinned: [1, '11'] } } });
    assert.deepEqual((await open([shop, other])).store.value.pinned, new Set(['11@Other']));
  });
});
