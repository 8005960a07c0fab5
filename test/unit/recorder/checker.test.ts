import assert from 'node:assert/strict';
import { Checker, type CheckedFlow, type CheckerClock, type CheckerOptions } from '../../../src/recorder/checker';
import type { PingOptions } from '../../../src/recorder/ping/pingEndpoint';
import type { PingReport } from '../../../src/recorder/ping/pingReport';
import { startRawEndpoint } from '../../fixtures/rawEndpoint';
import { newKeys, startSampleEndpoint } from '../../fixtures/sampleEndpoint';
import { KeepingSink } from './stage';

const { publicKey } = newKeys();
const well = { url: '', steps: [], totalMilliseconds: 1 };

/** Time that passes when it is told to. */
class HandClock implements CheckerClock {
  private time = 1_000_000;
  /** What the wall clock was set forward by, or back. */
  private set = 0;
  private timers: { readonly at: number; readonly call: () => void }[] = [];

  now(): number {
    return this.time + this.set;
  }

  elapsed(): number {
    return this.time;
  }

  /** Sets the wall clock. */
  jump(ms: number): void {
    this.set += ms;
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
    const checker = new Checker({
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
    const checker = new Checker({
      flows: [flow('1')],
      sink,
      clock,
      random: () => chances.shift() ?? 0.5,
      ping: () => new Promise((resolve) => pings.push(resolve)),
    });
    assert.deepEqual(clock.due(), [3_000]);
    await clock.pass(3_000);
    assert.equal(pings.length, 1);
    // While one runs, none is planned; what is due is its own end.
    assert.deepEqual(clock.due(), [15_000]);
    await clock.pass(4_000);
    pings[0]!(well);
    await sink.count(1);
    assert.equal(sink.events[0]!.time, 1_003_000);
    await clock.pass(0);
    assert.deepEqual(clock.due(), [50_000]);
    await clock.pass(50_000);
    await clock.pass(14_000);
    pings[1]!({ ...well, failure: { reason: 'timeout', step: 'request', text: 'late' } });
    await sink.count(2);
    await clock.pass(0);
    assert.deepEqual(clock.due(), [51_988]);
    assert.deepEqual(sink.outcomes(), { check_succeeded: 1, check_failed: 1 });
    checker.close();
    assert.deepEqual(clock.due(), []);
  });

  for (const jump of [-7_200_000, 7_200_000]) {
    it(`keep their rhythm while the computer's clock is set ${jump < 0 ? 'back' : 'forward'} by two hours`, async () => {
      const clock = new HandClock();
      const sink = new KeepingSink();
      const pings: ((report: PingReport) => void)[] = [];
      const checker = new Checker({
        flows: [flow('1')],
        sink,
        clock,
        random: () => 0.5,
        ping: () => new Promise((resolve) => pings.push(resolve)),
      });
      await clock.pass(3_000);
      clock.jump(jump);
      await clock.pass(1_000);
      pings[0]!(well);
      await sink.count(1);
      await clock.pass(0);
      assert.deepEqual(clock.due(), [59_000]);
      clock.jump(jump);
      await clock.pass(59_000);
      assert.equal(pings.length, 2);
      pings[1]!(well);
      await sink.count(2);
      // An event has the time that the clock shows when its check begins.
      assert.deepEqual(
        sink.events.map(({ time }) => time),
        [1_003_000, 1_063_000 + 2 * jump],
      );
      checker.close();
    });
  }

  const faults: Readonly<Record<string, Partial<CheckerOptions>>> = {
    'a ping that throws at once': {
      ping: () => {
        throw new Error('at once');
      },
    },
    'a ping that rejects': { ping: () => Promise.reject(new Error('rejected')) },
    'a ping that rejects with nothing': { ping: () => Promise.reject(undefined) },
    'a ping that never ends': { ping: () => new Promise(() => undefined) },
    'a ping that ends with nothing': { ping: () => Promise.resolve(undefined as never) },
    'a sink that throws': {
      sink: {
        losses: 0,
        push: () => {
          throw new Error('full');
        },
      },
    },
    'a report that nobody can take': {
      onReport: () => {
        throw new Error('no');
      },
    },
    'an error that nobody can take': {
      onReport: () => {
        throw new Error('no');
      },
      onError: () => {
        throw new Error('never');
      },
    },
  };
  for (const [name, fault] of Object.entries(faults)) {
    it(`have their next turn after ${name}`, async () => {
      const clock = new HandClock();
      let begun = 0;
      const ping = fault.ping ?? ((): Promise<PingReport> => Promise.resolve(well));
      const checker = new Checker({
        flows: [flow('1')],
        sink: new KeepingSink(),
        clock,
        random: () => 0.5,
        ...fault,
        ping: (options) => {
          begun++;
          return ping(options);
        },
      });
      await clock.pass(3_000);
      for (let turn = 1; turn <= 3; turn++) {
        assert.equal(begun, turn);
        await clock.pass(15_000);
        await clock.pass(45_000);
      }
      checker.close();
      assert.deepEqual(clock.due(), []);
    });
  }

  it('give up a ping that never ends, and count it as failed', async () => {
    const clock = new HandClock();
    const sink = new KeepingSink();
    let signal: AbortSignal | undefined;
    const checker = new Checker({
      flows: [flow('1')],
      sink,
      clock,
      random: () => 0,
      ping: (options) => {
        signal = options.signal;
        return new Promise(() => undefined);
      },
    });
    await clock.pass(0);
    await clock.pass(15_000);
    assert.deepEqual(sink.outcomes(), { check_failed: 1 });
    assert.equal(sink.events[0]!.reason, 'The check did not end within 15 s, and was given up.');
    assert.ok(signal!.aborted);
    checker.close();
  });

  it('go on at an endpoint that switches protocols', async () => {
    const odd = 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n';
    const endpoint = await startRawEndpoint((socket) => void socket.write(odd));
    const sink = new KeepingSink();
    const checker = new Checker({ flows: [{ id: '1', upstream: endpoint.url, publicKey }], sink, intervalMs: 20 });
    await sink.count(3);
    checker.close();
    for (const { outcome, reason } of sink.events) {
      assert.equal(outcome, 'check_failed');
      assert.match(reason!, /HTTP 101/);
    }
    await endpoint.close();
  });

  it('follow the flows that are set, and count nothing that was called off', async () => {
    const clock = new HandClock();
    const sink = new KeepingSink();
    const asked: PingOptions[] = [];
    const answers: ((report: PingReport) => void)[] = [];
    const checker = new Checker({
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
    const checker = new Checker({
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
