/** A program whose endpoint is wrapped ends when it would have ended without, whatever its meter does. */
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import path from 'node:path';

const token = 'programEndToken';
/** Serves one request, and has nothing more to do. */
const program = `
  const { createServer } = require('node:http');
  const { recordFlow } = require(process.argv[1]);
  const handler = recordFlow((request, response) => response.end('ok'), { flowId: '1', intervalMs: Number(process.argv[2]) });
  const server = createServer(handler);
  server.listen(0, '127.0.0.1', async () => {
    const answer = await fetch('http://127.0.0.1:' + server.address().port, { headers: { connection: 'close' } });
    await answer.text();
    await new Promise((resolve) => setTimeout(resolve, Number(process.argv[3])));
    server.close();
    if (process.argv[4]) void handler[process.argv[4]]().then(() => process.stdout.write(process.argv[4] + ' '));
    process.on('exit', () => process.stdout.write(JSON.stringify(handler.state())));
  });
`;

interface Ended {
  readonly code: number | null;
  readonly errors: string;
  /** What it called, where that came to its end. */
  readonly called: string;
  readonly state: { readonly sent: number; readonly waiting: number; readonly lost: number };
  /** Requests that came to the meter. */
  readonly asked: number;
  readonly milliseconds: number;
}

describe('A program with a wrapped endpoint', function () {
  this.timeout(20_000);
  const open: Socket[] = [];
  let close: () => void = () => undefined;
  let child: ChildProcess | undefined;

  afterEach(() => {
    child?.kill('SIGKILL');
    for (const socket of open.splice(0)) socket.destroy();
    close();
  });

  /** `answer` is what the meter says to each request; undefined: nothing. */
  const end = async (answer: string | undefined, intervalMs = 60_000, livesMs = 0, call = ''): Promise<Ended> => {
    let asked = 0;
    const meter = createServer((socket) => {
      open.push(socket);
      socket.on('error', () => undefined);
      socket.on('data', (chunk) => {
        if (!chunk.toString('latin1').startsWith('POST ')) return;
        asked++;
        if (answer !== undefined) socket.end(answer);
      });
    });
    await once(meter.listen(0, '127.0.0.1'), 'listening');
    close = () => void meter.close();
    const env = {
      ...process.env,
      FLOWMETER_URL: `http://127.0.0.1:${(meter.address() as AddressInfo).port}`,
      FLOWMETER_TOKEN: token,
    };
    const began = performance.now();
    const args = ['--eval', program, path.resolve('dist/recordFlow.js'), String(intervalMs), String(livesMs), call];
    const started = spawn(process.execPath, args, { env });
    child = started;
    let out = '';
    let errors = '';
    started.stdout.on('data', (chunk) => (out += String(chunk)));
    started.stderr.on('data', (chunk) => (errors += String(chunk)));
    const [code] = (await once(started, 'close')) as [number | null];
    return {
      code,
      errors,
      called: out.split('{')[0]!.trim(),
      state: JSON.parse(out.slice(out.indexOf('{'))) as Ended['state'],
      asked,
      milliseconds: performance.now() - began,
    };
  };

  it('sends what waits before it ends', async () => {
    const { code, state, asked } = await end('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}');
    assert.deepEqual([code, state.sent, state.lost, asked], [0, 1, 0, 1]);
  });

  for (const call of ['close', 'flush']) {
    it(`does not end while it waits for ${call}()`, async () => {
      for (const intervalMs of [60_000, 1]) {
        const answer = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}';
        const { called, state, asked } = await end(answer, intervalMs, 0, call);
        assert.deepEqual([called, state.sent, state.lost, asked], [call, 1, 0, 1]);
      }
    });
  }

  for (const [what, answer] of [
    ['refuses its token', 'HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n'],
    ['is in trouble', 'HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n'],
    ['switches protocols', 'HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n'],
    ['is no HTTP', 'SSH-2.0-OpenSSH\r\n'],
    ['hangs up', ''],
  ] as const) {
    it(`ends after one try where its meter ${what}, and says what is lost`, async () => {
      const { code, state, asked, errors } = await end(answer);
      assert.deepEqual([code, state.sent, state.waiting, state.lost, asked], [0, 0, 0, 1, 1]);
      assert.match(errors, /Lost: 1 event that the meter did not take before the program ended/);
    });
  }

  it('ends soon where its meter does not answer, also where it was asked before', async () => {
    const last = await end(undefined);
    assert.deepEqual([last.code, last.state.lost, last.asked], [0, 1, 1]);
    const before = await end(undefined, 50, 500);
    assert.deepEqual([before.code, before.state.lost, before.asked], [0, 1, 1]);
    // The answer that is waited for while it runs takes ten seconds.
    for (const { milliseconds } of [last, before]) assert.ok(milliseconds < 8_000, String(milliseconds));
  });

  it('prints one line without the token, whatever is answered in the meter’s place', async () => {
    const message = `a\\nforged line \\u001b[2K ${token} ${'x'.repeat(2_000)}`;
    const body = `{"error":{"message":"${message}"}}`;
    const { code, state, errors } = await end(
      `HTTP/1.1 400 Bad Request\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );
    assert.deepEqual([code, state.lost], [0, 1]);
    assert.ok(!errors.includes(token) && !errors.includes('\u001b') && !/^forged/m.test(errors), errors);
    assert.match(errors, /refused 1 event: a forged line/);
    assert.ok(errors.length < 1_000);
  });
});
