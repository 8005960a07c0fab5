/** The npm tarball, packed and installed as the README says, beside an endpoint that measures itself with it. */
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type * as RunModule from '../../scripts/run.mjs';
import { serve, type Served } from './serve';

const flowId = '1204588317730952';
const token = 'tarball-token';
const packed = ['CHANGELOG.md', 'LICENSE', 'README.md', 'SECURITY.md', '.npmignore', '.npmrc', 'package.json'];
const program = `
import { createServer } from 'node:http';
import { recordFlow } from 'flowmeter/recordFlow';

const recorded = recordFlow((request, response) => request.resume().on('end', () => response.end('{}')), {
  flowId: '${flowId}',
});
const server = createServer(recorded).listen(0, '127.0.0.1', () => console.log(server.address().port));
process.once('SIGTERM', () => recorded.close().then(() => process.exit()));
`;

describe('The npm tarball', () => {
  let folder: string;
  let project: string;
  let endpoint: string;
  let tarball: string;
  let meter: Served | undefined;
  let child: ChildProcess | undefined;

  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'flowmeter-tarball-'));
    project = path.join(folder, 'project');
    endpoint = path.join(folder, 'endpoint');
    await mkdir(endpoint);
    // Packing changes package.json for a moment, so it happens beside the work tree.
    for (const name of [...packed, 'dist', 'scripts']) await cp(name, path.join(project, name), { recursive: true });
  });

  after(async () => {
    child?.kill('SIGKILL');
    await meter?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it('holds what a Node program needs, and leaves package.json as it was', async () => {
    const { run, npm } = await tools();
    const before = await readFile(path.join(project, 'package.json'), 'utf8');
    await run(process.execPath, ['scripts/packManifest.mjs'], { cwd: project });
    // The build, which npm would run again here, is the one under test.
    const told = await npm(['pack', '--json', '--ignore-scripts'], { cwd: project });
    await run(process.execPath, ['scripts/packManifest.mjs', '--restore'], { cwd: project });
    assert.equal(await readFile(path.join(project, 'package.json'), 'utf8'), before);
    const [{ filename, files }] = JSON.parse(told) as [{ filename: string; files: readonly { path: string }[] }];
    tarball = path.join(project, filename);
    assert.deepEqual(files.map((file) => file.path).sort(), [
      'LICENSE',
      'README.md',
      'dist/flowmeter.js',
      'dist/meterWorker.js',
      'dist/recordFlow.d.ts',
      'dist/recordFlow.js',
      'package.json',
    ]);
  });

  it('is installed alone, without asking a registry', async () => {
    const { npm } = await tools();
    await writeFile(path.join(endpoint, 'package.json'), '{ "type": "module" }');
    await npm(['install', '--offline', tarball], { cwd: endpoint });
    const lock = JSON.parse(await readFile(path.join(endpoint, 'package-lock.json'), 'utf8')) as {
      readonly packages: object;
    };
    assert.deepEqual(Object.keys(lock.packages), ['', 'node_modules/flowmeter']);
  });

  it('measures an endpoint, and answers Meta’s own question about it', async () => {
    const installed = path.join(endpoint, 'node_modules', 'flowmeter', 'dist', 'flowmeter.js');
    meter = await serve({ program: installed, store: path.join(folder, 'meter.db'), token });
    await writeFile(path.join(endpoint, 'endpoint.js'), program);
    child = spawn(process.execPath, ['endpoint.js'], {
      cwd: endpoint,
      env: { ...process.env, FLOWMETER_URL: meter.url, FLOWMETER_TOKEN: token },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [port] = (await once(child.stdout!, 'data')) as [Buffer];
    for (let request = 0; request < 3; request++) {
      const answer = await fetch(`http://127.0.0.1:${String(port).trim()}/`, { method: 'POST', body: 'x' });
      assert.equal(await answer.text(), '{}');
    }
    child.kill('SIGTERM');
    await once(child, 'exit');
    // The question of Meta's page, with the meter's address in place of Meta's.
    const field = 'metric.name(ENDPOINT_REQUEST_COUNT).granularity(LIFETIME)';
    const answer = await fetch(`${meter.url}/v26.0/${flowId}?fields=${field}`, {
      headers: { authorization: `Bearer ${token}` },
    });
    const { id, metric } = (await answer.json()) as {
      readonly id: string;
      readonly metric: { readonly data_points: readonly { readonly data: readonly unknown[] }[] };
    };
    assert.equal(id, flowId);
    assert.deepEqual(metric.data_points[0]!.data, [{ key: 'value', value: 3 }]);
  });
});

/** At run time: bundled, they would no longer know where they lie. */
async function tools(): Promise<typeof RunModule> {
  return (await import(pathToFileURL(path.resolve('scripts', 'run.mjs')).href)) as typeof RunModule;
}
