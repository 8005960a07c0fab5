import assert from 'node:assert/strict';
import { startChecker, type CheckedFlow, type CheckerClock } from '../../../src/recorder/checker';
import type { PingOptions } from '../../../src/recorder/ping/pingEndpoint';
import type { PingReport } from '../../../src/recorder/ping/pingReport';
import { newKeys, startSampleEndpoint } from '../../fixtures/sampleEndpoint';
import { KeepingSink } from './stage';

const { publicKey } = newKeys();
const well = { url: '', steps: [], totalMilliseconds: 1 };

/** Time that passes when it is told to. */
class HandClock implements CheckerClock {
  private time = 1_000_000;
  private timers: { readonly at: number; readonly call: () => void }[] = [];

  now(): number {
    return this.time;
  }

  after(ms: number, call: () => void): () => void {
    const timer = { at: this.time + ms, call };
    this.timers.push(timer);
    return () => void (this.timers = this.timers.filter((other) => other !== timer));
  }

  /** Milliseconds until each timer, soonest first. */
  due(): readonly number[] {
    return this.timers.map(({ at }) => at - this.time).sort((a, b) => a - b);
  }

  async pass(ms: number): Promise<void> {
    this.time += ms;
    const ripe = this.timers.filter(({ at }) => at <= this.time);
    this.timers = this.timers.filter(({ at }) => at > this.time);
    for (const { call } of ripe) call();
    await new Promise(setImmediate);
  }
}

describe('availability checks', () => {
  const flow = (id: string): CheckedFlow => ({ id, upstream: `http://127.0.0.1:1/${id}`, publicKey });

  it('ping the real endpoint, and keep the reason where it fails', async () => {
    const endpoint = await startSampleEndpoint({ appSecret: 'secret' });
    const sink = new KeepingSink();
    const checked = { upstream: `${endpoint.url}/flow`, publicKey: endpoint.publicKey };
    const checker = startChecker({
      flows: [
        { id: '1', ...checked, appSecret: 'secret' },
        { id: '2', ...checked },
      ],
      sink,
      intervalMs: 100,
    });
    await sink.count(6);
    checker.close();
    for (const { flowId, outcome, reason } of sink.events) {
      if (flowId === '1') assert.deepEqual([outcome, reason], ['check_succeeded', undefined]);
      else assert.deepEqual([outcome, reason], ['check_failed', 'Signature refused (HTTP 432): give the app secret.']);
    }
    assert.ok(['1', '2'].every((id) => sink.events.filter(({ flowId }) => flowId === id).length >= 2));
    assert.equal(new Set(sink.events.map(({ id }) => id)).size, sink.events.length);
    await endpoint.close();
  });

  it('come at their interval give or take a tenth, and never two at once', async () => {
    const clock = new HandClock();
    const sink = new KeepingSink();
    const pings: ((report: PingReport) => void)[] = [];
    const chances = [0.5, 0, 0.999, 0.5];
    const checker = startChecker({
      flows: [flow('1')],
      sink,
      clock,
      random: () => chances.shift() ?? 0.5,
      ping: () => new Promise((resolve) => pings.push(resolve)),
    });
    assert.deepEqual(clock.due(), [3_000]);
    await clock.pass(3_000);
    assert.equal(pings.length, 1);
    // While one runs, none is planned.
    assert.deepEqual(clock.due(), []);
    await clock.pass(4_000);
    pings[0]!(well);
    await sink.count(1);
    assert.equal(sink.events[0]!.time, 1_003_000);
    await clock.pass(0);
    assert.deepEqual(clock.due(), [50_000]);
    await clock.pass(50_000);
    await clock.pass(200_000);
    pings[1]!({ ...well, failure: { reason: 'timeout', step: 'request', text: 'late' } });
    await sink.count(2);
    await clock.pass(0);
    // The next one is overdue by then.
    assert.equal(pings.length, 3);
    assert.deepEqual(sink.outcomes(), { check_succeeded: 1, check_failed: 1 });
    checker.close();
  });

  it('follow the flows that are set, and count nothing that was called off', async () => {
    const clock = new HandClock();
    const sink = new KeepingSink();
    const asked: PingOptions[] = [];
    const answers: ((report: PingReport) => void)[] = [];
    const checker = startChecker({
      flows: [flow('1'), flow('2')],
      sink,
      clock,
      random: () => 0,
      ping: (options) => {
        asked.push(options);
        return new Promise((resolve) => answers.push(resolve));
      },
    });
    await clock.pass(0);
    assert.equal(asked.length, 2);
    checker.setFlows([{ ...flow('2'), upstream: 'http://127.0.0.1:2/moved' }, flow('3')]);
    assert.deepEqual(
      asked.map(({ signal }) => signal!.aborted),
      [true, false],
    );
    for (const answer of answers) answer(well);
    await clock.pass(0);
    assert.deepEqual(
      sink.events.map(({ flowId }) => flowId),
      ['2'],
    );
    assert.deepEqual(
      asked.slice(2).map(({ url }) => url),
      ['http://127.0.0.1:1/3'],
    );
    await clock.pass(60_000);
    assert.equal(asked.at(-1)!.url, 'http://127.0.0.1:2/moved');
    checker.close();
    assert.deepEqual(clock.due(), []);
  });

  it('count a ping that cannot even be tried as failed', async () => {
    const sink = new KeepingSink();
    const checker = startChecker({
      flows: [{ ...flow('1'), upstream: 'nowhere' }],
      sink,
      intervalMs: 50,
    });
    await sink.count(1);
    checker.close();
    assert.equal(sink.events[0]!.outcome, 'check_failed');
    assert.match(sink.events[0]!.reason!, /URL of the endpoint/);
  });
});
