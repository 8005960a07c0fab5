import assert from 'node:assert/strict';
import { createServer, type Socket } from 'node:net';
import { createHttpClient } from '../../../src/client/httpClient';
import type { MetricsClient } from '../../../src/contract/client';
import { readOwner } from '../../../src/meter/folder';
import type { MeterSupervisor } from '../../../src/meter/meterSupervisor';
import {
  openVerifiedSocket,
  VerificationError,
  proofOf,
  type VerificationFailure,
} from '../../../src/meter/verifiedSocket';
import { freePort } from '../../fixtures/freePort';
import { flowId, isAlive, MeterFixture, running, until } from './meterFixture';

/** Whoever takes a port: what it heard, and what it answers. */
async function takePort(port: number, answer: (heard: string, socket: Socket) => void) {
  const heard: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('data', (data) => {
      heard.push(data.toString('latin1'));
      answer(data.toString('latin1'), socket);
    });
  });
  await new Promise<void>((done) => server.listen(port, '127.0.0.1', done));
  const close = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy();
    await new Promise((done) => server.close(done));
  };
  return { heard, close };
}

function http(body: string, status = '200 OK'): string {
  return `HTTP/1.1 ${status}\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
}

describe('A connection to the meter', () => {
  let fixture: MeterFixture;
  let supervisor: MeterSupervisor;
  let client: MetricsClient | undefined;

  beforeEach(async () => {
    fixture = await MeterFixture.open();
    supervisor = fixture.supervisor();
  });

  afterEach(async () => {
    client?.dispose();
    client = undefined;
    await fixture.close();
  });

  /** As the editor makes it for a meter that runs. */
  function connectTo(url: string): MetricsClient {
    client = createHttpClient({
      account: { name: 'Meter', source: 'meter' },
      embeddedUrl: url,
      token: supervisor.token,
      createAgent: (maxSockets) => supervisor.createAgent(maxSockets),
      sleep: async () => undefined,
    });
    return client;
  }

  it('carries reads, many at once and one after the other', async () => {
    supervisor.start();
    const { url } = await running(supervisor);
    const reader = connectTo(url);
    const lists = await Promise.all(Array.from({ length: 40 }, () => reader.listFlows()));
    for (const { flows } of lists)
      assert.deepEqual(
        flows.map((flow) => flow.id),
        [flowId],
      );
    assert.equal((await reader.listFlows()).flows.length, 1);
  });

  it('gives whoever took the port of a meter that died no token, though a read was about to be sent', async () => {
    supervisor.start();
    const { url, report } = await running(supervisor);
    const token = supervisor.token!;
    const { apiPort } = (await readOwner(fixture.folder))!;
    const reader = connectTo(url);
    await reader.listFlows();
    supervisor.dispose();
    process.kill(report.pid, 'SIGKILL');
    await until('it has ended', () => !isAlive(report.pid));
    const stranger = await takePort(apiPort, (heard, socket) => {
      // It even says everything that a meter says, but for the proof.
      socket.write(http(heard.includes('/hello?') ? JSON.stringify({ proof: '0'.repeat(64) }) : '{"data":[]}'));
    });
    try {
      await assert.rejects(reader.listFlows(), { kind: 'network' });
      await assert.rejects(reader.listFlows(), { kind: 'network' });
      assert.ok(stranger.heard.length > 0, 'it was asked who it is');
      for (const text of stranger.heard) {
        assert.match(text, /^GET \/flowmeter\/hello\?nonce=[0-9a-f]{32} HTTP/);
        assert.ok(!text.includes(token));
      }
    } finally {
      await stranger.close();
    }
  });

  it('has another token with each process, and the old one opens nothing', async () => {
    supervisor.start();
    const { report } = await running(supervisor);
    const before = supervisor.token!;
    process.kill(report.pid, 'SIGKILL');
    const { url } = await running(supervisor, ({ pid }) => pid !== report.pid);
    assert.notEqual(supervisor.token, before);
    assert.equal(supervisor.token, await fixture.token());
    for (const [token, status] of [
      [before, 401],
      [supervisor.token!, 200],
    ] as const) {
      const headers = { authorization: `Bearer ${token}` };
      assert.equal((await fetch(`${url}/v26.0/${flowId}`, { headers })).status, status);
    }
  });

  const token = 'a'.repeat(43);
  const rightProof = (heard: string, port: number): string =>
    JSON.stringify({ proof: proofOf(token, /nonce=(\w+)/.exec(heard)![1]!, port) });
  const cases: readonly (readonly [
    string,
    VerificationFailure,
    (heard: string, socket: Socket, port: number) => void,
  ])[] = [
    ['that says nothing', 'unresponsive', () => undefined],
    ['that sends half a head', 'unresponsive', (_, socket) => socket.write('HTTP/1.1 200 OK\r\ncontent-le')],
    ['that is no HTTP', 'stranger', (_, socket) => socket.write('220 ready\r\n\r\n')],
    ['that hangs up', 'stranger', (_, socket) => socket.destroy()],
    ['that sends another proof', 'stranger', (_, socket) => socket.write(http('{"proof":"no"}'))],
    ['that sends a proof for another port', 'stranger', (heard, socket) => socket.write(http(rightProof(heard, 1)))],
    [
      'that proves itself, but not the version it tells',
      'stranger',
      (heard, socket, port) => {
        const hello = JSON.parse(rightProof(heard, port)) as object;
        socket.write(http(JSON.stringify({ ...hello, version: '0.0.1', versionProof: '0'.repeat(64) })));
      },
    ],
    ['that sends too much', 'stranger', (_, socket) => socket.write(http('x'.repeat(10_000)))],
    [
      'that changes the protocol',
      'stranger',
      (_, socket) => socket.write('HTTP/1.1 101 X\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n'),
    ],
  ];
  for (const [title, problem, answer] of cases) {
    it(`is none to a side ${title}`, async () => {
      const apiPort = await freePort();
      const other = await takePort(apiPort, (heard, socket) => answer(heard, socket, apiPort));
      try {
        await assert.rejects(
          openVerifiedSocket({ apiPort, token }, 300),
          (error: unknown) => error instanceof VerificationError && error.problem === problem,
        );
      } finally {
        await other.close();
      }
    });
  }
});
