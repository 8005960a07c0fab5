/** What anybody who reaches the recorder can bring about as often as they like fills no log. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request as httpRequest, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { signBody } from '../../../src/recorder/bodySignature';
import { buildProgram } from '../../fixtures/program';
import { RunningProgram } from '../../fixtures/runningProgram';

const count = 300;

describe('command line: the log of a recorder', function () {
  this.timeout(60_000);
  let folder: string;
  let program: string;

  before(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'flowmeter-floods-'));
    program = await buildProgram(folder);
    for (const name of ['secret', 'verify']) writeFileSync(path.join(folder, name), `its-${name}`, { mode: 0o600 });
  });
  after(() => {
    RunningProgram.killAll();
    rmSync(folder, { recursive: true, force: true });
  });

  it('has one line and a sum for each cause, though hundreds of requests bring it about', async () => {
    const webhook = ['--app-secret-file', 'secret', '--verify-token-file', 'verify'];
    const args = ['record', '--store', 'm.db', '--flow', '1=http://127.0.0.1:1/', '--port', '0', ...webhook];
    const recorder = new RunningProgram(program, { args, cwd: folder });
    const url = await recorder.said(/^recording on (\S+)$/m);
    const agent = new Agent({ keepAlive: true, maxSockets: 4 });
    const post = async (target: string, body: string, headers: Record<string, string> = {}): Promise<number> => {
      const sent = httpRequest(`${url}${target}`, { method: 'POST', agent, headers }).end(body);
      const [answer] = (await once(sent, 'response')) as [IncomingMessage];
      await once(answer.resume(), 'end');
      return answer.statusCode!;
    };
    const ofFlow = (id: number): string =>
      JSON.stringify({
        entry: [{ time: 1, changes: [{ field: 'flows', value: { event: `E${id}`, flow_id: String(id) } }] }],
      });
    const signed = (body: string): Record<string, string> => ({ 'x-hub-signature-256': signBody(body, 'its-secret') });
    for (let i = 0; i < count; i++) {
      assert.equal(await post('/webhook', '{}'), 403);
      assert.equal(await post('/webhook', '[]', signed('[]')), 400);
      assert.equal(await post('/webhook', ofFlow(i), signed(ofFlow(i))), 200);
      assert.equal(await post('/2', '{}'), 404);
    }
    agent.destroy();
    const { err } = await recorder.stop();
    const lines = err.split('\n').filter(Boolean);
    const about = (pattern: RegExp): readonly string[] => lines.filter((line) => pattern.test(line));
    for (const cause of [
      /webhook refused \(403\)/,
      /webhook refused \(400\)/,
      /webhook passed over: event "E\d+" of flow/,
    ]) {
      const [first, ...sums] = about(cause);
      assert.match(first!, /^flowmeter: webhook /);
      const told = sums.map((line) =>
        Number(/^flowmeter: (\d+) more like this (?:in the last minute|before the end): /.exec(line)![1]),
      );
      assert.equal(
        told.reduce((sum, one) => sum + one, 1),
        count,
      );
      assert.ok(sums.length <= 2, sums.join('\n'));
    }
    assert.match(about(/no flow is recorded at the address/).at(-1)!, new RegExp(` ${count} since the start\\.$`));
    assert.ok(lines.length <= 12, err);
  });
});
