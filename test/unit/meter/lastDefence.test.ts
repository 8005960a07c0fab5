import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { Agent, request as httpRequest, type IncomingMessage } from 'node:http';
import path from 'node:path';
import { flowId, MeterFixture, running, until, type Start } from './meterFixture';

describe('A meter in which something unexpected happens', () => {
  let fixture: MeterFixture;
  let meter: Start;

  beforeEach(async () => {
    fixture = await MeterFixture.open();
    const hook = path.join(fixture.folder, 'hook.js');
    writeFileSync(hook, `process.on('SIGUSR2', () => { throw new TypeError('odd'); });`);
    meter = fixture.start(30_000, { NODE_OPTIONS: `--require ${hook}` });
    assert.deepEqual(await meter.message, { kind: 'ready' });
  });
  afterEach(() => fixture.close());

  it('goes on, keeps what it measured, and tells its windows and their logs', async () => {
    const log: string[] = [];
    const supervisor = fixture.supervisor({ log: (line) => log.push(line) });
    supervisor.start();
    await running(supervisor);
    assert.equal(await fixture.record(), 200);
    meter.child.kill('SIGUSR2');
    const { report, url } = await running(supervisor, ({ notes }) => notes.length > 0);
    assert.deepEqual(report.notes, ['Something unexpected happened, and the meter goes on: TypeError: odd']);
    assert.equal(await fixture.record(), 200);
    await until('both are counted', async () => (await fixture.counted(url)) === 2);
    assert.equal(log.filter((line) => line.includes('TypeError: odd')).length, 1);
  });

  for (const signal of ['SIGTERM', 'SIGINT', 'SIGQUIT'] as const) {
    it(`ends on ${signal} with what it measured, and cuts no caller who keeps his connection`, async () => {
      const agent = new Agent({ keepAlive: true });
      const send = (): Promise<number | string> =>
        new Promise((resolve) => {
          const request = httpRequest(
            `http://127.0.0.1:${fixture.port}/${flowId}`,
            { method: 'POST', agent },
            (answer: IncomingMessage) => {
              answer.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? ''));
              answer.resume().on('end', () => resolve(answer.statusCode!));
            },
          );
          request.on('error', ({ code = '' }: NodeJS.ErrnoException) => {
            // Where nobody listens any more the system ends connections that wait to be accepted.
            const isNotTaken = code === 'ECONNREFUSED' || (code === 'ECONNRESET' && !request.reusedSocket);
            resolve(isNotTaken ? 'not taken' : code);
          });
          request.end('{}');
        });
      const sent: Promise<number | string>[] = [];
      const caller = setInterval(() => sent.push(send()), 5);
      await until('callers are busy', () => sent.length > 50);
      meter.child.kill(signal);
      assert.equal(await meter.exited, 0);
      clearInterval(caller);
      const results = await Promise.all(sent);
      agent.destroy();
      assert.ok(
        results.every((result) => result === 200 || result === 'not taken'),
        results.join(),
      );
      const next = fixture.supervisor();
      next.start();
      const { url } = await running(next);
      assert.equal(await fixture.counted(url), results.filter((result) => result === 200).length);
    });
  }

  it('goes on where a terminal is closed', async () => {
    meter.child.kill('SIGHUP');
    assert.equal(await fixture.record(), 200);
    assert.equal(meter.child.exitCode, null);
  });
});
