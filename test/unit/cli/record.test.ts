import assert from 'node:assert/strict';
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { createHmac, type KeyObject } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buildProgram } from '../../fixtures/program';
import { StartError, UsageError } from '../../../src/cli/command';
import { readOptions as readPingOptions } from '../../../src/cli/ping';
import { readRecordOptions } from '../../../src/cli/recordOptions';
import { startSampleEndpoint, type SampleEndpoint } from '../../fixtures/sampleEndpoint';
import { send } from '../recorder/stage';

const flow = '1204588317730952';

interface Program {
  readonly child: ChildProcess;
  readonly out: () => string;
  readonly err: () => string;
  /** Resolves with what a group of the pattern found in the output. */
  said(pattern: RegExp): Promise<string>;
  ended(): Promise<{ readonly code: number | null; readonly out: string; readonly err: string }>;
}

describe('command line: record and ping', function () {
  this.timeout(20_000);
  let folder: string;
  let program: string;
  let endpoint: SampleEndpoint;
  const running = new Set<ChildProcess>();
  const inFolder = (name: string): string => path.join(folder, name);

  before(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'flowmeter-record-'));
    program = await buildProgram(folder);
    endpoint = await startSampleEndpoint({ appSecret: 'hush' });
    const pem = (key: KeyObject, more = {}): string | Buffer =>
      key.export({ type: key.type === 'public' ? 'spki' : 'pkcs8', format: 'pem', ...more } as never);
    writeFileSync(inFolder('public.pem'), endpoint.publicPem);
    writeFileSync(inFolder('private.pem'), pem(endpoint.privateKey), { mode: 0o600 });
    const locked = { cipher: 'aes-256-cbc', passphrase: 'open sesame' };
    writeFileSync(inFolder('locked.pem'), pem(endpoint.privateKey, locked), { mode: 0o600 });
    writeFileSync(inFolder('passphrase'), 'open sesame\n', { mode: 0o600 });
    writeFileSync(inFolder('secret'), 'hush\n', { mode: 0o600 });
    writeFileSync(inFolder('verify'), 'verify-me\n', { mode: 0o600 });
    writeFileSync(inFolder('empty'), '', { mode: 0o600 });
    writeFileSync(inFolder('spaces'), 'hush hush\n', { mode: 0o600 });
    writeFileSync(inFolder('lines'), 'hush\nid=7\n', { mode: 0o600 });
    writeFileSync(inFolder('padded'), '\n hush\r\n\n', { mode: 0o600 });
    writeFileSync(inFolder('token'), 'right-token\n', { mode: 0o600 });
  });

  after(async () => {
    for (const child of running) child.kill('SIGKILL');
    await endpoint.close();
    rmSync(folder, { recursive: true, force: true });
  });

  function start(...args: readonly string[]): Program {
    const env = { ...process.env };
    delete env.FLOWMETER_TOKEN;
    const child = spawn(process.execPath, [program, ...args], { env, cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
    running.add(child);
    let out = '';
    let err = '';
    let watchers: (() => void)[] = [];
    const changed = (): void => {
      for (const watcher of watchers.splice(0)) watcher();
    };
    child.stdout!.on('data', (chunk: Buffer) => void ((out += chunk.toString()), changed()));
    child.stderr!.on('data', (chunk: Buffer) => void ((err += chunk.toString()), changed()));
    const closed = once(child, 'close').then(([code]) => {
      running.delete(child);
      changed();
      return code as number | null;
    });
    return {
      child,
      out: () => out,
      err: () => err,
      said: async (pattern) => {
        for (;;) {
          const found = pattern.exec(out + err);
          if (found) return found[1] ?? '';
          if (!running.has(child)) throw new Error(`ended early: ${out}${err}`);
          await new Promise<void>((resolve) => (watchers = [...watchers, resolve]));
        }
      },
      ended: async () => ({ code: await closed, out, err }),
    };
  }

  const stop = async ({ child, ended }: Program): Promise<Awaited<ReturnType<Program['ended']>>> => {
    child.kill('SIGTERM');
    return ended();
  };

  const figures = async (url: string, metric: string): Promise<Record<string, number>> => {
    const address = `${url}/v26.0/${flow}?fields=metric.name(${metric}).granularity(LIFETIME)`;
    const answer = await fetch(address, { headers: { authorization: 'Bearer right-token' } });
    const { metric: found } = (await answer.json()) as {
      metric?: { data_points: { data: { key: string; value: number }[] }[] };
    };
    return Object.fromEntries(found?.data_points[0]?.data.map(({ key, value }) => [key, value]) ?? []);
  };

  it('records, checks and serves in one process, and writes everything on SIGTERM', async () => {
    const args = ['--store', inFolder('one.db'), '--flow', `${flow}=${endpoint.url}/echo`, '--port', '0'];
    const keys = ['--public-key', 'public.pem', '--app-secret-file', 'secret', '--check-seconds', '5'];
    const one = start('record', ...args, ...keys, '--serve-port', '0', '--token-file', 'token');
    const api = await one.said(/^listening on (\S+)$/m);
    const url = await one.said(/^recording on (http:\/\/127\.0\.0\.1:\d+)$/m);
    assert.equal((await send(`${url}/${flow}`, { body: 'x' })).body.toString(), 'x');
    while ((await figures(api, 'ENDPOINT_REQUEST_COUNT')).value !== 1);
    // The endpoint echoes the ping in place of an answer to it.
    const failed = await one.said(/^flowmeter: (flow .*)$/m);
    assert.match(failed, new RegExp(`^flow ${flow}: the check failed: The answer cannot be decrypted`));
    while ((await figures(api, 'ENDPOINT_AVAILABILITY')).failed !== 1);
    for (let i = 0; i < 50; i++) await send(`${url}/${flow}`, { body: String(i) });
    const { code, out } = await stop(one);
    assert.equal(code, 0);
    assert.match(out, /^stopped: 51 requests recorded, 0 measurements lost$/m);
    assert.doesNotMatch(out, /token/);

    const two = start('serve', '--store', 'one.db', '--port', '0', '--token-file', 'token');
    const served = await two.said(/^listening on (\S+)$/m);
    assert.equal((await figures(served, 'ENDPOINT_REQUEST_COUNT')).value, 51);
    assert.equal((await stop(two)).code, 0);
  });

  it('is told everything by a file, and takes webhooks', async () => {
    const config = {
      store: 'two.db',
      port: 0,
      servePort: 0,
      tokenFile: 'token',
      appSecretFile: 'secret',
      verifyTokenFile: 'verify',
      checkSeconds: 5,
      flows: [{ id: flow, name: 'Booking', upstream: `${endpoint.url}/flow`, privateKeyFile: 'private.pem' }],
    };
    writeFileSync(inFolder('meter.json'), JSON.stringify(config));
    const recording = start('record', '--config', inFolder('meter.json'));
    const api = await recording.said(/^listening on (\S+)$/m);
    const url = await recording.said(/^recording on (\S+)$/m);
    while ((await figures(api, 'ENDPOINT_AVAILABILITY')).succeeded !== 1);

    const handshake = 'hub.mode=subscribe&hub.verify_token=verify-me&hub.challenge=77';
    assert.equal((await send(`${url}/webhook?${handshake}`, { method: 'GET' })).body.toString(), '77');
    const value = { event: 'ENDPOINT_LATENCY', p90_latency: 8000, threshold: 7000 };
    const changes = ['7', flow].map((id) => ({
      field: 'flows',
      value: { ...value, flow_id: id, alert_state: 'ACTIVATED' },
    }));
    // What is older than figures are kept is not told any more.
    const time = Math.floor(Date.now() / 1000) - 60;
    const body = JSON.stringify({ entry: [{ time, changes }] });
    const signature = `sha256=${createHmac('sha256', 'hush').update(body).digest('hex')}`;
    const answer = await send(`${url}/webhook`, { body, headers: { 'x-hub-signature-256': signature } });
    assert.equal(answer.status, 200);
    const ask = async (fields: string, id = flow): Promise<Record<string, never>> =>
      (await (
        await fetch(`${api}/v26.0/${id}?fields=${fields}`, { headers: { authorization: 'Bearer right-token' } })
      ).json()) as Record<string, never>;
    let alerts: readonly unknown[] = [];
    while (alerts.length === 0) alerts = (await ask('flowmeter_alerts')).flowmeter_alerts!['data'];
    assert.deepEqual(
      { ...(alerts[0] as object), id: '' },
      {
        id: '',
        type: 'ENDPOINT_LATENCY',
        state: 'ACTIVATED',
        time: new Date(time * 1000).toISOString(),
        value: 8000,
        threshold: 7000,
        text: 'p90 latency of the endpoint 8000 ms, threshold 7000 ms',
      },
    );
    const { name, endpoint_uri: upstream } = await ask('name,endpoint_uri');
    assert.deepEqual([name, upstream], ['Booking', `${endpoint.url}/flow`]);
    // Of the flow that nobody measures nothing is kept.
    assert.match(JSON.stringify(await ask('id', '7')), /"error"/);
    await recording.said(/(flow 7 is none of the meter's)/);
    assert.equal((await stop(recording)).code, 0);
  });

  it('knows its flows in a file that is begun while it runs', async () => {
    const config = {
      store: 'moved.db',
      port: 0,
      servePort: 0,
      tokenFile: 'token',
      appSecretFile: 'secret',
      verifyTokenFile: 'verify',
      flows: [{ id: flow, name: 'Booking', upstream: `${endpoint.url}/flow` }],
    };
    writeFileSync(inFolder('moved.json'), JSON.stringify(config));
    const recording = start('record', '--config', inFolder('moved.json'));
    const api = await recording.said(/^listening on (\S+)$/m);
    const url = await recording.said(/^recording on (\S+)$/m);
    renameSync(inFolder('moved.db'), inFolder('old.db'));
    const value = { event: 'FLOW_STATUS_CHANGE', flow_id: flow, old_status: 'PUBLISHED', new_status: 'BLOCKED' };
    const time = Math.floor(Date.now() / 1000);
    const body = JSON.stringify({ entry: [{ time, changes: [{ field: 'flows', value }] }] });
    const signature = `sha256=${createHmac('sha256', 'hush').update(body).digest('hex')}`;
    const answer = await send(`${url}/webhook`, { body, headers: { 'x-hub-signature-256': signature } });
    assert.equal(answer.status, 200);
    const known = async (): Promise<unknown> =>
      (
        await fetch(`${api}/v26.0/${flow}?fields=name,status,endpoint_uri`, {
          headers: { authorization: 'Bearer right-token' },
        })
      ).json();
    const wanted = { id: flow, name: 'Booking', status: 'BLOCKED', endpoint_uri: `${endpoint.url}/flow` };
    while (JSON.stringify(await known()) !== JSON.stringify(wanted)) assert.ok(running.has(recording.child));
    await recording.said(/(moved\.db was moved away while it was in use: a new file was begun)/);
    assert.equal((await stop(recording)).code, 0);
  });

  it('ends with code 1 and one line where it cannot run', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const busy = String((taken.address() as AddressInfo).port);
    const base = ['--store', 'three.db', '--flow', `${flow}=${endpoint.url}/echo`];
    for (const [args, message] of [
      [['--port', busy], /Port \d+ of 127\.0\.0\.1 is in use: choose another with --port/],
      [['--port', '0', '--serve-port', busy], /is in use: choose another with --serve-port/],
      [['--store', 'no/such/folder/x.db'], /--store cannot be opened: there is no folder of that name/],
      [['--store', 'private.pem'], /private\.pem is no SQLite database, so it is left as it is/],
      [['--public-key', 'none.pem'], /The file with the key cannot be read \(ENOENT\)/],
      [['--public-key', 'secret'], /secret: this is no PEM of an RSA key/],
      [['--private-key', 'locked.pem'], /Passphrase of locked\.pem cannot be asked here: give --passphrase-file/],
      [['--private-key', 'locked.pem', '--passphrase-file', 'secret'], /the passphrase is wrong/],
      [['--public-key', 'public.pem', '--app-secret-file', 'empty'], /app secret, empty, is empty/],
      [['--config', 'none.json'], /The file with the options cannot be read \(ENOENT\)/],
      // Named files are looked at also where nothing needs them.
      [['--public-key', 'public.pem', '--passphrase-file', 'none'], /passphrase cannot be read \(ENOENT\)/],
      [['--public-key', 'public.pem', '--passphrase-file', 'empty'], /passphrase, empty, is empty/],
      [['--public-key', 'none.pem', '--check-seconds', '0'], /key cannot be read \(ENOENT\)/],
      [
        ['--public-key', 'public.pem', '--check-seconds', '0', '--app-secret-file', 'none'],
        /app secret cannot be read/,
      ],
      [['--serve-port', '0', '--token-file', 'lines'], /token, lines, must hold the token alone on one line/],
      [['--public-key', 'public.pem', '--app-secret-file', 'spaces'], /must hold the app secret alone on one line/],
      [['--verify-token-file', 'lines', '--app-secret-file', 'secret'], /must hold the verify token alone on one line/],
    ] as const) {
      const { code, out, err } = await start('record', ...base, ...args).ended();
      assert.deepEqual([code, out.replace(/^token: .*\n/, '')], [1, ''], err);
      assert.match(err, message);
      assert.match(err, /^flowmeter: [^\n]+\n$/);
      assert.doesNotMatch(err, /hush/);
    }
    taken.close();
  });

  it('pings an endpoint with each kind of key', async () => {
    const url = `${endpoint.url}/flow`;
    for (const key of [
      ['--public-key', 'public.pem'],
      ['--private-key', 'private.pem'],
      ['--private-key', 'locked.pem', '--passphrase-file', 'passphrase'],
    ]) {
      const { code, out, err } = await start('ping', url, ...key, '--app-secret-file', 'secret').ended();
      assert.deepEqual([code, err], [0, '']);
      assert.match(
        out,
        /^Ping http.*\n {2}connect .* ms\n[^]*\nThe endpoint is active: answered in \d+ ms, HTTP 200\.\n$/,
      );
    }
    // Blank lines and spaces around a secret are none of its own.
    const padded = await start('ping', url, '--public-key', 'public.pem', '--app-secret-file', 'padded').ended();
    assert.equal(padded.code, 0, padded.err);
    const unsigned = await start('ping', url, '--public-key', 'public.pem').ended();
    assert.equal(unsigned.code, 1);
    assert.match(unsigned.out, /Signature refused \(HTTP 432\): give the app secret\.\n$/);
  });

  it('asks for the passphrase on a terminal, and does not show it', () => {
    const script = `import os, pty, sys
pid, fd = pty.fork()
if pid == 0: os.execv(sys.argv[1], sys.argv[1:])
seen = b''
sent = False
while True:
    try: chunk = os.read(fd, 4096)
    except OSError: break
    if not chunk: break
    seen += chunk
    if not sent and b'Passphrase of' in seen:
        sent = True
        os.write(fd, b'open sesame\\r')
sys.stdout.buffer.write(seen)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))`;
    // The endpoint lives in this process, which waits: nobody listens at the address, and that is told after the key.
    const ping = [program, 'ping', 'http://127.0.0.1:1/', '--private-key', 'locked.pem'];
    const { stdout, status } = spawnSync('python3', ['-c', script, process.execPath, ...ping], {
      cwd: folder,
      encoding: 'utf8',
    });
    assert.match(stdout, /Passphrase of locked\.pem: \r\n[^]*The connection was refused/);
    assert.ok(!stdout.includes('sesame'), stdout);
    assert.equal(status, 1);
  });

  it('helps', async () => {
    for (const [name, options] of [
      [
        'record',
        ['--flow', '--public-key', '--verify-token-file', '--webhook-forward', '--serve-port', '--check-seconds'],
      ],
      ['ping', ['--public-key', '--private-key', '--passphrase-file', '--app-secret-file']],
    ] as const) {
      const { code, out } = await start(name, '--help').ended();
      assert.equal(code, 0);
      for (const option of options) assert.ok(out.includes(option), option);
    }
    assert.match((await start('--help').ended()).out, /^ {2}record +\S.*\n {2}ping +\S/m);
  });

  describe('options', () => {
    const read = (line: string): ReturnType<typeof readRecordOptions> =>
      readRecordOptions(line.split(' ').filter(Boolean));
    const minimal = `--store m.db --flow ${flow}=http://127.0.0.1:3000/flow`;

    it('have sensible defaults', () => {
      assert.deepEqual(read(minimal), {
        store: 'm.db',
        flows: [{ id: flow, upstream: 'http://127.0.0.1:3000/flow' }],
        port: 8700,
        host: '127.0.0.1',
        maxBodyBytes: 10_485_760,
        sync: false,
        zone: 'America/Los_Angeles',
        retentionDays: 400,
        maxFlows: 10_000,
        checkSeconds: 60,
      });
    });

    it('of arguments count more than those of the file, whose files lie beside it', () => {
      const file = inFolder('options.json');
      const flows = [
        { id: '1', upstream: 'http://x/', publicKeyFile: 'a.pem', appSecretFile: 's' },
        { id: '2', upstream: 'http://x/' },
      ];
      writeFileSync(file, JSON.stringify({ store: 'c.db', port: 1, zone: 'Europe/Berlin', flows }));
      const options = read(
        `--config ${file} --port 2 --flow 3=http://y/?a=b --public-key common.pem --public-key 2=b=c.pem`,
      );
      assert.equal(options.store, inFolder('c.db'));
      assert.deepEqual([options.port, options.zone], [2, 'Europe/Berlin']);
      assert.deepEqual(options.flows, [
        { id: '1', upstream: 'http://x/', keyFile: inFolder('a.pem'), appSecretFile: inFolder('s') },
        { id: '2', upstream: 'http://x/', keyFile: 'b=c.pem' },
        { id: '3', upstream: 'http://y/?a=b', keyFile: 'common.pem' },
      ]);
    });

    it('take what belongs to a key or to the webhook where one of them is there', () => {
      const checked = read(`${minimal} --private-key k --passphrase-file p --app-secret-file s --check-seconds 5`);
      assert.deepEqual([checked.passphraseFile, checked.appSecretFile, checked.checkSeconds], ['p', 's', 5]);
      const file = inFolder('checked.json');
      const flows = [{ id: '1', upstream: 'http://x/', publicKeyFile: 'a.pem' }];
      writeFileSync(file, JSON.stringify({ store: 'c.db', checkSeconds: 7, appSecretFile: 's', flows }));
      assert.equal(read(`--config ${file}`).checkSeconds, 7);
      const webhook = read(`${minimal} --app-secret-file s --verify-token-file v`);
      assert.deepEqual([webhook.appSecretFile, webhook.verifyTokenFile], ['s', 'v']);
      const forward = 'http://127.0.0.1:3000/hook?key=x';
      const onward = read(`${minimal} --app-secret-file s --verify-token-file v --webhook-forward ${forward}`);
      assert.equal(onward.webhookForward, forward);
      const config = { store: 'c.db', appSecretFile: 's', verifyTokenFile: 'v', webhookForward: forward, flows };
      writeFileSync(file, JSON.stringify(config));
      assert.equal(read(`--config ${file}`).webhookForward, forward);
    });

    it('take an endpoint on another port of this computer, or on the same of another', () => {
      for (const upstream of ['http://127.0.0.1:8701/1', 'http://10.0.0.1:8700/1']) {
        assert.equal(read(`--store m.db --flow 1=${upstream}`).flows[0]!.upstream, upstream);
      }
    });

    const mistakes: readonly (readonly [string, RegExp])[] = [
      ['', /--store FILE is missing/],
      ['--store m.db', /A flow is missing/],
      ['--store meter --flow 1=http://x/', /--store must be a file .*meter\.db/],
      [`${minimal} --flow ${flow}=http://x/`, /given twice/],
      ['--store m.db --flow http://me:secret@x/', /--flow must be ID=URL/],
      ['--store m.db --flow 1=http://me:secret@x/', /Flow 1: .*user name or password/],
      ['--store m.db --flow 1=localhost:3000', /Flow 1: .*http:\/\/127\.0\.0\.1:3000\/flow/],
      ['--store m.db --flow abc=http://x/', /--flow must be ID=URL with an ID of 1 to 20 digits/],
      [`${minimal} --port 65536`, /--port.*65535/],
      [`${minimal} --port 3000`, /own --port 3000: requests would go round in a loop/],
      ['--store m.db --flow 1=http://x/ --flow 2=http://localhost:8700/2', /Flow 2: .*own --port 8700/],
      ['--store m.db --flow 1=http://[::1]:8700/1', /Flow 1: .*loop/],
      ['--store m.db --flow 1=http://127.0.0.1/1 --port 80', /Flow 1: .*loop/],
      [`${minimal} --host=`, /--host/],
      [`${minimal} --zone Mars/Olympus`, /--zone/],
      [`${minimal} --check-seconds 4`, /--check-seconds must be at least 5, or 0/],
      [`${minimal} --max-body-mb 0`, /--max-body-mb .* from 1 to 1000/],
      [`${minimal} --retention-days 0`, /--retention-days .* from 1 to 36500/],
      [`${minimal} --public-key 7=a.pem`, /there is no flow 7/],
      [`${minimal} --public-key a.pem --private-key b.pem`, /there is a key already/],
      [`${minimal} --public-key ${flow}=`, /a file is missing/],
      [`${minimal} --verify-token-file v`, /--verify-token-file needs --app-secret-file/],
      [`${minimal} --webhook-forward http://x/`, /--webhook-forward belongs to --verify-token-file/],
      ...(
        [
          ['localhost:3000', /--webhook-forward must be a URL/],
          ['http://me:secret@x/', /--webhook-forward must not hold a user name/],
          ['http://localhost:8700/webhook', /--webhook-forward leads to the recorder's own --port 8700/],
        ] as const
      ).map(
        ([url, message]) =>
          [`${minimal} --app-secret-file s --verify-token-file v --webhook-forward ${url}`, message] as const,
      ),
      [`${minimal} --token-file t`, /--token-file belongs to --serve-port/],
      [`${minimal} --passphrase-file p`, /--passphrase-file belongs to --public-key or --private-key/],
      [`${minimal} --check-seconds 30`, /--check-seconds belongs to --public-key or --private-key/],
      [`${minimal} --check-seconds 30 --app-secret-file s --verify-token-file v`, /--check-seconds belongs to/],
      [`${minimal} --app-secret-file s`, /--app-secret-file belongs to .*--verify-token-file/],
      [`${minimal} --colour`, /Argument 5 behind the command is no option of this command/],
      [`${minimal} extra`, /Argument 5 behind the command belongs to no option/],
    ];
    for (const [line, message] of mistakes) {
      it(`refuse "${line}"`, () => {
        assert.throws(
          () => read(line),
          (error: Error) =>
            error instanceof UsageError && message.test(error.message) && !/secret@/.test(error.message),
        );
      });
    }

    it('refuse a file that is wrong, and name the place', () => {
      const file = inFolder('wrong.json');
      for (const [text, message] of [
        ['{', /wrong\.json: it is not JSON/],
        ['[]', /it must be an object/],
        ['{"port":"1"}', /"port" must be a number/],
        ['{"zone":1}', /"zone" must be text/],
        ['{"store":""}', /"store" must be the path of a file/],
        ['{"constructor":1}', /"constructor" is not an option/],
        ['{"colour":1}', /"colour" is not an option: there is flows, port/],
        ['{"flows":{}}', /"flows" must be a list/],
        ['{"flows":[1]}', /flow 1 must be an object/],
        ['{"flows":[{"id":1}]}', /flow 1: "id" must be text, in quotes/],
        ['{"flows":[{"id":"1"}]}', /flow 1: "id" and "upstream" must be there/],
        ['{"flows":[{"id":"1","upstream":"http://x/","url":"x"}]}', /flow 1: "url" is not known/],
        [
          '{"flows":[{"id":"1","upstream":"http://x/","publicKeyFile":"a","privateKeyFile":"b"}]}',
          /flow 1: give "publicKeyFile" or "privateKeyFile"/,
        ],
        ['{"store":"m.db","flows":[{"id":"1","upstream":"ftp://x/"}]}', /Flow 1/],
        ['{"store":"m.db","checkSeconds":9,"flows":[{"id":"1","upstream":"http://x/"}]}', /--check-seconds belongs to/],
        [
          '{"store":"m.db","appSecretFile":"s","flows":[{"id":"1","upstream":"http://x/"}]}',
          /--app-secret-file belongs/,
        ],
        [
          '{"store":"m.db","passphraseFile":"p","flows":[{"id":"1","upstream":"http://x/"}]}',
          /--passphrase-file belongs/,
        ],
        [
          '{"store":"m.db","flows":[{"id":"1","upstream":"http://x/","publicKeyFile":"a"},{"id":"2","upstream":"http://x/","appSecretFile":"s"}]}',
          /Flow 2: its "appSecretFile" belongs to a key/,
        ],
        ['{"store":"m.db","port":9,"flows":[{"id":"1","upstream":"http://localhost:9/1"}]}', /Flow 1: .*loop/],
      ] as const) {
        writeFileSync(file, text);
        assert.throws(
          () => read(`--config ${file}`),
          (error: Error) => error instanceof UsageError && message.test(error.message),
          text,
        );
      }
      assert.throws(() => read(`--config ${inFolder('none.json')}`), StartError);
      assert.ok(readFileSync(file).length > 0);
    });

    it('of ping are read, and refused where they make no sense', () => {
      assert.deepEqual(readPingOptions(['http://x/', '--private-key', 'k', '--timeout', '3']), {
        url: 'http://x/',
        keyFile: 'k',
        passphraseFile: undefined,
        appSecretFile: undefined,
        timeoutMs: 3000,
      });
      for (const [line, message] of [
        ['', /URL of the endpoint is missing/],
        ['http://x/', /key must be given/],
        ['http://x/ --public-key a --private-key b', /Only one of --public-key and --private-key/],
        ['x --public-key a', /The URL cannot be used/],
        ['http://x/ y --public-key a', /more than one URL/],
        ['http://x/ --public-key a --timeout 0', /--timeout .* from 1 to 60/],
        ['http://x/ --public-key a --timeout 100', /--timeout .* from 1 to 60/],
      ] as const) {
        assert.throws(
          () => readPingOptions(line.split(' ').filter(Boolean)),
          (error: Error) => error instanceof UsageError && message.test(error.message),
        );
      }
    });
  });
});
