/** The npm tarball, packed and installed as the README says, beside an endpoint that measures itself with it. */
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { access, cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { build as esbuild } from 'esbuild';
import { assertNotices } from '../fixtures/bundledPackages';
import type * as ChildProcessModule from '../../scripts/childProcess';
import { serve, type Served } from './serve';

const flowId = '1204588317730952';
const token = 'tarball-token';
const packed = [
  ...['CHANGELOG.md', 'LICENSE', 'README.md', 'SECURITY.md', 'THIRD-PARTY-NOTICES.txt'],
  ...['.npmignore', '.npmrc', 'package.json', 'package.nls.json'],
];
const program = `
import { createServer } from 'node:http';
import { recordFlow } from 'flowmeter/recordFlow';

const recorded = recordFlow((request, response) => request.resume().on('end', () => response.end('{}')), {
  flowId: '${flowId}',
});
const server = createServer(recorded).listen(0, '127.0.0.1', () => console.log(server.address().port));
process.once('SIGTERM', () => server.close(() => recorded.close()));
`;

/** Serves one request with a wrapped handler and says what became of it. */
const answering = (load: string): string => `
${load}
const recorded = flowmeter.recordFlow((request, response) => response.end('{}'), {
  flowId: '${flowId}', url: 'http://127.0.0.1:9', token: 'x', intervalMs: 60_000,
});
const { createServer } = process.getBuiltinModule('node:http');
const server = createServer(recorded).listen(0, '127.0.0.1', async () => {
  const answer = await fetch('http://127.0.0.1:' + server.address().port);
  const text = await answer.text();
  while (recorded.state().waiting === 0) await new Promise(setImmediate);
  console.log(answer.status, text, 'waiting', recorded.state().waiting);
  process.exit();
});
`;

/** What a person writes in TypeScript. */
const inline = `
import { createServer } from 'node:http';
import express from 'express';
import { cannotBeServed, recordFlow, type RecordFlowOptions } from 'flowmeter/recordFlow';

const flowId = '${flowId}';
const app = express();
app.post('/flow', recordFlow((req, res) => { res.status(200).json(req.body); cannotBeServed(res); }, { flowId }));
app.post('/flow', recordFlow(async (req, res, next) => { if (req.get('x')) next(); else res.send('x'); }, { flowId }));
app.post('/flow/:id', recordFlow((req, res) => res.json(req.params.id), { flowId: (req) => req.params.id }));
app.use('/flow', recordFlow((_request, _response, next) => next(), { flowId }), express.json());
app.route('/x').post(recordFlow((req, res) => void res.json(req.query), { flowId: ({ url }) => url.slice(1) }));
const typed: express.RequestHandler = (req, res) => void res.json(req.body);
app.use(recordFlow(typed, { flowId }));
createServer(recordFlow(app, { flowId: ({ url }) => url }));
createServer(recordFlow((request, response) => { response.end(request.url); }, { flowId: ({ url }) => url }));
const options: RecordFlowOptions = { flowId };
const recorded = recordFlow(() => undefined, options);
const sent: number = recorded.state().sent;
void recorded.close().then(() => sent);
// @ts-expect-error A reply of Fastify is no response of node:http.
recordFlow((request: { raw: object }, reply: { send(text: string): void }) => reply.send(''), { flowId });
// @ts-expect-error The id is text.
recordFlow(typed, { flowId: 12 });
`;

interface PackedManifest {
  readonly description: string;
  readonly bin: object;
  readonly exports: object;
  readonly typesVersions: object;
  readonly engines: object;
}

/** All texts in a tree of objects and arrays. */
function leaves(tree: unknown): string[] {
  return typeof tree === 'string' ? [tree] : Object.values(tree as object).flatMap(leaves);
}

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
    // A pack that was broken off leaves what it made; the next one must not take that for the whole.
    for (let pack = 0; pack < 2; pack++) await run(process.execPath, ['scripts/packManifest.ts'], { cwd: project });
    // The build, which npm would run again here, is the one under test.
    const told = await npm(['pack', '--json', '--ignore-scripts'], { cwd: project });
    await run(process.execPath, ['scripts/packManifest.ts', '--restore'], { cwd: project });
    assert.equal(await readFile(path.join(project, 'package.json'), 'utf8'), before);
    const [{ filename, files }] = JSON.parse(told) as [{ filename: string; files: readonly { path: string }[] }];
    tarball = path.join(project, filename);
    assert.deepEqual(files.map((file) => file.path).sort(), [
      'LICENSE',
      'README.md',
      'THIRD-PARTY-NOTICES.txt',
      'dist/flowmeter.js',
      'dist/meterWorker.js',
      'dist/recordFlow.d.mts',
      'dist/recordFlow.d.ts',
      'dist/recordFlow.js',
      'dist/recordFlow.mjs',
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

  it('brings the licence of every package that a bundle holds', async () => {
    const file = path.join(endpoint, 'node_modules', 'flowmeter', 'THIRD-PARTY-NOTICES.txt');
    await assertNotices(await readFile(file, 'utf8'));
  });

  it('says in its package.json what is true of a Node program, and nothing else', async () => {
    const root = path.join(endpoint, 'node_modules', 'flowmeter');
    const text = await readFile(path.join(root, 'package.json'), 'utf8');
    assert.doesNotMatch(text, /%|vscode/);
    const { description, bin, exports, typesVersions, engines, ...rest } = JSON.parse(text) as PackedManifest;
    assert.match(description, /WhatsApp Flows/);
    assert.deepEqual(Object.keys(rest), ['name', 'version', 'keywords', 'license']);
    assert.deepEqual(engines, { node: '>=20' });
    const files = [bin, exports, typesVersions].flatMap(leaves);
    assert.equal(files.length, 7);
    for (const file of files) await access(path.join(root, file));
    // What types the wrapper's callers is whole without a file that is not there.
    for (const types of files.filter((file) => /\.d\.m?ts$/.test(file))) {
      assert.doesNotMatch(await readFile(path.join(root, types), 'utf8'), /from '\.|import\('\./);
    }
  });

  it('is one wrapper for import, require, and both kinds of bundles', async () => {
    await writeFile(path.join(endpoint, 'answer.cjs'), answering(`const flowmeter = require('flowmeter/recordFlow');`));
    const entry = path.join(endpoint, 'answer.mjs');
    await writeFile(entry, answering(`import * as flowmeter from 'flowmeter/recordFlow';`));
    const programs = ['answer.cjs', 'answer.mjs'];
    for (const format of ['esm', 'cjs'] as const) {
      for (const source of ['answer.cjs', 'answer.mjs']) {
        const outfile = path.join(
          endpoint,
          `${source.replace('.', '-')}-${format}.${format === 'esm' ? 'mjs' : 'cjs'}`,
        );
        const build = { absWorkingDir: endpoint, entryPoints: [source], outfile, format };
        const { warnings } = await esbuild({ ...build, bundle: true, platform: 'node', logLevel: 'silent' });
        assert.deepEqual(warnings, []);
        // `require` in an ES module is the author's own choice, and esbuild's own limit.
        if (source !== 'answer.cjs' || format !== 'esm') programs.push(path.basename(outfile));
      }
    }
    const { run } = await tools();
    for (const name of programs) {
      assert.equal((await run(process.execPath, [name], { cwd: endpoint })).trim(), '200 {} waiting 1', name);
    }
  });

  it('counts an answer once, though one wrapper was imported and the other required', async () => {
    const program = `
      import { createRequire } from 'node:module';
      import { EventEmitter } from 'node:events';
      import { cannotBeServed, recordFlow } from 'flowmeter/recordFlow';
      const required = createRequire(import.meta.url)('flowmeter/recordFlow');
      const response = Object.assign(new EventEmitter(), { statusCode: 200, writableFinished: true });
      const options = { flowId: '${flowId}', token: 'x', url: 'http://127.0.0.1:9' };
      const inner = required.recordFlow(() => cannotBeServed(response), options);
      const outer = recordFlow(inner, options);
      outer({}, response);
      response.emit('close');
      console.log(inner.state().waiting + outer.state().waiting);
      process.exit();`;
    await writeFile(path.join(endpoint, 'both.mjs'), program);
    const { run } = await tools();
    assert.equal((await run(process.execPath, ['both.mjs'], { cwd: endpoint })).trim(), '1');
  });

  it('types handlers written inline, for every kind of module resolution', async function () {
    this.timeout(120_000);
    await symlink(path.resolve('node_modules', '@types'), path.join(endpoint, 'node_modules', '@types'));
    await writeFile(path.join(endpoint, 'inline.ts'), inline);
    await writeFile(path.join(endpoint, 'inline.cts'), inline);
    const { run } = await tools();
    const tsc = path.resolve('node_modules', 'typescript', 'bin', 'tsc');
    const given = [
      '--strict',
      '--noEmit',
      '--skipLibCheck',
      '--esModuleInterop',
      '--target',
      'es2022',
      '--types',
      'node',
    ];
    const kinds = [
      ['node10', 'commonjs', '--ignoreDeprecations', '6.0', 'inline.ts'],
      ['nodenext', 'nodenext', 'inline.ts', 'inline.cts'],
      ['bundler', 'esnext', 'inline.ts'],
    ];
    await Promise.all(
      kinds.map(([resolution, module, ...rest]) =>
        run(process.execPath, [tsc, ...given, '--moduleResolution', resolution!, '--module', module!, ...rest], {
          cwd: endpoint,
        }),
      ),
    );
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
async function tools(): Promise<typeof ChildProcessModule> {
  return (await import(pathToFileURL(path.resolve('scripts', 'childProcess.ts')).href)) as typeof ChildProcessModule;
}
