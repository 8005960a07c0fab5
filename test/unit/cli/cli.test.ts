import assert from 'node:assert/strict';
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { buildProgram } from '../../fixtures/program';
import { UsageError } from '../../../src/cli/command';
import { readServeOptions } from '../../../src/cli/serveOptions';
import { flowIds, testClock } from '../server/testServer';

interface Outcome {
  readonly code: number | null;
  readonly signal: string | null;
  readonly out: string;
  readonly err: string;
}

describe('command line', function () {
  this.timeout(20_000);
  let folder: string;
  let program: string;
  const running = new Set<ChildProcess>();

  before(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'flowmeter-cli-'));
    program = await buildProgram(folder);
  });

  after(() => {
    for (const child of running) child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });

  function start(args: readonly string[], env: Record<string, string> = {}): ChildProcess {
    const inherited = { ...process.env };
    delete inherited.FLOWMETER_TOKEN;
    const child = spawn(process.execPath, [program, ...args], { env: { ...inherited, ...env } });
    running.add(child);
    child.once('exit', () => running.delete(child));
    return child;
  }

  async function run(args: readonly string[], env?: Record<string, string>): Promise<Outcome> {
    const child = start(args, env);
    let out = '';
    let err = '';
    child.stdout!.on('data', (chunk: Buffer) => (out += chunk.toString()));
    child.stderr!.on('data', (chunk: Buffer) => (err += chunk.toString()));
    const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
    return { code, signal, out, err };
  }

  /** Waits until the server says where it listens. */
  async function serve(
    args: readonly string[],
    env?: Record<string, string>,
  ): Promise<{ child: ChildProcess; url: string; out: string }> {
    const child = start(['serve', '--port', '0', ...args], env);
    let out = '';
    for await (const chunk of child.stdout!) {
      out += String(chunk);
      const url = /^listening on (http:\/\/\S+)$/m.exec(out)?.[1];
      if (url) return { child, url, out };
    }
    throw new Error(`ended early: ${out}`);
  }

  async function status(url: string, token: string, what = '/v26.0/flowmeter'): Promise<number> {
    return (await fetch(url + what, { headers: { authorization: `Bearer ${token}` } })).status;
  }

  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    it(`serves with a token it made up and stops cleanly on ${signal}`, async () => {
      const { child, url, out } = await serve([]);
      const token = /^token: (\S+)$/m.exec(out)?.[1];
      assert.match(token ?? '', /^[\w-]{43}$/);
      assert.match(url, /^http:\/\/127\.0\.0\.1:\d+$/);
      assert.equal(await status(url, token!), 200);
      assert.equal(await status(url, 'other'), 401);
      const exit = once(child, 'exit');
      child.kill(signal);
      assert.deepEqual(await exit, [0, null]);
    });
  }

  it('takes its token from a file or from the environment, and then prints none', async () => {
    const file = path.join(folder, 'token');
    const old = path.join(folder, 'old-token');
    writeFileSync(file, 'from-file\n', { mode: 0o600 });
    writeFileSync(old, 'from-yesterday\n', { mode: 0o600 });
    const one = await serve(['--token-file', file, '--expired-token-file', old], {
      FLOWMETER_TOKEN: 'from-environment',
    });
    const two = await serve([], { FLOWMETER_TOKEN: 'from-environment' });
    assert.doesNotMatch(one.out + two.out, /token/);
    assert.equal(await status(one.url, 'from-file'), 200);
    assert.equal(await status(one.url, 'from-environment'), 401);
    assert.equal(await status(two.url, 'from-environment'), 200);
    const expired = await fetch(`${one.url}/v26.0/1`, { headers: { authorization: 'Bearer from-yesterday' } });
    const { error } = (await expired.json()) as { error: Record<string, unknown> };
    assert.deepEqual([error.code, error.error_subcode], [190, 463]);
    one.child.kill();
    two.child.kill();
  });

  it('answers the sample requests of the API page, asked with plain curl', async () => {
    const { child, url } = await serve(['--clock', '2024-02-02T10:00:00Z'], { FLOWMETER_TOKEN: 'secret' });
    const ask = async (metric: string, granularity: string): Promise<Record<string, never>> => {
      const address = `${url}/v16.0/${flowIds.booking}?fields=metric.name(${metric}).granularity(${granularity}).since(2024-01-28).until(2024-01-30)`;
      const curl = spawnSync('curl', ['-sS', address, '--header', 'Authorization: Bearer secret'], {
        encoding: 'utf8',
      });
      if (!curl.error) return JSON.parse(curl.stdout) as Record<string, never>;
      const answer = await fetch(address, { headers: { authorization: 'Bearer secret' } });
      return (await answer.json()) as Record<string, never>;
    };
    for (const granularity of ['day', 'DAY']) {
      for (const metric of [
        'ENDPOINT_REQUEST_COUNT',
        'ENDPOINT_REQUEST_ERROR',
        'ENDPOINT_REQUEST_ERROR_RATE',
        'ENDPOINT_REQUEST_LATENCY_SECONDS_CEIL',
        'ENDPOINT_AVAILABILITY',
      ]) {
        const { id, metric: answer } = (await ask(metric, granularity)) as unknown as {
          id: string;
          metric: { name: string; granularity: string; data_points: { timestamp: string; data: unknown[] }[] };
        };
        assert.equal(id, flowIds.booking);
        assert.equal(answer.granularity, 'DAY');
        assert.equal(answer.name, metric);
        assert.deepEqual(
          answer.data_points.map(({ timestamp }) => timestamp),
          ['2024-01-28T08:00:00+0000', '2024-01-29T08:00:00+0000'],
        );
        assert.ok(answer.data_points.every(({ data }) => data.length > 0));
      }
    }
    child.kill();
  });

  it('serves measurements from a file: events go in, the API page’s curl brings figures out, also after a restart', async () => {
    const file = path.join(folder, 'meter.db');
    const env = { FLOWMETER_TOKEN: 'secret' };
    const headers = { authorization: 'Bearer secret', 'content-type': 'application/x-ndjson' };
    const time = new Date();
    const line = (id: string, outcome: string): string =>
      JSON.stringify({
        id,
        flow: '42',
        time: time.toISOString(),
        outcome,
        ...(outcome === 'success' ? { ms: 80 } : {}),
      });
    const body = [line('a', 'success'), line('b', 'timeout_error'), line('c', 'success')].join('\n');
    for (const expected of [
      { accepted: 3, duplicates: 0 },
      { accepted: 0, duplicates: 3 },
    ]) {
      const { child, url } = await serve(['--store', file, '--zone', 'UTC'], env);
      const sent = await fetch(`${url}/v26.0/events`, { method: 'POST', headers, body });
      assert.deepEqual(await sent.json(), expected);
      const date = time.toISOString().slice(0, 10);
      const address = `${url}/v16.0/42?fields=metric.name(ENDPOINT_REQUEST_ERROR).granularity(day).since(${date})`;
      const answer = await (await fetch(address, { headers })).json();
      assert.deepEqual(answer, {
        id: '42',
        metric: {
          granularity: 'DAY',
          name: 'ENDPOINT_REQUEST_ERROR',
          data_points: [{ timestamp: `${date}T00:00:00+0000`, data: [{ key: 'timeout_error', value: 1 }] }],
        },
      });
      const exit = once(child, 'exit');
      child.kill('SIGTERM');
      assert.deepEqual(await exit, [0, null]);
    }
  });

  it('ends with code 1 and one line where the file of measurements cannot be used', async () => {
    const foreign = path.join(folder, 'notes.db');
    const database = new DatabaseSync(foreign, { timeout: 10_000 });
    database.exec('CREATE TABLE notes (text)');
    database.close();
    for (const [file, told] of [
      [path.join(folder, 'none', 'meter.db'), /there is no folder of that name\. .*\n$/],
      [`${folder}/.`, /it is a folder\. .*\n$/],
      [foreign, /another program: choose another file\.\n$/],
    ] as const) {
      const { code, out, err } = await run(['serve', '--port', '0', '--store', file]);
      assert.deepEqual([code, out], [1, ''], err);
      assert.match(err, told);
      assert.equal(err.split('\n').length, 2, err);
    }
  });

  it('limits requests on request', async () => {
    const { child, url } = await serve(['--rate-limit', '1'], { FLOWMETER_TOKEN: 'secret' });
    assert.equal(await status(url, 'secret', `/v26.0/${flowIds.booking}`), 200);
    assert.equal(await status(url, 'secret', `/v26.0/${flowIds.booking}`), 400);
    child.kill();
  });

  it('helps', async () => {
    const overview = await run(['--help']);
    assert.equal(overview.code, 0);
    assert.match(overview.out, /^ {2}serve {2,}\w/m);
    const help = await run(['serve', '--help']);
    assert.equal(help.code, 0);
    for (const option of ['--port', '--token-file', '--clock', '--zone', '--rate-limit']) {
      assert.ok(help.out.includes(option));
    }
    assert.match((await run(['--version'])).out, /^\d+\.\d+\.\d+\n$/);
  });

  it('ends with code 2 and names what is allowed where the arguments make no sense', async () => {
    const { code, out, err } = await run(['serve', '--port', 'http']);
    assert.deepEqual([code, out], [2, '']);
    assert.match(err, /^flowmeter: --port must be a whole number from 0 to 65535\.\nTry --help\.\n$/);
    for (const [args, told] of [
      [[], /command is missing.*serve/],
      [['start'], /first argument must be a command.*serve/],
    ] as const) {
      const mistake = await run(args);
      assert.equal(mistake.code, 2);
      assert.match(mistake.err, told);
    }
  });

  it('ends with code 1 and one line where it cannot run', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as { port: number };
    const busy = await run(['serve', '--port', String(port)]);
    taken.close();
    assert.equal(busy.code, 1);
    assert.match(busy.err, /^flowmeter: Port \d+ of 127\.0\.0\.1 is in use: .*\n$/);
    const missing = await run(['serve', '--token-file', path.join(folder, 'none')]);
    assert.equal(missing.code, 1);
    assert.match(missing.err, /^flowmeter: The file with the token cannot be read \(ENOENT\)\.\n$/);
    writeFileSync(path.join(folder, 'two-words'), 'not a token', { mode: 0o600 });
    const odd = await run(['serve', '--token-file', path.join(folder, 'two-words')]);
    assert.equal(odd.code, 1);
    assert.match(
      odd.err,
      /^flowmeter: The file with the token, .*two-words, must hold the token alone on one line, .*\n$/,
    );
    assert.doesNotMatch(odd.err, /not a token/);
  });
});

describe('command line options', () => {
  it('have sensible defaults', () => {
    assert.deepEqual(readServeOptions([]), {
      host: '127.0.0.1',
      port: 8600,
      moreHosts: [],
      store: { kind: 'demo', seed: 1 },
      zone: 'America/Los_Angeles',
      minRequests: 250,
    });
  });

  it('are all read', () => {
    const options = readServeOptions(
      `--store demo --port 1 --host ::1 --allow-host a --allow-host b --token-file t --expired-token-file e
        --seed 7 --clock ${testClock} --zone Europe/Berlin --min-requests 0 --rate-limit 0`.split(/\s+/),
    );
    assert.deepEqual(options, {
      host: '::1',
      port: 1,
      moreHosts: ['a', 'b'],
      tokenFile: 't',
      expiredTokenFile: 'e',
      store: { kind: 'demo', seed: 7 },
      clock: Date.parse(testClock),
      zone: 'Europe/Berlin',
      minRequests: 0,
      rateLimit: 0,
    });
    const { store, minRequests } = readServeOptions(['--store', './meter', '--retention-days', '30']);
    assert.deepEqual(store, { kind: 'meter', file: './meter', retentionDays: 30, maxFlows: 10_000 });
    assert.equal(minRequests, 0);
    assert.equal(readServeOptions(['--store', 'meter.db', '--min-requests', '250']).minRequests, 250);
  });

  const mistakes: readonly (readonly [string, RegExp])[] = [
    ['now', /Argument 1 behind the command belongs to no option/],
    ['--store meter', /--store must be demo.*meter\.db/],
    ['--store=', /demo/],
    ['--store meter.db --seed 1', /--seed.*demo/],
    ['--retention-days 5', /--retention-days.*--store FILE/],
    ['--store meter.db --retention-days 0', /--retention-days .* from 1 to 36500/],
    ['--max-flows 5', /--max-flows.*--store FILE/],
    ['--store meter.db --max-flows 0', /--max-flows .* from 1 to 1000000/],
    ['--store meter.db --retention-days x', /--retention-days/],
    ['--port 65536', /--port.*65535/],
    ['--port=-1', /--port/],
    ['--seed 1.5', /--seed/],
    ['--min-requests many', /--min-requests/],
    ['--rate-limit x', /--rate-limit/],
    ['--zone Mars/Olympus', /--zone.*America\/Los_Angeles/],
    ['--host=', /--host/],
    ['--clock 2026-03-12', /--clock.*2026-03-12T14:18:00Z/],
    ['--clock 2026-03-12T14:18:00', /--clock/],
    ['--clock 2026-02-31T12:18:00Z', /--clock/],
    ['--clock 2026-02-28T25:18:00Z', /--clock/],
    ['--clock 0012-03-12T14:18:00Z', /--clock/],
    ['--colour', /Argument 1 behind the command is no option/],
    ['--port', /--port/],
  ];
  for (const [line, message] of mistakes) {
    it(`refuse "${line}"`, () => {
      assert.throws(
        () => readServeOptions(line.split(' ')),
        (error: Error) => error instanceof UsageError && message.test(error.message),
      );
    });
  }
});
