import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { build } from 'esbuild';
import { RunningProgram } from '../../fixtures/runningProgram';
import { selfSigned } from '../../fixtures/selfSigned';

const callers = ['client', 'ping', 'recorder', 'sender', 'webhook'];

describe('The certificate of an https server', () => {
  let folder: string;
  let program: string;

  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'flowmeter-certificates-'));
    program = path.join(folder, 'callers.js');
    const entryPoints = ['test/fixtures/secureCallers.ts'];
    await build({ entryPoints, outfile: program, bundle: true, platform: 'node', format: 'cjs', target: 'node20' });
  });
  after(async () => {
    RunningProgram.killAll();
    await rm(folder, { recursive: true });
  });

  /** Who got through, in the order of their first requests. */
  async function heard(env: Record<string, string>, certificate = selfSigned('localhost')): Promise<string[]> {
    const names = new Set<string>();
    const server = createServer(certificate, (request, response) => {
      names.add((request.url ?? '').split('/')[1]!);
      request.resume().on('end', () => response.end('{}'));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    try {
      const url = `https://localhost:${(server.address() as AddressInfo).port}`;
      const { code, err } = await new RunningProgram(program, { args: [url], cwd: folder, env }).ended;
      assert.equal(code, 0, err);
      return [...names];
    } finally {
      server.closeAllConnections();
      server.close();
    }
  }

  it('is checked by all who call one, though NODE_TLS_REJECT_UNAUTHORIZED=0 says that none is', async () => {
    assert.deepEqual(await heard({ NODE_TLS_REJECT_UNAUTHORIZED: '0' }), ['other']);
  });

  it('may be vouched for by an authority of your own, which NODE_EXTRA_CA_CERTS names', async () => {
    const certificate = selfSigned('localhost');
    const file = path.join(folder, 'own.pem');
    await writeFile(file, certificate.cert);
    const env = { NODE_EXTRA_CA_CERTS: file, NODE_TLS_REJECT_UNAUTHORIZED: '0' };
    assert.deepEqual(await heard(env, certificate), [...callers, 'other']);
  });

  it('is asked for outright in every file that knows https', async () => {
    const files = (await readdir('src', { recursive: true })).filter((file) => file.endsWith('.ts'));
    const texts = await Promise.all(files.map(async (file) => readFile(path.join('src', file), 'utf8')));
    const secure = texts.filter((text) => /from 'node:(https|tls|http2)'/.test(text));
    assert.ok(secure.length >= 5);
    for (const text of secure) assert.match(text, /rejectUnauthorized: true/);
  });
});
