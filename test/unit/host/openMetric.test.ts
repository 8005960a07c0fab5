/** The questions of Open Metric…: the periods are those that the dashboard offers. */
import assert from 'node:assert/strict';
import { dayMs } from '../../../src/contract/calendar';
import type { KeptDays } from '../../../src/domain/keptDays';
import type { CommandParts } from '../../../src/host/commands/commandParts';
import { FlowState } from '../../../src/state/flowState';
import { offerEditor } from '../../fixtures/bareEditor';
import { QuickPicks } from '../../fixtures/quickPicks';
import { HandClock } from '../state/handClock';
import { thresholds } from '../state/thresholds';

const picks = new QuickPicks();
const editor = {
  l10n: {
    t: (text: string, ...values: readonly unknown[]) => text.replace(/\{(\d)\}/g, (_, i: string) => String(values[+i])),
  },
  QuickInputButtons: {},
  window: { createQuickPick: picks.create },
};

describe('Open Metric', () => {
  let restore: () => void;
  before(() => (restore = offerEditor(undefined, editor)));
  after(() => restore());

  /** The view that is opened; `keptDays` many are kept. */
  async function opened(keptDays: number, ...answers: readonly string[]): Promise<unknown> {
    const { openMetric } = await import('../../../src/host/commands/open');
    const clock = new HandClock();
    const state = new FlowState(clock, { window: '24h', thresholds });
    state.setAccounts([{ name: 'Shop', source: 'meta', businessAccountId: '1' }]);
    const kept: KeptDays = { series: {}, from: clock.now() - keptDays * dayMs, readAt: clock.now() };
    let shown: unknown;
    const parts = {
      state,
      history: { loaded: { keptOf: async () => kept } },
      panels: { show: async (_: unknown, { view }: { readonly view: unknown }) => void (shown = view) },
      targets: { read: () => ({ flow: { accountName: 'Shop', flowId: '11' }, metric: 'ENDPOINT_AVAILABILITY' }) },
    } as unknown as CommandParts;
    picks.answers = [...answers];
    await openMetric(parts, {});
    state.dispose();
    return shown;
  }

  it('offers half a year and a year by day once days are kept that the server no longer tells', async () => {
    assert.deepEqual(await opened(200, 'Day', 'Last 365 days'), { granularity: 'DAY', range: '1y' });
    const days = ['Last 7 days', 'Last 30 days', 'Last 90 days'];
    assert.deepEqual(picks.offered.at(-1), [...days, 'Last 180 days', 'Last 365 days']);
    await opened(60, 'Day', 'Last 90 days');
    assert.deepEqual(picks.offered.at(-1), days);
    await opened(200, 'Hour', 'Last 24 hours');
    assert.deepEqual(picks.offered.at(-1), ['Last 24 hours', 'Last 7 days', 'Last 30 days']);
  });
});
