/** When the next read comes, or what it waits for, wherever that is told. */
import assert from 'node:assert/strict';
import type { AccountFigures } from '../../../src/domain/model';
import { createFormats } from '../../../src/presentation/formats';
import { accountRow } from '../../../src/presentation/rows/accountRow';
import { arrangeFlows } from '../../../src/presentation/rows/arrangement';
import { statusTooltip } from '../../../src/presentation/rows/statusTooltip';
import { flowTooltip } from '../../../src/presentation/rows/tooltips';
import { viewMessage } from '../../../src/presentation/rows/viewMessage';
import { nextReadText } from '../../../src/presentation/texts/nextReadText';
import { account, figures, flow } from '../domain/make';

const now = Date.parse('2026-03-12T14:18:00Z');
const speech = { ...createFormats('en', 'UTC'), now };
const minute = 60_000;

function text(more: Partial<AccountFigures>): string | undefined {
  return nextReadText(account([], more), speech);
}

describe('The next read', () => {
  it('comes at a time, or waits for something that is said', () => {
    assert.equal(text({ nextRead: now + 58 * minute }), 'next read at 15:16');
    assert.equal(text({ nextRead: now - minute }), 'next read now');
    assert.equal(text({ nextRead: 'onceSeen' }), 'next read when this window has the focus');
    assert.equal(text({ byHand: true }), 'next read when you refresh');
    assert.equal(text({ busy: true }), 'reading now');
    assert.equal(text({ busy: true, slowedAt: 83.6 }), 'reading slowly: 83% of the calls allowed are used up');
    assert.equal(text({ accountStatus: { kind: 'noFlows' }, nextRead: now + minute }), 'next read at 14:19');
  });

  it('is left to the sentence of an account in trouble, and to the row of a meter', () => {
    for (const kind of ['tokenMissing', 'tokenRefused', 'throttled', 'offline', 'failed'] as const) {
      assert.equal(text({ accountStatus: { kind }, nextRead: now + minute }), undefined, kind);
    }
    assert.equal(text({ account: { name: 'Meter', source: 'meter' }, nextRead: now + minute }), undefined);
    assert.equal(text({}), undefined, 'nothing is planned yet');
  });

  it('stands in the tooltips of account, flow and status bar', () => {
    const flows = [figures({ fetchedAt: now - 2 * minute }), figures({ flow: flow({ id: '2', status: 'DRAFT' }) })];
    const one = account(flows, { fetchedAt: now - 2 * minute, nextRead: now + 58 * minute });
    assert.match(accountRow(one, speech).tooltip, /Fetched 14\\:16 {2}\nNext read at 15\\:16$/);
    assert.match(statusTooltip({ revision: 1, accounts: [one] }, speech), /fetched 2 min ago · next read at 15\\:16/);
    assert.match(flowTooltip(flows[0]!, speech, one), /fetched 14\\:16 · next read at 15\\:16/);
    assert.doesNotMatch(flowTooltip(flows[1]!, speech, one), /next read/, 'a draft is not read');
  });

  it('is slow in sight of everybody while it is', () => {
    const plain = {
      groupBy: 'account',
      pinned: new Set<string>(),
      hidden: new Set<string>(),
      showsHidden: false,
    } as const;
    const message = (more: Partial<AccountFigures>): string | undefined => {
      const snapshot = { revision: 1, accounts: [account([figures()], more)] };
      return viewMessage(snapshot, speech, arrangeFlows(snapshot, plain, speech.t));
    };
    const expected = 'Meta is read slowly: 83% of the calls allowed are used up.';
    assert.equal(message({ busy: true, slowedAt: 83 }), expected);
    assert.equal(message({ busy: false, slowedAt: 83 }), undefined);
  });
});
