// npm test [-- --only STEP,STEP] [--allow-skips] [--soak]: every check of the repository, with one line of counts at the
// end. --soak (npm run test:soak) runs the tests that repeat something at their full counts.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { buildBundles } from './bundles.ts';
import { run, runNode } from './childProcess.ts';
import { runInExtensionHost } from './editor/inHost.ts';
import { ROOT } from './root.ts';
import { checked, StepReport, tested } from './stepReport.ts';
import { readTestResult } from './testResult.ts';

const STEPS = ['types', 'lint', 'unit', 'webview', 'editor', 'e2e'];

const { only, allowSkips, soak } = readOptions();
const stepTimeoutMs = soak ? 3_600_000 : 900_000;
const testTimeoutFactor = soak ? 15 : 1;
// test/fixtures/soak.ts reads it in the processes started here.
if (soak) process.env.FLOWMETER_SOAK = '1';
else delete process.env.FLOWMETER_SOAK;

const report = new StepReport();
const work = await mkdtemp(path.join(tmpdir(), 'flowmeter-test-'));
const vsix = path.join(ROOT, 'out', 'flowmeter.vsix');
const treeBefore = await workTree();
try {
  await runSteps();
  await report.step('work tree', async () => checked((await workTree()) === treeBefore, 'git status has changed'));
} finally {
  await rm(work, { recursive: true, force: true });
}
process.exitCode = report.end();

async function runSteps(): Promise<void> {
  // Each takes one core for most of its time.
  await Promise.all([checkTypes(), lint()]);
  if (!['unit', 'webview', 'editor', 'e2e'].some((name) => only.has(name))) return;
  const build = (): Promise<void> => buildBundles('--production', '--tests');
  if (!(await report.step('build', () => build().then(() => checked(true))))) return;
  // All of them wait more than they work: side by side they take less time than one after the other.
  await Promise.all([inNodeAndBrowser(), inEditors()]);
}

async function checkTypes(): Promise<void> {
  if (!only.has('types')) return;
  const projects = ['.', 'webview', 'test', 'scripts'];
  await scripts('types', ...projects.map((project) => ['typescript/bin/tsc', '--pretty', 'false', '-p', project]));
}

async function lint(): Promise<void> {
  if (!only.has('lint')) return;
  await scripts('eslint', ['eslint/bin/eslint.js', '.']);
  await scripts('formatting', ['prettier/bin/prettier.cjs', '--check', '--log-level=warn', '.']);
}

async function inNodeAndBrowser(): Promise<void> {
  const held = only.has('editor') || only.has('e2e');
  const jobs = ['--parallel', '--jobs', '2'];
  if (only.has('unit')) await mocha('unit and contract', ['unit', 'contract'], 60_000, jobs, held);
  if (only.has('webview')) await mocha('webview', ['webview'], 60_000, [], held);
}

async function inEditors(): Promise<void> {
  if (only.has('editor')) {
    const testsPath = path.join(ROOT, 'out', 'test', 'editor', 'index.js');
    const options = { extensionPath: ROOT, testsPath, dataDir: path.join(work, 'editor'), timeoutMs: stepTimeoutMs };
    await report.step('in the editor', async () => {
      const { code, result } = await runInExtensionHost(options);
      return tested(code, result, allowSkips);
    });
  }
  if (only.has('e2e')) {
    const args = ['scripts/package.ts', '--no-build', '--out', vsix];
    const packaged = await report.step('package', async () => checked((await runNode(args)) === 0, 'no VSIX'));
    if (packaged) await mocha('end to end', ['e2e'], 120_000);
  }
}

/** Runs scripts of packages in node_modules side by side, as one check. */
async function scripts(headline: string, ...commands: readonly (readonly string[])[]): Promise<void> {
  await report.step(headline, async () => {
    const codes = await Promise.all(commands.map(([script, ...args]) => runNode([`node_modules/${script}`, ...args])));
    return checked(Math.max(...codes) === 0, 'see above');
  });
}

/** `held`: the output waits for the end of the step, because another step runs beside it. */
async function mocha(
  headline: string,
  folders: readonly string[],
  testTimeoutMs: number,
  options: readonly string[] = [],
  held = false,
): Promise<void> {
  const resultFile = path.join(work, `${headline.replaceAll(' ', '-')}.json`);
  const env = { ...process.env, FLOWMETER_TEST_RESULT: resultFile, FLOWMETER_VSIX: vsix };
  const args = [
    ...['node_modules/mocha/bin/mocha.js', '--reporter', path.join(ROOT, 'scripts', 'mochaReporter.cjs')],
    ...['--forbid-only', '--timeout', String(testTimeoutMs * testTimeoutFactor)],
    // What a failed test left open (an editor, a browser) ends with the process; waiting for it would only take time.
    ...['--exit', ...options, ...folders.map((folder) => `out/test/${folder}/**/*.test.js`)],
  ];
  const body = async (): Promise<ReturnType<typeof tested>> => {
    const code = await runNode(args, { env, timeoutMs: stepTimeoutMs, held });
    return tested(code, await readTestResult(resultFile), allowSkips);
  };
  await report.step(headline, body, held ? ': begun, shown when it has ended' : '');
}

/** Empty where the project is not in git. */
function workTree(): Promise<string> {
  return run('git', ['status', '--porcelain'], { cwd: ROOT }).catch(() => '');
}

function readOptions(): { only: ReadonlySet<string>; allowSkips: boolean; soak: boolean } {
  const flag = { type: 'boolean', default: false } as const;
  const { values } = parseArgs({ options: { only: { type: 'string' }, 'allow-skips': flag, soak: flag } });
  // Types and lint have no counts: a soak run begins with what does.
  const usual = values.soak ? STEPS.slice(STEPS.indexOf('unit')) : STEPS;
  const wanted = values.only?.split(',').map((name) => name.trim()) ?? usual;
  const unknown = wanted.filter((name) => !STEPS.includes(name));
  if (unknown.length > 0) {
    console.error(`There is no step "${unknown.join('", "')}". Steps: ${STEPS.join(', ')}.`);
    process.exit(1);
  }
  return { only: new Set(wanted), allowSkips: values['allow-skips'], soak: values.soak };
}
