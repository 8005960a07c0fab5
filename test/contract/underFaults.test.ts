/** What a window goes through when server and network fail: how much is asked, what is said, and what stays. */
import assert from 'node:assert/strict';
import {
  drip,
  graphError,
  gzipBomb,
  headersThenSilence,
  html,
  lengthTooLong,
  lengthTooShort,
  metric,
  notHttp,
  redirect,
  reset,
  resetMidBody,
  silence,
  text,
  truncatedChunked,
  truncatedJson,
  usageHeaders,
  type Answer,
} from '../fixtures/faultServer';
import { graphReply } from '../fixtures/fakeMeta';
import { mebibyte, usedMemory } from '../fixtures/memory';
import { openWindow, windowToken, type Window, type WindowOptions } from './window';

const minuteMs = 60_000;

async function inWindow(options: WindowOptions, run: (window: Window) => Promise<void>): Promise<void> {
  const window = await openWindow(options);
  try {
    await run(window);
    assert.deepEqual(window.unexpected, []);
  } finally {
    await window.close();
  }
}

/** All flows have the figures of a good read. */
function assertFigures({ account }: Window, count: number, stale: boolean): void {
  assert.equal(account.flows.length, count);
  for (const flow of account.flows) {
    assert.ok(flow.totals?.requests, `${flow.flow.name} has its figures`);
    assert.equal(flow.stale, stale, flow.flow.name);
  }
}

function troubleOf({ account }: Window): string | undefined {
  return account.accountStatus?.kind;
}

describe('A refresh under faults', function () {
  this.timeout(60_000);

  const faults: readonly (readonly [title: string, fault: Answer])[] = [
    [
      'latency beyond the deadline',
      (response, request) => void setTimeout(() => void metric(response, request), 3_000),
    ],
    ['silence', silence],
    ['headers, then silence', headersThenSilence],
    ['a drip of bytes', drip],
    ['a reset', reset],
    ['a reset in the body', resetMidBody],
    ['a truncated chunked body', truncatedChunked],
    ['a content-length that is too long', lengthTooLong],
    ['a content-length that is too short', lengthTooShort],
    ['something other than HTTP', notHttp],
    ['HTML', html()],
    ['HTML with status 502', html(502)],
    ['truncated JSON', truncatedJson],
    ['nothing', text('')],
    ['200 MB from 200 kB', gzipBomb(200)],
    ['a redirect to another host', redirect('http://127.0.0.2:9/v26.0/1')],
    ['a redirect to another scheme', redirect('https://127.0.0.1:9/v26.0/1')],
    ['a refused token', graphError(190, { subcode: 463, status: 401 })],
    ['a missing permission', graphError(200, { status: 403 })],
    ['an unknown object', graphError(803)],
    ['an API that is gone', graphError(100, { message: '(#100) Tried accessing nonexisting field (metric)' })],
    ['a passing error', graphError(2, { status: 500, transient: true })],
    ['a pause of 23 minutes', graphError(80008, { headers: usageHeaders(100, 23) })],
    ['a pause without an end', graphError(4)],
  ];

  it('keeps the last good figures, ends in time, asks little, takes no memory, and never names the token', () =>
    inWindow({ flows: 12, limits: { deadlineMs: 1000, attempts: 1 } }, async (window) => {
      const { meta, refresher, clock } = window;
      await refresher.refresh('command');
      assertFigures(window, 12, false);
      const memory = usedMemory();
      for (const [title, fault] of faults) {
        meta.fault = fault;
        const before = meta.requests;
        const began = performance.now();
        await refresher.refresh('command');
        // Where the list cannot be read, no flow is asked.
        assert.ok(meta.requests - before <= 16, `${title}: ${meta.requests - before} requests`);
        assert.ok(meta.requests > before, `${title}: was met`);
        assert.ok(performance.now() - began < 10_000, `${title}: took ${performance.now() - began} ms`);
        assert.ok(window.account.accountStatus, title);
        assertFigures(window, 12, window.account.flows[0]!.stale);
        meta.fault = undefined;
        await clock.advance(2 * 60 * minuteMs);
        await refresher.refresh('command');
        assert.equal(troubleOf(window), undefined, `${title}: is over`);
        assertFigures(window, 12, false);
      }
      const grown = usedMemory() - memory;
      assert.ok(grown < 32 * mebibyte, `memory grew by ${grown} bytes`);
      assert.ok(window.log.length > faults.length);
      for (const line of window.log) assert.ok(!line.includes(windowToken), line);
    }));

  it('stops a read of 500 flows at the token that expired in its midst, and asks no more', () =>
    inWindow({ flows: 500 }, async (window) => {
      const { meta, refresher } = window;
      let refused = 0;
      let requestsAtFirst = 0;
      meta.refuse = (_, index) => {
        if (index < 700) return undefined;
        if (refused++ === 0) requestsAtFirst = meta.requests;
        return graphReply(190, 463);
      };
      await refresher.refresh('command');
      assert.ok(refused > 0);
      // Those that were in flight, and none after them.
      assert.ok(meta.requests - requestsAtFirst < 16, `${meta.requests - requestsAtFirst} requests more`);
      assert.equal(window.account.accountStatus?.kind, 'tokenRefused');
      assert.equal(window.account.accountStatus.error?.details.reason, 'expired');
      assert.equal(window.account.flows.length, 500);
      assert.ok(window.account.flows.some(({ totals }) => totals?.requests));
      const asked = meta.requests;
      refresher.setInUse(true);
      await refresher.refresh('view');
      await window.pass(180);
      assert.equal(meta.requests, asked);
      meta.refuse = undefined;
      await refresher.tokenChanged('Shop', true);
      assertFigures(window, 500, false);
      assert.equal(troubleOf(window), undefined);
    }));

  it('leaves a throttled account alone for the minutes that were announced, and says until when', () =>
    inWindow({ flows: 5 }, async (window) => {
      const { meta, refresher, clock } = window;
      refresher.setInUse(true);
      await window.pass(1);
      assertFigures(window, 5, false);
      // The share alone would let calls through: it is the minutes that count.
      meta.refuse = () => graphReply(80008, undefined, usageHeaders(50, 23));
      await refresher.refresh('command');
      const asked = meta.requests;
      const until = clock.now() + 23 * minuteMs;
      assert.deepEqual(
        [window.account.accountStatus?.kind, window.account.accountStatus?.retryAt],
        ['throttled', until],
      );
      meta.refuse = undefined;
      await refresher.refresh('view');
      await refresher.refresh('command');
      await window.pass(22);
      assert.equal(meta.requests, asked, 'nothing is asked, not even on command');
      assertFigures(window, 5, true);
      await window.pass(2);
      assert.ok(meta.requests > asked);
      assert.equal(troubleOf(window), undefined);
    }));

  it('reads once after the computer slept, on connections of their own', () =>
    inWindow({ flows: 5 }, async (window) => {
      const { meta, refresher, clock } = window;
      refresher.setInUse(true);
      await window.pass(1);
      assert.equal(meta.listings, 1);
      clock.jump(9 * 60 * minuteMs);
      await window.pass(5);
      assert.equal(meta.listings, 2);
      assertFigures(window, 5, false);
    }));

  it('goes on by itself when the network comes back: away at the start, and away in between', () =>
    inWindow({ flows: 5 }, async (window) => {
      const { meta, refresher } = window;
      await meta.stop();
      refresher.setInUse(true);
      await window.pass(1);
      assert.equal(troubleOf(window), 'offline');
      assert.equal(window.account.flows.length, 0);
      await meta.restart();
      await window.pass(16);
      assert.equal(troubleOf(window), undefined);
      assertFigures(window, 5, false);
      await meta.stop();
      await window.pass(61);
      assert.equal(troubleOf(window), 'offline');
      assert.ok(window.account.flows.every(({ totals }) => totals?.requests));
      await meta.restart();
      await window.pass(16);
      assert.equal(troubleOf(window), undefined);
      assertFigures(window, 5, false);
    }));
});
