import assert from 'node:assert/strict';
import { once } from 'node:events';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, createServer, request as httpRequest, type IncomingMessage, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { buildProgram } from '../../fixtures/program';
import { RunningProgram } from '../../fixtures/runningProgram';

const flow = '1204588317730952';
const ownEnv: Record<string, string> = { FLOWMETER_TOKEN: 'right-token' };

/** What became of a request: its status, or the code of its error. */
interface Outcome {
  readonly result: number | string;
  readonly connection?: string | undefined;
  /** No request went over its connection before. */
  readonly isFirst?: boolean;
}

describe('command line: the end of a command', function () {
  this.timeout(60_000);
  let folder: string;
  let program: string;
  let endpoint: Server;
  /** How long the endpoint takes. */
  let answerMs = 300;
  let asked = 0;
  let files = 0;

  before(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'flowmeter-closing-'));
    program = await buildProgram(folder);
    endpoint = createServer((request, response) => {
      asked++;
      request.resume().on('end', () => setTimeout(() => response.end('served'), answerMs));
    });
    await once(endpoint.listen(0, '127.0.0.1'), 'listening');
  });

  after(() => {
    RunningProgram.killAll();
    endpoint.closeAllConnections();
    endpoint.close();
    rmSync(folder, { recursive: true, force: true });
  });

  beforeEach(() => {
    answerMs = 300;
    asked = 0;
  });

  function start(args: readonly string[], env: Record<string, string> = ownEnv): RunningProgram {
    return new RunningProgram(program, { args, cwd: folder, env });
  }

  async function startRecorder(
    more: readonly string[] = [],
    env = ownEnv,
  ): Promise<{ recorder: RunningProgram; url: string }> {
    const upstream = `http://127.0.0.1:${(endpoint.address() as AddressInfo).port}/flow`;
    const store = `closing-${++files}.db`;
    const recorder = start(['record', '--store', store, '--flow', `${flow}=${upstream}`, '--port', '0', ...more], env);
    return { recorder, url: await recorder.said(/^recording on (\S+)$/m) };
  }

  function send(url: string, agent: Agent | false = false, headers: Record<string, string> = {}): Promise<Outcome> {
    return new Promise((resolve) => {
      const request = httpRequest(url, { method: 'POST', agent, headers }, (answer: IncomingMessage) => {
        answer.on('error', (error: NodeJS.ErrnoException) => resolve({ result: error.code ?? error.name }));
        answer.resume().on('end', () => {
          resolve({ result: answer.statusCode!, connection: answer.headers.connection });
        });
      });
      request.on('error', (error: NodeJS.ErrnoException) => {
        resolve({ result: error.code ?? error.name, isFirst: !request.reusedSocket });
      });
      request.end('{}');
    });
  }

  const isListening = (url: string): Promise<boolean> =>
    new Promise((resolve) => {
      const socket = connect(Number(new URL(url).port), '127.0.0.1');
      socket.on('connect', () => resolve(true)).on('error', () => resolve(false));
      socket.on('connect', () => socket.destroy());
    });

  const asks = async (count: number): Promise<void> => {
    while (asked < count) await once(endpoint, 'request');
  };

  it('cuts no request of callers who keep their connections, and counts each of them', async () => {
    const { recorder, url } = await startRecorder();
    const agent = new Agent({ keepAlive: true });
    const sent: Promise<Outcome>[] = [];
    const caller = setInterval(() => sent.push(send(`${url}/${flow}`, agent)), 1000 / 150);
    await asks(150);
    recorder.child.kill('SIGTERM');
    const { code, out } = await recorder.ended;
    clearInterval(caller);
    const outcomes = await Promise.all(sent);
    agent.destroy();
    const count = (wanted: number | string): number => outcomes.filter(({ result }) => result === wanted).length;
    // Where nobody listens any more the system ends connections that wait to be accepted; no program can take them.
    const notTaken = outcomes.filter(
      ({ result, isFirst }) => result === 'ECONNREFUSED' || (result === 'ECONNRESET' && isFirst),
    );
    assert.equal(count(200) + notTaken.length, outcomes.length, JSON.stringify(outcomes));
    assert.ok(count(200) >= 150);
    // The answers that came after the signal say that they are the last ones of their connections.
    assert.ok(outcomes.filter(({ connection }) => connection === 'close').length > 20);
    assert.equal(code, 0);
    assert.match(out, new RegExp(`^stopped: ${count(200)} requests recorded, 0 measurements lost$`, 'm'));
  });

  it('answers what was sent before, one-shot or kept, though it takes seconds', async () => {
    answerMs = 4_000;
    const { recorder, url } = await startRecorder();
    const agent = new Agent({ keepAlive: true });
    const both = [send(`${url}/${flow}`), send(`${url}/${flow}`, agent)];
    await asks(2);
    const ended = recorder.stop();
    assert.deepEqual(
      (await Promise.all(both)).map(({ result }) => result),
      [200, 200],
    );
    agent.destroy();
    assert.match((await ended).out, /^stopped: 2 requests recorded, 0 measurements lost$/m);
  });

  it('cuts what nobody at WhatsApp waits for any more, which is no loss, and counts it as what it is', async () => {
    answerMs = 60_000;
    const { recorder, url } = await startRecorder();
    const cut = send(`${url}/${flow}`);
    await asks(1);
    const began = performance.now();
    const { code, out } = await recorder.stop();
    assert.equal((await cut).result, 'ECONNRESET');
    assert.ok(performance.now() - began < 12_500);
    assert.equal(code, 0);
    assert.match(out, /^stopped: 1 requests recorded, 0 measurements lost$/m);
  });

  it('waits neither for idle connections nor for such on which nothing was ever sent', async () => {
    answerMs = 0;
    const { recorder, url } = await startRecorder(['--serve-port', '0']);
    const agent = new Agent({ keepAlive: true });
    assert.equal((await send(`${url}/${flow}`, agent)).result, 200);
    const silent = connect(Number(new URL(url).port), '127.0.0.1');
    await once(silent, 'connect');
    const began = performance.now();
    const { code } = await recorder.stop();
    assert.ok(performance.now() - began < 4_000);
    assert.equal(code, 0);
    silent.destroy();
    agent.destroy();
  });

  for (const [kind, hook] of [
    ['an exception', 'throw new TypeError("odd")'],
    ['a rejection', 'Promise.reject(new TypeError("odd"))'],
    ['an event without a listener', 'new (require("node:events"))().emit("error", new TypeError("odd"))'],
  ] as const) {
    it(`does not come from ${kind} that nobody caught`, async () => {
      answerMs = 0;
      const file = path.join(folder, 'hook.js');
      writeFileSync(file, `process.on('SIGUSR2', () => { ${hook}; });`);
      const env = { FLOWMETER_TOKEN: 'right-token', NODE_OPTIONS: `--require ${file}` };
      const { recorder, url } = await startRecorder(['--serve-port', '0'], env);
      const server = start(['serve', '--port', '0'], env);
      const api = await server.said(/^listening on (\S+)$/m);
      assert.equal((await send(`${url}/${flow}`)).result, 200);
      for (const { child } of [recorder, server]) child.kill('SIGUSR2');
      for (const odd of [recorder, server]) {
        await odd.said(/^flowmeter: unexpected error, going on all the same: TypeError: odd at /m);
      }
      assert.equal((await send(`${url}/${flow}`)).result, 200);
      assert.equal((await fetch(`${api}/v26.0/flowmeter`)).status, 401);
      const { code, out } = await recorder.stop();
      assert.equal(code, 0);
      assert.match(out, /^stopped: 2 requests recorded, 0 measurements lost$/m);
      assert.equal((await server.stop()).code, 0);
    });
  }

  it('does not come from a reader of its output that went away', async () => {
    answerMs = 0;
    const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    writeFileSync(path.join(folder, 'public.pem'), publicKey.export({ type: 'spki', format: 'pem' }));
    const { recorder, url } = await startRecorder(['--public-key', 'public.pem', '--check-seconds', '5']);
    for (const stream of [recorder.child.stdout, recorder.child.stderr]) stream!.destroy();
    // The request that is not the test's own is the first check; that it failed is written where nobody reads.
    await asks(1);
    for (let i = 0; i < 20; i++) assert.equal((await send(`${url}/${flow}`)).result, 200);
    assert.equal((await recorder.stop()).code, 0);
  });

  it('is told by ping with the same code, whoever reads it', async () => {
    const ping = start(['ping', 'http://127.0.0.1:1/', '--public-key', 'public.pem']);
    for (const stream of [ping.child.stdout, ping.child.stderr]) stream!.destroy();
    assert.equal((await ping.ended).code, 1);
  });

  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT'] as const) {
    it(`writes what waits on ${signal}`, async () => {
      const { recorder, url } = await startRecorder();
      const sent = Array.from({ length: 20 }, () => send(`${url}/${flow}`));
      await asks(20);
      const { code, out } = await recorder.stop(signal);
      assert.ok((await Promise.all(sent)).every(({ result }) => result === 200));
      assert.equal(code, 0);
      assert.match(out, /^stopped: 20 requests recorded, 0 measurements lost$/m);
    });

    it(`ends a server that is asked on ${signal}`, async () => {
      const server = start(['serve', '--port', '0']);
      const url = await server.said(/^listening on (\S+)$/m);
      assert.equal(
        (await fetch(`${url}/v26.0/flowmeter`, { headers: { authorization: 'Bearer right-token' } })).status,
        200,
      );
      assert.equal((await server.stop(signal)).code, 0);
    });
  }

  it('ends at once on a second signal, but for a terminal that is told to be closed twice', async () => {
    answerMs = 60_000;
    const { recorder, url } = await startRecorder();
    const cut = send(`${url}/${flow}`);
    await asks(1);
    const began = performance.now();
    recorder.child.kill('SIGHUP');
    // The first signal closes the port.
    while (await isListening(url)) await delay(10);
    recorder.child.kill('SIGHUP');
    recorder.child.kill('SIGTERM');
    const { code, signal } = await recorder.ended;
    assert.deepEqual([code, signal], [null, 'SIGTERM']);
    assert.ok(performance.now() - began < 4_000);
    assert.equal((await cut).result, 'ECONNRESET');
  });

  it('answers the API until it is done, each answer as the last one of its connection', async () => {
    const server = start(['serve', '--store', `closing-${++files}.db`, '--port', '0']);
    const url = await server.said(/^listening on (\S+)$/m);
    const agent = new Agent({ keepAlive: true });
    const headers = { authorization: 'Bearer right-token', 'content-type': 'application/x-ndjson' };
    const events = `${url}/v26.0/events`;
    let sending = true;
    const outcomes: Outcome[] = [];
    const clients = Array.from({ length: 16 }, async () => {
      while (sending) {
        const outcome = await send(events, agent, headers);
        outcomes.push(outcome);
        // A new connection may find the port closed.
        if (outcome.result !== 400 || outcome.connection === 'close') return;
      }
    });
    while (outcomes.length < 200) await delay(1);
    const { code } = await server.stop();
    sending = false;
    await Promise.all(clients);
    agent.destroy();
    assert.equal(code, 0);
    assert.ok(
      outcomes.every(({ result }) => result === 400),
      JSON.stringify(outcomes.slice(-20)),
    );
    assert.ok(outcomes.some(({ connection }) => connection === 'close'));
  });
});
