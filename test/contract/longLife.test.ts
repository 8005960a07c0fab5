/** A window that stays open for a day: what it holds after 24 hours is what it held after the first ones. */
import assert from 'node:assert/strict';
import { rounds } from '../fixtures/soak';
import { mebibyte, usedMemory } from '../fixtures/memory';
import { openWindow } from './window';

/** Timers and sockets of this process, by kind. */
function resources(): { readonly timers: number; readonly sockets: number } {
  const active = process.getActiveResourcesInfo();
  const count = (kind: RegExp): number => active.filter((one) => kind.test(one)).length;
  return { timers: count(/^Timeout$/), sockets: count(/^TCPSocketWrap$/) };
}

describe('A day of polling 200 flows', () => {
  it('leaves no more listeners, timers, sockets and memory than its first hours', async function () {
    this.timeout(rounds(60_000, 900_000));
    // 24 hours either way; the full count polls every 15 minutes, as with a server of one's own.
    const minutes = rounds(360, 15);
    const warnings: Error[] = [];
    // Node tells of listeners that pile up, on whatever emitter or signal.
    const onWarning = (warning: Error): void => void warnings.push(warning);
    process.on('warning', onWarning);
    const window = await openWindow({ flows: 200, source: 'server', minutes, keepsLog: false });
    try {
      const { meta, clock, refresher, state } = window;
      let changes = 0;
      const subscription = state.onDidChange(() => changes++);
      refresher.setInUse(true);
      await window.pass(minutes + 5);
      const first = { ...resources(), memory: usedMemory(), listings: meta.listings, waiting: clock.waiting };
      await window.pass(24 * 60);
      const polls = meta.listings - first.listings;
      assert.equal(polls, (24 * 60) / minutes);
      const last = resources();
      assert.ok(last.timers <= first.timers + 2, `timers: ${first.timers}, then ${last.timers}`);
      assert.ok(last.sockets <= first.sockets + 2, `sockets: ${first.sockets}, then ${last.sockets}`);
      assert.ok(meta.sockets <= 16, `${meta.sockets} connections at the server`);
      assert.ok(clock.waiting <= first.waiting + 1, `${clock.waiting} timers of its own`);
      const grown = usedMemory() - first.memory;
      assert.ok(grown < 8 * mebibyte, `memory grew by ${grown} bytes in ${polls} polls`);
      assert.ok(changes > polls);
      subscription.dispose();
    } finally {
      await window.close();
      process.off('warning', onWarning);
    }
    assert.deepEqual(warnings, []);
  });
});
