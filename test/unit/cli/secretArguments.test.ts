/** A secret in an argument where it does not belong: nothing that a command says repeats it. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { build } from 'esbuild';
import { buildProgram } from '../../fixtures/program';

const canaries = [
  'EAABcanary0123456789secret',
  'canary/with.dots/and+slashes==',
  'https://me:canary@example.invalid/canary?canary',
];
const flow = '1=http://127.0.0.1:1/';

/** What each command is given besides, so that the argument in question is the one that it looks at. */
const bases: Readonly<Record<string, readonly string[]>> = {
  serve: ['--port', '0'],
  record: ['--store', 'm.db', '--port', '0'],
  ping: ['http://127.0.0.1:1/', '--timeout', '1'],
  backup: ['--store', 'none.db', '--to', 'copy.db'],
};

/** What an option needs beside it, or it would be refused before it is looked at. */
const companions: Readonly<Record<string, readonly string[]>> = {
  'record --app-secret-file': ['--public-key', 'public.pem'],
  'record --passphrase-file': ['--public-key', 'public.pem'],
  'record --check-seconds': ['--public-key', 'public.pem'],
  'record --verify-token-file': ['--app-secret-file', 'secret'],
  'record --webhook-forward': ['--app-secret-file', 'secret', '--verify-token-file', 'secret'],
  'record --token-file': ['--serve-port', '0'],
  'ping --passphrase-file': ['--public-key', 'public.pem'],
  'ping --app-secret-file': ['--public-key', 'public.pem'],
  'ping --timeout': ['--public-key', 'public.pem'],
};

/** Runs each command of a list in one process: what starts goes on until the end. */
const driver = `
import { runCommand } from './src/cli/runCommand';
process.on('message', async (cases) => {
  process.setMaxListeners(0);
  const codes = [];
  for (const [i, args] of cases.entries()) {
    process.stdout.write('# case ' + i + '\\n');
    process.stderr.write('# case ' + i + '\\n');
    codes.push(await runCommand(args));
  }
  setTimeout(() => process.send(codes, () => process.exit(0)), 200);
});`;

describe('command line: a secret in any argument', function () {
  this.timeout(120_000);
  let folder: string;

  before(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'flowmeter-arguments-'));
    await buildProgram(folder);
    await build({
      stdin: { contents: driver, resolveDir: process.cwd(), loader: 'ts' },
      outfile: path.join(folder, 'driver.js'),
      bundle: true,
      platform: 'node',
      format: 'cjs',
      target: 'node20',
    });
    const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    writeFileSync(path.join(folder, 'public.pem'), publicKey.export({ type: 'spki', format: 'pem' }));
    writeFileSync(path.join(folder, 'secret'), 'hush', { mode: 0o600 });
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  async function runAll(cases: readonly (readonly string[])[]): Promise<{ codes: readonly number[]; said: string }> {
    const child = spawn(process.execPath, [path.join(folder, 'driver.js')], {
      cwd: folder,
      env: { PATH: process.env.PATH },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    let said = '';
    child.stdout!.on('data', (chunk: Buffer) => (said += String(chunk)));
    child.stderr!.on('data', (chunk: Buffer) => (said += String(chunk)));
    child.send(cases);
    const told = once(child, 'message') as Promise<[number[]]>;
    const closed = once(child, 'close').then(() => assert.ok(told, said));
    const codes = await Promise.race([told.then(([list]) => list), closed.then(() => undefined)]);
    await closed;
    assert.ok(codes, said);
    return { codes, said };
  }

  /** The options of a command as its help lists them, with and without a value. */
  async function optionsOf(
    command: string,
  ): Promise<readonly { readonly name: string; readonly takesValue: boolean }[]> {
    const { said } = await runAll([[command, '--help']]);
    return [...said.matchAll(/^ {2}(--[a-z-]+)( [A-Z][A-Z=-]*)?/gm)].map(([, name, value]) => ({
      name: name!,
      takesValue: value !== undefined,
    }));
  }

  for (const command of Object.keys(bases)) {
    it(`is not repeated by ${command}`, async () => {
      const options = await optionsOf(command);
      assert.ok(options.length >= 2);
      const base = [command, ...bases[command]!, ...(command === 'record' ? ['--flow', flow] : [])];
      const cases = canaries.flatMap((canary) => [
        ...options.flatMap(({ name, takesValue }) => {
          const more = [...base, ...(companions[`${command} ${name}`] ?? [])];
          return takesValue
            ? [
                [...more, name, canary],
                [...more, `${name}=-${canary}`],
                [...more, name, `7=${canary}`],
              ]
            : [[...more, `${name}=${canary}`]];
        }),
        [...base, canary],
        [...base, `--${canary}`],
        [...base, `-${canary}`],
        [...base, `--unknown=${canary}`],
        [command, canary],
        [canary, ...base],
      ]);
      const { codes, said } = await runAll(cases);
      assert.equal(codes.length, cases.length);
      assert.ok(codes.filter((code) => code > 0).length > cases.length / 2);
      const at = said.indexOf('canary');
      assert.ok(at < 0, `${said.slice(Math.max(0, at - 300), at + 200)}`);
    });
  }

  it('is not repeated where it stands in the file of --config', async () => {
    const file = (name: string, config: unknown): readonly string[] => {
      writeFileSync(path.join(folder, name), JSON.stringify(config), { mode: 0o600 });
      return ['record', '--config', name];
    };
    const config = {
      store: 'm.db',
      port: 0,
      flows: [{ id: '1', upstream: 'http://127.0.0.1:1/', publicKeyFile: 'public.pem' }],
    };
    const known = [
      'store',
      'port',
      'host',
      'zone',
      'sync',
      'maxBodyMb',
      'retentionDays',
      'maxFlows',
      'checkSeconds',
      'servePort',
    ];
    const files = ['passphraseFile', 'appSecretFile', 'verifyTokenFile', 'tokenFile', 'webhookForward', 'flows'];
    const ofFlow = ['id', 'name', 'upstream', 'publicKeyFile', 'privateKeyFile', 'appSecretFile'];
    const cases = canaries.flatMap((canary, n) => [
      ...[...known, ...files, canary].map((key, i) =>
        file(`a${n}-${i}.json`, { appSecretFile: 'secret', servePort: 0, ...config, [key]: canary }),
      ),
      ...[...ofFlow, canary].map((key, i) =>
        file(`b${n}-${i}.json`, { ...config, flows: [{ ...config.flows[0], [key]: canary }] }),
      ),
    ]);
    const { codes, said } = await runAll(cases);
    assert.ok(codes.filter((code) => code > 0).length > cases.length / 2);
    const at = said.indexOf('canary');
    assert.ok(at < 0, `${said.slice(Math.max(0, at - 300), at + 200)}`);
  });
});
