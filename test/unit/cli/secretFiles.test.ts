/** Files with secrets that are named to a command: what other users may do with them, and what follows. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { readFilled, readSecret } from '../../../src/cli/secret';
import { buildProgram } from '../../fixtures/program';
import { RunningProgram, type Ended } from '../../fixtures/runningProgram';

const token = 'file-token-0123456789';

describe('command line: a file with a secret', function () {
  this.timeout(60_000);
  let folder: string;
  let program: string;
  const inFolder = (name: string): string => path.join(folder, name);
  const write = (name: string, text: string, mode: number): void => {
    writeFileSync(inFolder(name), text);
    chmodSync(inFolder(name), mode);
  };

  before(async function () {
    if (process.platform === 'win32') this.skip();
    folder = mkdtempSync(path.join(tmpdir(), 'flowmeter-secrets-'));
    program = await buildProgram(folder);
  });
  after(() => {
    RunningProgram.killAll();
    if (folder) rmSync(folder, { recursive: true, force: true });
  });

  const start = (...args: readonly string[]): RunningProgram => new RunningProgram(program, { args, cwd: folder });

  /** What the server said until it listened, and whether it takes the token. */
  async function serve(file: string): Promise<{ readonly status: number; readonly ended: Ended }> {
    const server = start('serve', '--port', '0', '--token-file', file);
    const url = await server.said(/^listening on (\S+)$/m);
    const answer = await fetch(`${url}/v26.0/flowmeter`, { headers: { authorization: `Bearer ${token}` } });
    return { status: answer.status, ended: await server.stop() };
  }

  for (const mode of [0o666, 0o664, 0o622, 0o602]) {
    it(`that other users may write (mode ${mode.toString(8)}) is refused, with what to do`, async () => {
      write('wide', `${token}\n`, mode);
      const flow = ['--flow', '1=http://127.0.0.1:1/'];
      write('verify', 'verify-me', 0o600);
      for (const args of [
        ['serve', '--port', '0', '--token-file', 'wide'],
        ['serve', '--port', '0', '--expired-token-file', 'wide'],
        ['record', '--store', 'm.db', ...flow, '--verify-token-file', 'verify', '--app-secret-file', 'wide'],
      ]) {
        const { code, err } = await start(...args).ended;
        assert.equal(code, 1);
        const shown = `mode 0${mode.toString(8)}`;
        assert.match(
          err,
          new RegExp(`^flowmeter: The file with the .*wide.* can be written by other users \\(${shown}\\)`),
        );
        assert.match(err, /it is not used\. Look into it, then close it: chmod 600 \S+\n$/);
        assert.doesNotMatch(err, new RegExp(token));
      }
    });
  }

  for (const mode of [0o644, 0o640, 0o604]) {
    it(`that they may read (mode ${mode.toString(8)}) is used, and told of in one line`, async () => {
      write('readable', `${token}\n`, mode);
      const { status, ended } = await serve('readable');
      assert.equal(status, 200);
      assert.match(
        ended.err,
        /^flowmeter: the file with the token, readable, can be read by other users .*chmod 600 readable\n$/,
      );
    });
  }

  for (const mode of [0o600, 0o400]) {
    it(`that is for its owner alone (mode ${mode.toString(8)}) is used without a word`, async () => {
      write('private', `${token}\n`, mode);
      const { status, ended } = await serve('private');
      assert.deepEqual([status, ended.err], [200, '']);
    });
  }

  it('may be a link into a folder of links, as containers mount secrets', async () => {
    mkdirSync(inFolder('..data'));
    write('..data/token', token, 0o644);
    symlinkSync('..data/token', inFolder('linked'));
    const { status, ended } = await serve('linked');
    assert.equal(status, 200);
    assert.match(ended.err, /^(flowmeter: [^\n]+chmod 600 linked\n)?$/);
    chmodSync(inFolder('..data/token'), 0o666);
    assert.equal((await start('serve', '--token-file', 'linked').ended).code, 1);
  });

  it('may be a pipe, whatever its mode', async () => {
    execFileSync('mkfifo', ['-m', '666', inFolder('pipe')]);
    const server = start('serve', '--port', '0', '--token-file', 'pipe');
    writeFileSync(inFolder('pipe'), `${token}\n`);
    await server.said(/^listening on (\S+)$/m);
    assert.equal((await server.stop()).err, '');
  });

  it('is looked at where it holds a private key or an address with a secret, and not where it holds none', async () => {
    const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    write('public.pem', publicKey.export({ type: 'spki', format: 'pem' }).toString(), 0o666);
    write('private.pem', privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), 0o666);
    const ping = (option: string, file: string): Promise<Ended> =>
      start('ping', 'http://127.0.0.1:1/', option, file, '--timeout', '1').ended;
    assert.equal((await ping('--public-key', 'public.pem')).err, '');
    for (const option of ['--private-key', '--public-key']) {
      assert.match(
        (await ping(option, 'private.pem')).err,
        /The file with the key, private\.pem, can be written by other users/,
      );
    }
    const config = { store: 'c.db', port: 0, flows: [{ id: '1', upstream: 'http://127.0.0.1:1/' }] };
    write('plain.json', JSON.stringify(config), 0o666);
    const recorder = start('record', '--config', 'plain.json');
    await recorder.said(/^recording on (\S+)$/m);
    assert.equal((await recorder.stop()).err, '');
    write('hook.json', JSON.stringify({ ...config, webhookForward: 'http://127.0.0.1:2/?key=hush' }), 0o666);
    const { code, err } = await start('record', '--config', 'hook.json').ended;
    assert.equal(code, 1);
    assert.match(err, /The file with the options, hook\.json, can be written by other users/);
  });

  it('gives a passphrase as it was typed, spaces included, and one word of anything else', () => {
    write('spaces', '  open sesame \n', 0o600);
    assert.equal(readFilled(inFolder('spaces'), 'passphrase'), '  open sesame ');
    write('blank', '   ', 0o600);
    assert.equal(readFilled(inFolder('blank'), 'passphrase'), '   ');
    assert.throws(() => readSecret(inFolder('blank'), 'token'), /is empty/);
    write('padded', '\n hush \n\n', 0o600);
    assert.equal(readSecret(inFolder('padded'), 'token'), 'hush');
  });
});
