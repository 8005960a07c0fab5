/** Whoever ends a program that measures cuts no request within the ten seconds for which WhatsApp waits. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, request as httpRequest, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { readOwner } from '../../../src/meter/folder';
import { buildProgram } from '../../fixtures/program';
import { RunningProgram } from '../../fixtures/runningProgram';
import { flowId, MeterFixture, running } from '../meter/meterFixture';

/** As long as an endpoint may take at most, but for what a busy computer adds. */
const answerMs = 9_400;
const token = 'right-token';

describe('A request of nine seconds', function () {
  this.timeout(60_000);
  let folder: string;
  let endpoint: Server;
  let program: string;
  const labs: MeterFixture[] = [];
  /** Told of each request by the name that its caller gave it. */
  const reached = new Map<unknown, () => void>();
  let asked = 0;

  before(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'flowmeter-endings-'));
    program = await buildProgram(folder);
    endpoint = createServer((request, response) => {
      reached.get(request.headers['x-name'])?.();
      request.resume().on('end', () => setTimeout(() => response.end('served'), answerMs));
    });
    await once(endpoint.listen(0, '127.0.0.1'), 'listening');
  });
  after(async () => {
    RunningProgram.killAll();
    for (const lab of labs) await lab.close();
    endpoint.closeAllConnections();
    endpoint.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const upstream = (): string => `http://127.0.0.1:${(endpoint.address() as AddressInfo).port}/flow`;

  /** Resolves to its status once the request has reached the endpoint, as `answer`, and then to that. */
  async function ask(url: string): Promise<{ readonly answer: Promise<number | string> }> {
    const name = String(++asked);
    const arrival = new Promise<void>((resolve) => reached.set(name, resolve));
    const answer = new Promise<number | string>((resolve) => {
      const sent = httpRequest(
        url,
        { method: 'POST', agent: false, headers: { 'x-name': name } },
        (message: IncomingMessage) => {
          message.resume().on('end', () => resolve(message.statusCode!));
          message.on('error', (error) => resolve(error.message));
        },
      );
      sent.on('error', (error) => resolve(error.message));
      sent.end('{}');
    });
    await arrival;
    return { answer };
  }

  async function startMeter(
    graceMs?: number,
  ): Promise<{ lab: MeterFixture; supervisor: ReturnType<MeterFixture['supervisor']> }> {
    const lab = await MeterFixture.open([{ id: flowId, upstream: upstream() }]);
    labs.push(lab);
    const supervisor = lab.supervisor({}, graceMs);
    supervisor.start();
    await running(supervisor);
    return { lab, supervisor };
  }

  // Each of them waits, so that they wait together.
  const endings: Readonly<Record<string, () => Promise<number | string>>> = {
    'SIGTERM for record': async () => {
      const args = ['record', '--store', 'slow.db', '--flow', `${flowId}=${upstream()}`, '--port', '0'];
      const recorder = new RunningProgram(program, { args, cwd: folder });
      const { answer } = await ask(`${await recorder.said(/^recording on (\S+)$/m)}/${flowId}`);
      const { code, out } = await recorder.stop();
      assert.equal(code, 0);
      assert.match(out, /^stopped: 1 requests recorded, 0 measurements lost$/m);
      return answer;
    },
    'SIGTERM for serve': async () => {
      const args = ['serve', '--store', 'slow.db', '--port', '0'];
      const server = new RunningProgram(program, { args, cwd: folder, env: { FLOWMETER_TOKEN: token } });
      const url = `${await server.said(/^listening on (\S+)$/m)}/v26.0/events`;
      const event = `{"id":"a","flow":"${flowId}","time":${Date.now()},"outcome":"timeout_error"}\n`;
      const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/x-ndjson' };
      const sent = httpRequest(url, { method: 'POST', agent: false, headers });
      sent.write(event);
      const answered = once(sent, 'response') as Promise<[IncomingMessage]>;
      answered.catch(() => undefined);
      await delay(500);
      const ended = server.stop();
      await delay(8_000);
      sent.end();
      const [{ statusCode }] = await answered;
      assert.equal((await ended).code, 0);
      return statusCode!;
    },
    'SIGTERM for the editor’s meter': async () => {
      const { lab } = await startMeter();
      const { answer } = await ask(`http://127.0.0.1:${lab.port}/${flowId}`);
      process.kill((await readOwner(lab.folder))!.pid, 'SIGTERM');
      return answer;
    },
    'Stop Meter': async () => {
      const { lab, supervisor } = await startMeter();
      const { answer } = await ask(`http://127.0.0.1:${lab.port}/${flowId}`);
      assert.equal(await supervisor.stop(), 'stopped');
      return answer;
    },
    'the end of the last window': async () => {
      const { lab, supervisor } = await startMeter(3_000);
      const { answer } = await ask(`http://127.0.0.1:${lab.port}/${flowId}`);
      supervisor.dispose();
      return answer;
    },
  };

  it('gets its answer, whoever ends what it goes through', async () => {
    const results = await Promise.all(Object.entries(endings).map(async ([name, end]) => [name, await end()] as const));
    assert.deepEqual(Object.fromEntries(results), Object.fromEntries(Object.keys(endings).map((name) => [name, 200])));
  });
});
