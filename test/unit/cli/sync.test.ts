import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, request as httpRequest, Agent, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { buildProgram } from '../../fixtures/program';
import { RunningProgram } from '../../fixtures/runningProgram';
import { rounds } from '../../fixtures/soak';
import { openMeterStore } from '../../../src/store/openMeterStore';

/** One is served in pieces, one as a head alone, and one has no endpoint, so that the recorder answers itself. */
const flows = { pieces: '1204588317730952', head: '1204588317730953', gone: '1204588317730954' };

describe('command line: record --sync', function () {
  this.timeout(rounds(60_000, 600_000));
  let folder: string;
  let program: string;
  let endpoint: Server;
  let files = 0;

  before(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'flowmeter-sync-'));
    program = await buildProgram(folder);
    endpoint = createServer((request, response) => {
      request.resume().on('end', () => {
        if (request.url === '/head') return void response.writeHead(204).end();
        // Its length is known, so that whoever has all bytes has the answer.
        response.writeHead(200, { 'content-length': 6 });
        response.write('ser');
        setImmediate(() => response.end('ved'));
      });
    });
    await once(endpoint.listen(0, '127.0.0.1'), 'listening');
  });

  after(() => {
    RunningProgram.killAll();
    endpoint.closeAllConnections();
    endpoint.close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function start(): Promise<{ recorder: RunningProgram; url: string; store: string }> {
    const { port } = endpoint.address() as AddressInfo;
    const store = path.join(folder, `sync-${++files}.db`);
    const ways = {
      [flows.pieces]: `http://127.0.0.1:${port}/pieces`,
      [flows.head]: `http://127.0.0.1:${port}/head`,
      [flows.gone]: 'http://127.0.0.1:1/',
    };
    const args = Object.entries(ways).flatMap(([id, url]) => ['--flow', `${id}=${url}`]);
    const recorder = new RunningProgram(program, {
      args: ['record', '--sync', '--store', store, '--port', '0', ...args],
      cwd: folder,
    });
    return { recorder, url: await recorder.said(/^recording on (\S+)$/m), store };
  }

  /** The status of the answer once all of it is there; undefined where it broke off. */
  function send(url: string, agent: Agent): Promise<number | undefined> {
    return new Promise((resolve) => {
      const request = httpRequest(url, { method: 'POST', agent }, (answer) => {
        answer.on('error', () => resolve(undefined));
        answer.resume().on('end', () => resolve(answer.complete ? answer.statusCode : undefined));
      });
      request.on('error', () => resolve(undefined));
      request.end('{}');
    });
  }

  async function storedRequests(file: string, flowId: string): Promise<number> {
    const store = await openMeterStore({ file });
    try {
      return await store.countRequests(flowId, { begin: 0, end: Date.now() + 1 });
    } finally {
      await store.close();
    }
  }

  it('has stored every request that was answered, whenever it is killed', async () => {
    for (let round = 0; round < rounds(4, 40); round++) {
      const { recorder, url, store } = await start();
      const agent = new Agent({ keepAlive: true });
      const answered = new Map<string, number>();
      // Killed at another moment of a commit each time.
      const wanted = 20 + 7 * round;
      let all = 0;
      let over = false;
      const sendOn = async (id: string): Promise<void> => {
        while (!over) {
          if ((await send(`${url}/${id}`, agent)) === undefined) return;
          answered.set(id, (answered.get(id) ?? 0) + 1);
          if (++all === wanted) recorder.child.kill('SIGKILL');
        }
      };
      const senders = Object.values(flows).flatMap((id) => Array.from({ length: 8 }, () => sendOn(id)));
      await recorder.ended;
      over = true;
      await Promise.all(senders);
      agent.destroy();
      assert.ok(all >= wanted);
      for (const [id, count] of answered) {
        const stored = await storedRequests(store, id);
        assert.ok(stored >= count, `round ${round}, flow ${id}: ${count} answered, ${stored} stored`);
      }
    }
  });

  it('answers all the same where the store takes too long, says so, and stores it later', async () => {
    const { recorder, url, store } = await start();
    const agent = new Agent();
    const other = new DatabaseSync(store, { timeout: 10_000 });
    other.exec('BEGIN IMMEDIATE');
    assert.equal(await send(`${url}/${flows.pieces}`, agent), 200);
    await recorder.said(/(Answers go out before their measurements are stored)/);
    other.exec('COMMIT');
    other.close();
    assert.equal(await send(`${url}/${flows.pieces}`, agent), 200);
    const { out } = await recorder.stop();
    assert.match(out, /stopped: 2 requests recorded, 0 measurements lost/);
    assert.equal(await storedRequests(store, flows.pieces), 2);
  });
});
