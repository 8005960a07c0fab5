/**
 * The wall clock is set by people and time servers, by hours too: it is for stamps. Whatever waits, or reckons how long
 * something took, goes by time that only goes forward.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { elect } from '../../../src/meter/election';
import { MeterStartError } from '../../../src/meter/startMessage';
import { EventCounts } from '../../../src/meter/eventCounts';
import { createRateLimit } from '../../../src/server/rateLimit';

/** Where it is read, and what for. */
const readers: Readonly<Record<string, string>> = {
  'src/recording/recordingService.ts': 'the present of the API',
  'src/cli/mark.ts': 'the time of a mark',
  'src/cli/serve.ts': 'the present of the API',
  'src/util/clock.ts': 'one of the two readings of the clock that is handed in',
  'src/contract/event.ts': 'how ids begin, so that those of one time lie together',
  'src/host/commands/addMark.ts': 'the time of a mark',
  'src/host/commands/token.ts': 'a time of day that a person reads',
  'src/host/dashboard/dashboardPanel.ts': 'ages that a person reads',
  'src/host/marks/gitTags.ts': 'whether a tag is of a time to come',
  'src/host/overview/overviewPanel.ts': 'ages that a person reads',
  'src/host/util/formats.ts': 'ages that a person reads',
  'src/meter/meter.ts': 'when the meter started',
  'src/meter/eventCounts.ts': 'whether a check lies ahead of the present',
  'src/middleware/recordFlow.ts': 'the time of an event',
  'src/recorder/recorder.ts': 'the time of an event',
  'src/recorder/webhook/webhookReceiver.ts': 'the time of a notice',
  'src/server/embedded.ts': 'the present of the API',
  'src/store/openMeterStore.ts': 'what is too old to be kept, by a clock that is not trusted when it jumps',
};

/** Sets the clock by that while it acts. */
async function withClockSet<T>(ms: number, act: () => T | Promise<T>): Promise<T> {
  const real = Date.now;
  Date.now = () => real() + ms;
  try {
    return await act();
  } finally {
    Date.now = real;
  }
}

const twoHours = 2 * 3_600_000;

describe('The wall clock', () => {
  it('is read for stamps and the present only', () => {
    const files = readdirSync('src', { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => path.join('src', name).replaceAll(path.sep, '/'));
    const found = files.filter((file) => /\bDate\.now\b|= Date[,;)]|\(Date[,)]/.test(readFileSync(file, 'utf8')));
    assert.deepEqual(found.sort(), Object.keys(readers).sort(), 'for an interval take `elapsed` or performance.now()');
  });

  for (const jump of [-twoHours, twoHours]) {
    it(`does not lengthen or cut the patience with a port when it is set by ${jump / 3_600_000} hours`, async () => {
      const patienceMs = 300;
      const begun = performance.now();
      let tries = 0;
      const bind = (): Promise<never> => {
        tries++;
        // It is set while the meter waits.
        if (tries === 2) Date.now = () => real() + jump;
        return Promise.reject(Object.assign(new Error(), { code: 'EADDRINUSE' }));
      };
      const real = Date.now;
      try {
        await assert.rejects(
          elect({ folder: '/nowhere', port: 1, version: '1.0.0', bind, deadlineMs: patienceMs }),
          MeterStartError,
        );
      } finally {
        Date.now = real;
      }
      const took = performance.now() - begun;
      assert.ok(took >= patienceMs && took < patienceMs + 2_000, String(took));
    });
  }

  it('keeps a newer check from no row after it was set back', async () => {
    const counts = new EventCounts();
    const check = (outcome: 'check_failed' | 'check_succeeded'): void =>
      counts.takeEvents([{ id: '1', flowId: '7', time: Date.now(), outcome }]);
    check('check_failed');
    await withClockSet(-twoHours, () => {
      check('check_succeeded');
      assert.equal(counts.flows[0]!.check?.ok, true);
    });
  });

  it('keeps an older check of others from the place of a newer one', () => {
    const counts = new EventCounts();
    const now = Date.now();
    counts.takeEvents([{ id: '1', flowId: '7', time: now, outcome: 'check_succeeded' }]);
    counts.takeEvents([{ id: '2', flowId: '7', time: now - 60_000, outcome: 'check_failed' }]);
    assert.equal(counts.flows[0]!.check?.ok, true);
  });

  it('counts for nothing in the rate limit of a server', () => {
    let passed = 0;
    const limit = createRateLimit(1, '1', () => passed);
    limit.take();
    assert.throws(() => limit.take());
    passed += 3_600_000;
    limit.take();
  });
});
