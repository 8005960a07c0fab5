import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { isSoak } from '../../fixtures/soak';
import { startTestServer, token, type TestServer } from './testServer';

const attackers = 200;
/** As many connections as the server has. */
const allPlaces = 256;
const honest = 400;

describe('200 sockets that send a byte now and then', () => {
  let server: TestServer;
  beforeEach(async () => (server = await startTestServer()));
  afterEach(() => server.close());

  /** Sockets whose requests never end; each resolves `ended` when the server cut it off. */
  async function attack(): Promise<{ readonly ended: Promise<unknown>; stop(): void }> {
    const lines = 'GET /v26.0/flowmeter HTTP/1.1\r\nX-Slow: ';
    const sockets = Array.from({ length: attackers }, () => connect(server.port, '127.0.0.1'));
    await Promise.all(sockets.map((socket) => once(socket, 'connect')));
    const ended = Promise.all(sockets.map((socket) => closed(socket)));
    for (const socket of sockets) socket.write(lines);
    const timer = setInterval(() => {
      for (const socket of sockets) if (socket.writable) socket.write('x');
    }, 250);
    return {
      ended,
      stop: () => {
        clearInterval(timer);
        for (const socket of sockets) socket.destroy();
      },
    };
  }

  /** Sockets that are refused for want of a token once, and then kept for as long as the server likes. */
  async function takeAllPlaces(): Promise<{ readonly ended: Promise<unknown>; stop(): void }> {
    const sockets = Array.from({ length: allPlaces }, () => connect(server.port, '127.0.0.1'));
    const ended = Promise.all(sockets.map((socket) => closed(socket)));
    const request = `GET /v26.0/flowmeter HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\n\r\n`;
    const answers = sockets.map(async (socket) => {
      socket.write(request);
      const [answer] = (await once(socket, 'data')) as [Buffer];
      assert.match(answer.toString(), /^HTTP\/1\.1 401 .*\r\nconnection: close\r\n/is);
    });
    await Promise.all(answers);
    return { ended, stop: () => sockets.forEach((socket) => socket.destroy()) };
  }

  /** Sockets that say nothing, and as many whose heads never end. */
  async function sayHalf(): Promise<{ readonly ended: Promise<unknown>; stop(): void }> {
    const sockets = Array.from({ length: 600 }, () => connect(server.port, '127.0.0.1'));
    const ended = Promise.all(sockets.map((socket) => closed(socket)));
    // Written once they are connected.
    for (const socket of sockets.slice(300)) socket.write('GET /v26.0/flowmeter HTTP/1.1\r\n');
    await Promise.all(sockets.map((socket) => Promise.race([connected(socket), closed(socket)])));
    return { ended, stop: () => sockets.forEach((socket) => socket.destroy()) };
  }

  it('or say nothing, or half a request, lock nobody out and are cut off after seconds', async () => {
    const { ended, stop } = await sayHalf();
    try {
      for (let i = 0; i < 50; i++) assert.equal((await server.get('/v26.0/flowmeter')).status, 200);
      await ended;
    } finally {
      stop();
    }
  });

  it('leave their places to those who show the token, and keep what these have', async () => {
    const request = `GET /v26.0/flowmeter HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\nAuthorization: Bearer ${token}\r\n\r\n`;
    const own = Array.from({ length: 200 }, () => connect(server.port, '127.0.0.1'));
    const answers = async (): Promise<void> => {
      await Promise.all(
        own.map(async (socket) => {
          socket.write(request);
          const [answer] = (await once(socket, 'data')) as [Buffer];
          assert.match(answer.toString(), /^HTTP\/1\.1 200 /);
        }),
      );
    };
    await answers();
    const { ended, stop } = await sayHalf();
    try {
      await answers();
      await ended;
      await answers();
    } finally {
      stop();
      for (const socket of own) socket.destroy();
    }
  });

  it('or ask without a token once lock nobody out: each refusal ends its connection', async () => {
    const { ended, stop } = await takeAllPlaces();
    try {
      await ended;
      assert.equal((await server.get('/v26.0/flowmeter')).status, 200);
    } finally {
      stop();
    }
  });

  it('or come under another name, from a page or with another method are cut off with the refusal', async () => {
    const host = `Host: 127.0.0.1:${server.port}\r\n`;
    for (const [method, headers, status] of [
      ['GET', 'Host: example.com\r\n', 421],
      ['GET', `${host}Origin: null\r\n`, 403],
      ['PUT', host, 405],
      ['GET', `${host}Authorization: Bearer wrong\r\n`, 401],
    ] as const) {
      const socket = connect(server.port, '127.0.0.1');
      socket.write(`${method} /v26.0/flowmeter HTTP/1.1\r\n${headers}\r\n`);
      let answer = '';
      socket.on('data', (chunk) => (answer += String(chunk)));
      await once(socket, 'close');
      assert.match(answer, new RegExp(`^HTTP/1\\.1 ${status} .*\\r\\nconnection: close\\r\\n`, 'is'));
    }
  });

  /** The 99th percentile of honest requests, in milliseconds; every one of them is answered. */
  async function p99(): Promise<number> {
    const times: number[] = [];
    for (let i = 0; i < honest; i++) {
      const begun = performance.now();
      assert.equal((await server.get('/v26.0/flowmeter')).status, 200);
      times.push(performance.now() - begun);
    }
    return times.sort((a, b) => a - b)[Math.floor(honest * 0.99)]!;
  }

  it('keep no honest client out, and are cut off after seconds', async () => {
    const { ended, stop } = await attack();
    try {
      const began = performance.now();
      for (let i = 0; i < 50; i++) assert.equal((await server.get('/v26.0/flowmeter')).status, 200);
      await ended;
      // Five seconds for headers, looked at every second; the rest is for a busy machine.
      assert.ok(performance.now() - began < 9_500);
      assert.equal((await server.get('/v26.0/flowmeter')).status, 200);
    } finally {
      stop();
    }
  }).timeout(20_000);

  it('hold nobody up while they idle in the middle of a body either', async () => {
    const sockets = Array.from({ length: attackers }, () => connect(server.port, '127.0.0.1'));
    try {
      await Promise.all(sockets.map((socket) => once(socket, 'connect')));
      const head = `POST /v26.0/ HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\nAuthorization: Bearer ${token}\r\n`;
      for (const socket of sockets) {
        socket.on('error', () => undefined);
        socket.write(`${head}Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{`);
      }
      for (let i = 0; i < 50; i++) assert.equal((await server.get('/v26.0/flowmeter')).status, 200);
    } finally {
      for (const socket of sockets) socket.destroy();
    }
  });

  // Times are compared on a machine that does little else; the best of five rounds is what the server can do.
  const leavesP99 = isSoak ? it : undefined;
  const attacks = [
    ['leave the p99 of an honest client under twice its idle p99', attack],
    ['leave it there too where 256 ask without a token once', takeAllPlaces],
    ['leave it there too where 600 come and say nothing or half a request', sayHalf],
  ] as const;
  for (const [title, begin] of attacks)
    leavesP99?.(title, async () => {
      const ratios: number[] = [];
      for (let round = 0; round < 5; round++) {
        await p99();
        const idle = await p99();
        const { stop } = await begin();
        try {
          ratios.push((await p99()) / idle);
        } finally {
          stop();
        }
        if (Math.min(...ratios) < 2) break;
      }
      console.log(`      p99 under attack ÷ idle: ${ratios.map((ratio) => ratio.toFixed(2)).join(', ')}`);
      assert.ok(Math.min(...ratios) < 2, String(ratios));
    });
});

async function closed(socket: Socket): Promise<void> {
  socket.on('error', () => undefined);
  socket.resume();
  await new Promise((resolve) => (socket.closed ? resolve(undefined) : socket.once('close', resolve)));
}

function connected(socket: Socket): Promise<unknown> {
  return new Promise((resolve) => socket.once('connect', resolve));
}
