/** A meter on a disk that is full, or that may not be written to. Real limits of the system, no stand-ins. */
import assert from 'node:assert/strict';
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { buildProgram } from '../../../fixtures/program';
import { formatEvent, type MeterEvent } from '../../../../src/contract/event';
import { cleanUp, event, failure, flowId, newFolder, open, requests } from './storeFixture';

/** True where the command could be run and succeeded. */
function done(command: string, ...args: readonly string[]): boolean {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0;
}

function canWriteTo(folder: string): boolean {
  try {
    writeFileSync(path.join(folder, 'probe'), '');
    rmSync(path.join(folder, 'probe'));
    return true;
  } catch {
    return false;
  }
}

/** Makes a folder read-only even for root, in whichever way this system allows, and returns how to undo it. */
function forbidWriting(folder: string): () => void {
  chmodSync(folder, 0o555);
  if (canWriteTo(folder)) done('chattr', '+i', folder);
  const bound = canWriteTo(folder) && done('mount', '--bind', folder, folder);
  if (bound) done('mount', '-o', 'remount,ro,bind', folder);
  assert.equal(canWriteTo(folder), false, 'No way was found to make a folder read-only.');
  return () => {
    if (bound) done('umount', folder);
    done('chattr', '-i', folder);
    chmodSync(folder, 0o755);
  };
}

const undo: (() => void)[] = [];

describe('disk of a meter', () => {
  let folder: string;
  const running = new Set<ChildProcess>();

  before(async () => {
    folder = newFolder();
    await buildProgram(folder);
  });
  afterEach(() => {
    for (const action of undo.splice(0)) action();
  });
  after(async () => {
    for (const child of running) child.kill('SIGKILL');
    await cleanUp();
  });

  async function serve(file: string, limit?: number): Promise<{ child: ChildProcess; url: string }> {
    const command = [process.execPath, path.join(folder, 'flowmeter.js'), 'serve', '--port', '0', '--store', file];
    // The shell counts in blocks of 512 bytes; no file of the process may grow beyond.
    const script = `${limit === undefined ? '' : `ulimit -f ${limit}; `}exec "$@"`;
    const child = spawn('sh', ['-c', script, 'sh', ...command], {
      env: { ...process.env, FLOWMETER_TOKEN: 'secret' },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    running.add(child);
    child.once('exit', () => running.delete(child));
    let out = '';
    for await (const chunk of child.stdout) {
      out += String(chunk);
      const url = /^listening on (http:\/\/\S+)$/m.exec(out)?.[1];
      if (url) return { child, url };
    }
    throw new Error(`ended early: ${out}`);
  }

  async function send(url: string, events: readonly MeterEvent[]): Promise<{ status: number; answer: Answer }> {
    const response = await fetch(`${url}/v26.0/events`, {
      method: 'POST',
      headers: { authorization: 'Bearer secret', 'content-type': 'application/x-ndjson' },
      body: events.map(formatEvent).join('\n'),
    });
    return { status: response.status, answer: (await response.json()) as Answer };
  }

  interface Answer {
    readonly accepted?: number;
    readonly error?: { readonly code: number; readonly is_transient: boolean; readonly message: string };
  }

  const batch = (): MeterEvent[] => Array.from({ length: 50 }, () => event({ time: Date.now() }));

  it('that takes no more is told, acknowledges nothing, and goes on where it left off', async () => {
    const file = path.join(folder, 'limited.db');
    const limited = await serve(file, 400);
    const sent: MeterEvent[][] = [];
    let refusals = 0;
    // When the first write fails SQLite tidies up, which makes a little room.
    while (refusals < 5) {
      const events = batch();
      const { status, answer } = await send(limited.url, events);
      if (status === 200) {
        assert.equal(answer.accepted, 50);
        sent.push(events);
        refusals = 0;
      } else {
        assert.deepEqual([status, answer.error?.code, answer.error?.is_transient], [503, 2, true]);
        assert.match(answer.error!.message, /disk is full or read-only.*Nothing was counted/);
        refusals++;
      }
      assert.ok(sent.length < 1000, 'The limit is never reached.');
    }
    // Still there, and still honest.
    const address = `${limited.url}/v26.0/${flowId}?fields=metric.name(ENDPOINT_REQUEST_COUNT).granularity(LIFETIME)`;
    const answer = await fetch(address, { headers: { authorization: 'Bearer secret' } });
    assert.ok(JSON.stringify(await answer.json()).includes(`"value":${sent.length * 50}`));
    limited.child.kill('SIGTERM');
    await once(limited.child, 'exit');

    const free = await serve(file);
    for (const events of sent) assert.equal((await send(free.url, events)).answer.accepted, 0);
    assert.equal((await send(free.url, batch())).answer.accepted, 50);
    free.child.kill('SIGTERM');
    await once(free.child, 'exit');
    const store = await open({ file, now: Date.now });
    assert.equal(await requests(store), sent.length * 50 + 50);
  });

  it('that was full takes events again once there is room', async () => {
    const disk = path.join(folder, 'disk');
    mkdirSync(disk);
    // Where nothing may be mounted, the limit above is all the fullness there is to have.
    if (!done('mount', '-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', disk)) return;
    undo.push(() => done('umount', '-l', disk));
    const ballast = path.join(disk, 'ballast');
    writeFileSync(ballast, Buffer.alloc(600 * 1024));
    const store = await open({ file: path.join(disk, 'meter.db'), now: Date.now });
    let acknowledged = 0;
    const fill = async (): Promise<void> => {
      for (;;) acknowledged += (await store.record(batch())).accepted;
    };
    const full = await failure(fill());
    assert.equal(full.kind, 'notWritable');
    assert.match(full.message, /disk is full|cannot be read or written/);
    assert.equal(store.state().writeError, full.message);
    assert.equal(await requests(store), acknowledged);
    rmSync(ballast);
    acknowledged += (await store.record(batch())).accepted;
    assert.equal(store.state().writeError, undefined);
    assert.equal(await requests(store), acknowledged);
    assert.deepEqual(store.state().quarantined, []);
    await store.close();
  });

  it('that may not be written to is told in one line, and stays as it is', async () => {
    const place = path.join(folder, 'closed');
    mkdirSync(place);
    const file = path.join(place, 'meter.db');
    undo.push(forbidWriting(place));
    const none = await failure(open({ file }));
    assert.equal(none.kind, 'unusable');
    assert.match(none.message, /closed\/meter\.db cannot be opened: the folder cannot be written to/);
    undo.pop()!();

    const store = await open({ file });
    await store.record([event()]);
    await store.close();
    undo.push(forbidWriting(place));
    const there = await failure(open({ file }).then((opened) => opened.record([event()])));
    assert.ok(['unusable', 'notWritable'].includes(there.kind), there.message);
    undo.pop()!();
    const again = await open({ file });
    await again.record([event()]);
    assert.equal(await requests(again), 2);
    assert.deepEqual(again.state().quarantined, []);
  });
});
