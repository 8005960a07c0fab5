/** One event in each POST, against a handler that does nothing; both in processes of their own. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import path from 'node:path';
import { atLeast, type BenchRun, type Row } from './row';
import { inTurns, spread } from './samples';

const connections = 64;
const token = 'bench-token';

const idleServer = `
const { createServer } = require('node:http');
const body = JSON.stringify({ accepted: 1, duplicates: 0 });
const headers = { 'content-type': 'application/json; charset=utf-8', 'content-length': Buffer.byteLength(body) };
const server = createServer((request, response) => {
  request.on('data', () => {});
  request.on('end', () => { response.writeHead(200, headers); response.end(body); });
});
server.listen(0, '127.0.0.1', () => console.log('listening on http://127.0.0.1:' + server.address().port));
`;

export async function httpRow({ quick }: BenchRun, folder: string): Promise<Row> {
  const idleFile = path.join(folder, 'idle.cjs');
  writeFileSync(idleFile, idleServer);
  const store = path.join(folder, 'http.db');
  const meter = await start([path.join('dist', 'flowmeter.js'), 'serve', '--port', '0', '--store', store]);
  const idle = await start([idleFile]);
  const forMs = quick ? 400 : 1000;
  try {
    const sides = await inTurns(quick ? 5 : 21, {
      meter: () => requestsPerSecond(meter.port, forMs),
      idle: () => requestsPerSecond(idle.port, forMs),
    });
    return {
      area: 'meter',
      measured: `HTTP, one event per POST, ${connections} connections`,
      against: 'a handler that does nothing',
      ...atLeast(sides.meter.median / sides.idle.median, 0.3),
      detail: `${spread(sides.meter, 'requests/s')} against ${spread(sides.idle, 'requests/s')}`,
    };
  } finally {
    meter.child.kill('SIGTERM');
    idle.child.kill('SIGTERM');
  }
}

async function start(args: readonly string[]): Promise<{ child: ChildProcess; port: number }> {
  const env = { ...process.env, FLOWMETER_TOKEN: token };
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  return { child, port: Number(/:(\d+)$/m.exec(String(line))![1]) };
}

let lastId = 0;

/** Answers per second over sockets that are written to directly, so that the client costs little. */
async function requestsPerSecond(port: number, forMs: number): Promise<number> {
  const begun = performance.now();
  let answered = 0;
  await Promise.all(
    Array.from({ length: connections }, async () => {
      const socket = connect(port, '127.0.0.1').setNoDelay().setEncoding('latin1');
      const send = (): void => {
        const id = String(++lastId).padStart(12, '0');
        const line = `{"id":"${id}","flow":"1204588317730952","time":${Date.now()},"outcome":"success","ms":412}`;
        socket.write(
          `POST /v26.0/events HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAuthorization: Bearer ${token}\r\n` +
            `Content-Type: application/x-ndjson\r\nContent-Length: ${line.length}\r\n\r\n${line}`,
        );
      };
      let rest = '';
      socket.on('data', (chunk: string) => {
        rest += chunk;
        if (!rest.endsWith('}')) return;
        if (!rest.startsWith('HTTP/1.1 200')) throw new Error(rest);
        rest = '';
        answered++;
        if (performance.now() - begun < forMs) send();
        else socket.end();
      });
      send();
      await once(socket, 'close');
    }),
  );
  return (answered * 1000) / (performance.now() - begun);
}
