import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startFragileEndpoint } from '../../fixtures/fragileEndpoint';
import { buildProgram } from '../../fixtures/program';
import { startRawEndpoint } from '../../fixtures/rawEndpoint';
import { newKeys, openRequest } from '../../fixtures/sampleEndpoint';
import { startStage } from '../recorder/stage';

const { publicKey, privateKey } = newKeys();
const active = JSON.stringify({ data: { status: 'active' } });

interface Ended {
  readonly code: number | string | null | undefined;
  readonly out: string;
}

describe('command line: ping', function () {
  this.timeout(20_000);
  let folder: string;
  let program: string;

  before(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'flowmeter-ping-'));
    program = await buildProgram(folder);
    writeFileSync(path.join(folder, 'public.pem'), publicKey.export({ type: 'spki', format: 'pem' }));
    writeFileSync(path.join(folder, 'secret'), 'its-app-secret\n', { mode: 0o600 });
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  const ping = (url: string, ...more: readonly string[]): Promise<Ended> =>
    new Promise((resolve) => {
      const args = [program, 'ping', url, '--public-key', 'public.pem', '--timeout', '1', ...more];
      execFile(process.execPath, args, { cwd: folder }, (error, out) => resolve({ code: error ? error.code : 0, out }));
    });

  for (const [name, reply, text] of [
    [
      '101 Switching Protocols',
      (socket: Socket) =>
        void socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n'),
      /^Failed after .*HTTP 101/m,
    ],
    [
      '100 and silence',
      (socket: Socket) => void socket.write('HTTP/1.1 100 Continue\r\n\r\n'),
      /^Failed after .*within 1 s/m,
    ],
    ['an end at once', (socket: Socket) => void socket.destroy(), /^Failed after .*no HTTP answer/m],
    ['HTTP/0.9', (socket: Socket) => void socket.end('active'), /^Failed after .*no HTTP answer/m],
    [
      'JSON quotes',
      (socket: Socket, body: string) =>
        void socket.end(`HTTP/1.1 200 OK\r\n\r\n"${openRequest(Buffer.from(body), privateKey).seal(active)}"`),
      /^Failed after .*in quotes/m,
    ],
  ] as const) {
    it(`ends with 1 and the reason at ${name}`, async () => {
      const endpoint = await startRawEndpoint(reply);
      const { code, out } = await ping(endpoint.url);
      await endpoint.close();
      assert.equal(code, 1);
      assert.match(out, text);
    });
  }

  it('through the recorder ends no endpoint, and is recorded', async () => {
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
    const endpoint = await startFragileEndpoint(pem, 'its-app-secret');
    const recorder = await startStage(endpoint.url.replace('/flow', ''), { '7': '/flow' });
    const refused = await ping(`${recorder.url}/7`);
    assert.equal(refused.code, 1);
    assert.match(refused.out, /give the app secret/);
    const signed = await ping(`${recorder.url}/7`, '--app-secret-file', 'secret');
    assert.equal(signed.code, 0);
    assert.match(signed.out, /^The endpoint is active: answered in \d+ ms, HTTP 200\.$/m);
    assert.equal(endpoint.ended, undefined);
    assert.deepEqual(recorder.sink.outcomes(), { success: 2 });
    await recorder.close();
    await endpoint.close();
  });
});
