import assert from 'node:assert/strict';
import { fork, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { version } from '../../../package.json';
import { makeToken, readOwner, removeOwner, writeOwner } from '../../../src/meter/folder';
import { verifyOwner } from '../../../src/meter/identity';
import { proofOf } from '../../../src/meter/verifiedSocket';
import { isAlive, MeterFixture, running, until } from './meterFixture';

const older = '0.0.9';

/** What ships, as it would be in another version. */
async function bundlesOf(other: string): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'flowmeter-version-'));
  for (const name of ['meter.js', 'meterSupervisor.js']) {
    const text = await readFile(path.join('dist', name), 'utf8');
    assert.ok(text.includes(`"${version}"`), `${name} knows its version`);
    await writeFile(path.join(folder, name), text.replaceAll(`"${version}"`, `"${other}"`));
  }
  await cp(path.join('dist', 'meterWorker.js'), path.join(folder, 'meterWorker.js'));
  return folder;
}

/** A window of other bundles, as a process of its own: which meters it saw, and what it logged. */
class Window {
  readonly pids: number[] = [];
  readonly lines: string[] = [];
  private readonly child: ChildProcess;

  constructor(bundles: string, folder: string) {
    const options = JSON.stringify({ folder, script: path.join(bundles, 'meter.js') });
    this.child = spawn(
      process.execPath,
      [
        '-e',
        `const { MeterSupervisor } = require(${JSON.stringify(path.join(bundles, 'meterSupervisor.js'))});
         const supervisor = new MeterSupervisor({ ...${options}, log: (line) => process.send({ line }) });
         supervisor.onDidChange((state) => state.kind === 'running' && process.send({ pid: state.report.pid }));
         supervisor.start();`,
      ],
      { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] },
    );
    this.child.on('message', ({ pid, line }: { pid?: number; line?: string }) => {
      if (line !== undefined) this.lines.push(line);
      if (pid !== undefined && this.pids.at(-1) !== pid) this.pids.push(pid);
    });
  }

  close(): void {
    this.child.kill('SIGKILL');
  }
}

describe('A meter of another version', () => {
  let fixture: MeterFixture;
  let bundles: string;
  const windows: Window[] = [];
  const servers: Server[] = [];

  before(async () => {
    bundles = await bundlesOf(older);
  });

  after(() => rm(bundles, { recursive: true }));

  beforeEach(async () => {
    fixture = await MeterFixture.open();
  });

  afterEach(async () => {
    for (const window of windows.splice(0)) window.close();
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      server.close();
    }
    await fixture.close();
  });

  function olderWindow(): Window {
    const window = new Window(bundles, fixture.folder);
    windows.push(window);
    return window;
  }

  async function versionOfTheMeter(): Promise<string | undefined> {
    const meeting = await verifyOwner(fixture.folder);
    assert.ok(meeting.kind === 'verified', meeting.kind);
    meeting.connection.close();
    return meeting.connection.version;
  }

  it('makes room for a newer one at once, which every window then uses, and loses nothing', async () => {
    const window = olderWindow();
    await until('the older one runs', () => window.pids.length === 1);
    assert.equal(await versionOfTheMeter(), older);
    let served = 0;
    let loading = true;
    const traffic = (async () => {
      while (loading) {
        if ((await fixture.record().catch(() => 0)) === 200) served++;
        else await new Promise((resolve) => setTimeout(resolve, 5));
      }
    })();
    await until('it serves', () => served > 20);
    const lines: string[] = [];
    const supervisor = fixture.supervisor({ log: (line) => lines.push(line) });
    supervisor.start();
    const [before] = window.pids;
    const { url, report } = await running(supervisor, ({ requests }) => requests > 20);
    assert.notEqual(report.pid, before);
    assert.equal(await versionOfTheMeter(), version);
    await until('the older window uses it', () => window.pids.length === 2);
    await until('the older one has ended', () => !isAlive(before!));
    loading = false;
    await traffic;
    assert.deepEqual(window.pids, [before, report.pid]);
    assert.equal((await readOwner(fixture.folder))!.pid, report.pid);
    await until('each served request is counted', async () => (await fixture.counted(url)) >= served);
    assert.match(lines.join('\n'), new RegExp(`Version ${version} takes the place of ${older} \\(pid ${before}\\)`));
    assert.match(window.lines.join('\n'), /It ends, since a newer version of Flowmeter takes its place/);
  }).timeout(60_000);

  it('stays where an older one, or one like itself, comes', async () => {
    const supervisor = fixture.supervisor();
    supervisor.start();
    const { report } = await running(supervisor);
    const [window, equal] = [olderWindow(), fixture.supervisor()];
    equal.start();
    await running(equal);
    await until('the older window uses it', () => window.pids.length > 0);
    const process = fork(path.join(bundles, 'meter.js'), [fixture.folder], {
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    assert.deepEqual((await once(process, 'message'))[0], { kind: 'elsewhere' });
    const authorization = `Bearer ${await fixture.token()}`;
    assert.ok(supervisor.state.kind === 'running');
    for (const body of [{ version }, { version: older }, { version: `${version}-rc.1` }, { version: 9 }, {}, null]) {
      const request = { method: 'POST', headers: { authorization }, body: JSON.stringify(body) };
      assert.equal((await fetch(`${supervisor.state.url}/flowmeter/replace`, request)).status, 400);
    }
    assert.equal(await fixture.record(), 200);
    assert.deepEqual(window.pids, [report.pid]);
    assert.equal((await running(equal)).report.pid, report.pid);
  }).timeout(30_000);

  it('is used where the newer one cannot start', async () => {
    const window = olderWindow();
    await until('the older one runs', () => window.pids.length === 1);
    const supervisor = fixture.supervisor({ script: path.join(bundles, 'missing.js') });
    supervisor.start();
    assert.equal((await running(supervisor)).report.pid, window.pids[0]);
    assert.equal(await fixture.record(), 200);
  });

  it('is not replaced for ever where the newer window has no newer one', async () => {
    const supervisor = fixture.supervisor({ script: path.join(bundles, 'meter.js') });
    const pids = new Set<number>();
    supervisor.onDidChange((state) => state.kind === 'running' && pids.add(state.report.pid));
    supervisor.start();
    await running(supervisor);
    await fixture.record();
    await running(supervisor, ({ requests }) => requests === 1);
    assert.equal(pids.size, 1);
  });

  /** What answers in a meter's place, and holds its port. */
  async function stand(answer: (url: string, apiPort: number) => string): Promise<readonly (readonly string[])[]> {
    const heard: (readonly string[])[] = [];
    const recorder = createServer();
    recorder.listen(fixture.port, '127.0.0.1');
    const api = createServer((request, response) => {
      heard.push([`${request.method} ${request.url!.split('?')[0]}`, request.headers.authorization ?? '']);
      const { port } = api.address() as AddressInfo;
      response.end(answer(request.url!, port));
      if (request.url !== '/flowmeter/stop') return;
      recorder.close();
      void removeOwner(fixture.folder, process.pid);
    });
    api.listen(0, '127.0.0.1');
    servers.push(recorder, api);
    await Promise.all([recorder, api].map((server) => server.listening || once(server, 'listening')));
    const { port } = api.address() as AddressInfo;
    await writeOwner(fixture.folder, { pid: process.pid, apiPort: port, recorderPort: fixture.port });
    return heard;
  }

  it('is asked to stop where it is of a release that told no version', async () => {
    const token = await makeToken(fixture.folder);
    const heard = await stand((url, port) => {
      const nonce = /nonce=(\w+)/.exec(url)?.[1];
      return JSON.stringify(nonce === undefined ? {} : { proof: proofOf(token, nonce, port) });
    });
    const supervisor = fixture.supervisor();
    supervisor.start();
    assert.notEqual((await running(supervisor)).report.pid, process.pid);
    const asked = heard.filter(([line]) => line !== 'GET /flowmeter/hello');
    assert.deepEqual(asked, [['POST /flowmeter/stop', `Bearer ${token}`]]);
  });

  it('is none, and hears no token, where it does not prove itself and says to be old', async () => {
    await makeToken(fixture.folder);
    const made = '0'.repeat(64);
    const heard = await stand(() => JSON.stringify({ proof: made, version: '0.0.1', versionProof: made }));
    try {
      const { message } = fixture.start(5_000, { FLOWMETER_METER_PATIENCE_MS: '200' });
      assert.equal(((await message) as { problem?: string }).problem, 'portTaken');
      assert.ok(heard.length > 0);
      for (const said of heard) assert.deepEqual(said, ['GET /flowmeter/hello', '']);
    } finally {
      await removeOwner(fixture.folder, process.pid);
    }
  });
});
