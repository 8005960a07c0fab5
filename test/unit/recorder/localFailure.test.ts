import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, createServer, type Server, type ServerResponse } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { isLocalFailure } from '../../../src/recorder/localFailure';
import { buildProgram } from '../../fixtures/program';
import { send } from './stage';

const flow = '1204588317730952';

describe('a recorder that has no sockets left', function () {
  this.timeout(30_000);
  let folder: string;
  let program: string;
  let endpoint: Server;
  let held: ServerResponse[] = [];
  let recorder: ChildProcess | undefined;

  before(async function () {
    // Windows has no limit of this kind.
    if (process.platform === 'win32') this.skip();
    folder = mkdtempSync(path.join(tmpdir(), 'flowmeter-want-'));
    program = await buildProgram(folder);
    endpoint = createServer((request, response) => {
      request.resume();
      held.push(response);
    });
    await new Promise<void>((resolve) => endpoint.listen(0, '127.0.0.1', resolve));
  });
  afterEach(() => {
    recorder?.kill('SIGKILL');
    held = [];
  });
  after(() => {
    endpoint?.close();
    endpoint?.closeAllConnections();
    if (folder) rmSync(folder, { recursive: true, force: true });
  });

  for (const host of ['127.0.0.1', 'localhost']) {
    it(`lays nothing to the endpoint at ${host}, says so, and goes on once there are some again`, async () => {
      const { port } = endpoint.address() as AddressInfo;
      const args = ['record', '--store', path.join(folder, `${host}.db`), '--port', '0', '--serve-port', '0'];
      const command = 'ulimit -n 60 && exec "$0" "$@"';
      const upstream = `${flow}=http://${host}:${port}/flow`;
      const child = spawn('sh', ['-c', command, process.execPath, program, ...args, '--flow', upstream], {
        cwd: folder,
      });
      recorder = child;
      let said = '';
      const until = async (pattern: RegExp): Promise<string> => {
        for (let found = pattern.exec(said); ; found = pattern.exec(said)) {
          if (found) return found[1] ?? '';
          assert.equal(child.exitCode, null, said);
          await new Promise((resolve) => setImmediate(resolve));
        }
      };
      for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (said += String(chunk)));
      const url = await until(/recording on (\S+)/);
      const [token, api] = [await until(/token: (\S+)/), await until(/listening on (\S+)/)];

      // The endpoint holds what comes, so that connections add up. Some callers are let in and cannot be passed on.
      const agent = new Agent();
      const answers: Promise<number>[] = [];
      // A request needs two sockets, and there may be an even number of them: then the last one is given back at 60.
      const spare = connect(Number(new URL(url).port), '127.0.0.1').on('error', () => undefined);
      const lacking = /could not do its part \(E[A-Z_]+\)/;
      while (!lacking.test(said) && answers.length < 400) {
        if (answers.length === 60) spare.destroy();
        answers.push(
          send(`${url}/${flow}`, { body: '{}', agent }).then(
            ({ status }) => status,
            () => 0,
          ),
        );
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      spare.destroy();
      assert.match(said, lacking);
      const release = setInterval(() => {
        for (const response of held.splice(0)) response.end('ok');
      }, 10);
      const statuses = await Promise.all(answers);
      assert.ok(statuses.includes(503));
      assert.ok(!statuses.includes(502), String(statuses));
      let served = 0;
      while ((await send(`${url}/${flow}`, { body: '{}' }).catch(() => undefined))?.status !== 200);
      served = statuses.filter((status) => status === 200).length + 1;
      clearInterval(release);

      const figures = async (metric: string): Promise<Record<string, number>> => {
        const address = `${api}/v26.0/${flow}?fields=metric.name(${metric}).granularity(LIFETIME)`;
        const answer = await fetch(address, { headers: { authorization: `Bearer ${token}` } });
        const { metric: found } = (await answer.json()) as {
          metric?: { data_points: { data: { key: string; value: number }[] }[] };
        };
        return Object.fromEntries(found?.data_points[0]?.data.map(({ key, value }) => [key, value]) ?? []);
      };
      while (((await figures('ENDPOINT_REQUEST_COUNT')).value ?? 0) < served);
      assert.deepEqual(await figures('ENDPOINT_REQUEST_COUNT'), { value: served });
      assert.deepEqual(await figures('ENDPOINT_REQUEST_ERROR'), {});
      // A flood is one line.
      assert.equal(said.split('could not do its part').length, 2);
    });
  }
});

describe('an error of a connection', () => {
  const error = (code: string): NodeJS.ErrnoException => Object.assign(new Error(code), { code });

  for (const code of ['EMFILE', 'ENFILE', 'EADDRNOTAVAIL', 'ENOBUFS', 'ENOMEM', 'EAGAIN', 'EAI_AGAIN', 'ENETDOWN']) {
    it(`is this computer's own with ${code}`, () => {
      assert.equal(isLocalFailure(error(code)), true);
      assert.equal(isLocalFailure(new AggregateError([error('ECONNREFUSED'), error(code)])), true);
    });
  }

  it("is the endpoint's where the other of its addresses is one of IPv6, which this computer does not have", () => {
    const refused = error('ECONNREFUSED');
    const unknown = (address: string): Error => Object.assign(error('EADDRNOTAVAIL'), { syscall: 'connect', address });
    assert.equal(isLocalFailure(new AggregateError([refused, unknown('::1')]), false), false);
    assert.equal(isLocalFailure(new AggregateError([refused, unknown('::1')]), true), true);
    assert.equal(isLocalFailure(new AggregateError([refused, unknown('127.0.0.1')]), false), true);
    assert.equal(isLocalFailure(unknown('::1'), false), true);
  });

  for (const code of [
    'ECONNREFUSED',
    'ECONNRESET',
    'ENOTFOUND',
    'ETIMEDOUT',
    'EHOSTUNREACH',
    'EPIPE',
    'CERT_HAS_EXPIRED',
  ]) {
    it(`is the endpoint's with ${code}`, () => {
      assert.equal(isLocalFailure(error(code)), false);
      assert.equal(isLocalFailure(new AggregateError([error(code), error('ECONNREFUSED')])), false);
    });
  }
});
