// npm test [-- --only STEP,STEP] [--allow-skips] [--soak]: every check of the repository, with one line of counts at the
// end. --soak (npm run test:soak) runs the tests that repeat something at their full counts.
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ROOT } from './root.mjs';
import { run, runShown } from './run.mjs';
import { ensureInstalled } from './setup.mjs';

const STEPS = ['types', 'lint', 'unit', 'webview', 'editor', 'e2e'];

const { only, allowSkips, soak } = readOptions();
/** Of one step; a single test has a fraction of it. */
const STEP_TIMEOUT_MS = soak ? 3_600_000 : 900_000;
const TEST_TIMEOUT_FACTOR = soak ? 15 : 1;
if (soak) {
  // test/fixtures/soak.ts reads it; what runs below inherits it.
  process.env['FLOWMETER_SOAK'] = '1';
} else {
  delete process.env['FLOWMETER_SOAK'];
}
const started = Date.now();
const counts = { passed: 0, failed: 0 };
/** @type {string[]} */
const failures = [];

await ensureInstalled();
const work = await mkdtemp(join(tmpdir(), 'flowmeter-test-'));
const vsix = join(ROOT, 'out', 'flowmeter.vsix');
const treeBefore = await workTree();
try {
  await runSteps();
  await check(
    'work tree',
    'The tests changed the work tree (git status).',
    async () => (await workTree()) === treeBefore,
  );
} finally {
  await rm(work, { recursive: true, force: true });
}
console.log(`\n${duration(started)} in all`);
for (const failure of failures) {
  console.log(`failed: ${failure}`);
}
console.log(`${counts.passed} passed, ${counts.failed} failed`);
process.exitCode = counts.failed > 0 || counts.passed === 0 ? 1 : 0;

async function runSteps() {
  if (only.has('types')) {
    await check('types', 'Type check', checkTypes);
  }
  if (only.has('lint')) {
    await check('lint', 'eslint', () => tool('eslint/bin/eslint.js', ['.']));
    await check('formatting', 'prettier --check', () =>
      tool('prettier/bin/prettier.cjs', ['--check', '--log-level=warn', '.']),
    );
  }
  if (!['unit', 'webview', 'editor', 'e2e'].some((step) => only.has(step))) {
    return;
  }
  const built = await check('build', 'Build of product and tests', build);
  if (!built) {
    return;
  }
  if (only.has('unit')) {
    // They wait more than they work, so that two processes share them.
    await mocha('unit and contract', ['unit', 'contract'], 20_000, { options: ['--parallel', '--jobs', '2'] });
  }
  // A browser's tests wait for it as an editor's do: side by side they take less time than one after the other.
  await Promise.all([inBrowser(), inEditors()]);
}

/** Its output comes in one piece at its end: that of the editors runs beside it. */
async function inBrowser() {
  if (only.has('webview')) {
    await mocha('webview', ['webview'], 60_000, { held: only.has('editor') || only.has('e2e') });
  }
}

async function inEditors() {
  if (only.has('editor')) {
    await inEditor();
  }
  if (only.has('e2e')) {
    const args = ['scripts/package.mjs', '--no-build', '--out', vsix];
    const packaged = await check(
      'package',
      'VSIX',
      async () => (await runShown(process.execPath, args, { cwd: ROOT })) === 0,
    );
    if (packaged) {
      await mocha('end to end', ['e2e'], 120_000);
    }
  }
}

/** @returns {Promise<boolean>} */
async function checkTypes() {
  const configs = ['tsconfig.json', 'webview/tsconfig.json', 'test/tsconfig.json', 'scripts/tsconfig.json'];
  const results = await Promise.all(
    configs.map((config) => tool('typescript/bin/tsc', ['--pretty', 'false', '-p', config])),
  );
  return results.every(Boolean);
}

/** @returns {Promise<boolean>} */
async function build() {
  // A bundle whose source is gone must neither be tested nor shipped.
  await Promise.all(['dist', 'out/test'].map((folder) => rm(join(ROOT, folder), { recursive: true, force: true })));
  for (const kind of ['--production', '--tests']) {
    if ((await runShown(process.execPath, ['esbuild.mjs', kind], { cwd: ROOT })) !== 0) {
      return false;
    }
  }
  return true;
}

/**
 * @param {string} headline
 * @param {readonly string[]} folders below test/
 * @param {number} timeoutMs for one test
 * @param {{ options?: readonly string[], held?: boolean }} [how] more options, and whether its output waits for its end
 */
async function mocha(headline, folders, timeoutMs, { options = [], held = false } = {}) {
  await suite(headline, folders, held, async (resultFile) => {
    const args = [
      join(ROOT, 'node_modules', 'mocha', 'bin', 'mocha.js'),
      ...[
        '--reporter',
        join(ROOT, 'scripts', 'mochaReporter.cjs'),
        '--forbid-only',
        '--timeout',
        String(timeoutMs * TEST_TIMEOUT_FACTOR),
      ],
      // What a failed test left open (an editor, a browser) ends with the process; waiting for it would only take time.
      '--exit',
      ...options,
      ...folders.map((folder) => `out/test/${folder}/**/*.test.js`),
    ];
    const env = { ...process.env, FLOWMETER_TEST_RESULT: resultFile, FLOWMETER_VSIX: vsix };
    const code = await runShown(process.execPath, args, { cwd: ROOT, env, timeoutMs: STEP_TIMEOUT_MS, held });
    return { code, result: await readResult(resultFile) };
  });
}

async function inEditor() {
  await suite('in the editor', ['editor'], false, async () => {
    const { runInExtensionHost } = await import('./editor/inHost.mjs');
    const testsPath = join(ROOT, 'out', 'test', 'editor', 'index.js');
    const dataDir = join(work, 'editor');
    return runInExtensionHost({ extensionPath: ROOT, testsPath, dataDir, timeoutMs: STEP_TIMEOUT_MS });
  });
}

/**
 * Runs one suite and adds what it counted. That nothing ran, or that it broke off, is a failure too.
 *
 * @typedef {{ code: number | undefined, result: import('./editor/inHost.mjs').TestResult | undefined }} Outcome
 *
 * @param {string} headline
 * @param {readonly string[]} folders
 * @param {boolean} held whether its output waits for its end
 * @param {(resultFile: string) => Promise<Outcome>} runTests
 */
async function suite(headline, folders, held, runTests) {
  console.log(held ? `\n== ${headline}: begun, shown when it has ended` : `\n== ${headline}`);
  if (!(await Promise.all(folders.map(hasTests))).some(Boolean)) {
    fail(`${headline}: there are no tests`);
    return;
  }
  const begun = Date.now();
  const resultFile = join(work, `${headline.replaceAll(' ', '-')}.json`);
  const { code, result } = await runTests(resultFile).catch((error) => {
    console.error(error);
    return { code: undefined, result: undefined };
  });
  const { passed, failed, pending } = result ?? { passed: 0, failed: 0, pending: [] };
  counts.passed += passed;
  counts.failed += failed;
  if (failed > 0) {
    failures.push(`${headline}: ${failed} tests`);
  }
  for (const title of pending) {
    console.log(`skipped: ${title}`);
    if (!allowSkips) {
      fail(`${headline}: skipped: ${title}`);
    }
  }
  if (passed + failed === 0) {
    fail(`${headline}: no test ran`);
  } else if (code !== 0 && failed === 0) {
    fail(`${headline}: it ended with code ${code}`);
  }
  console.log(`== ${headline}: ${passed} passed, ${failed} failed, ${duration(begun)}`);
}

/**
 * Runs a check that counts as one.
 *
 * @param {string} headline
 * @param {string} what for the list of failures
 * @param {() => Promise<boolean>} test
 * @returns {Promise<boolean>}
 */
async function check(headline, what, test) {
  const begun = Date.now();
  console.log(`\n== ${headline}`);
  const good = await test().catch((error) => {
    console.error(error);
    return false;
  });
  if (good) {
    counts.passed++;
  } else {
    fail(what);
  }
  console.log(`== ${headline}: ${good ? 'passed' : 'failed'}, ${duration(begun)}`);
  return good;
}

/** @param {string} what */
function fail(what) {
  counts.failed++;
  failures.push(what);
}

/**
 * @param {string} script of a package in node_modules
 * @param {readonly string[]} args
 * @returns {Promise<boolean>}
 */
async function tool(script, args) {
  return (await runShown(process.execPath, [join(ROOT, 'node_modules', script), ...args], { cwd: ROOT })) === 0;
}

/**
 * @param {string} folder below test/
 * @returns {Promise<boolean>}
 */
async function hasTests(folder) {
  const path = join(ROOT, 'test', folder);
  return existsSync(path) && (await readdir(path, { recursive: true })).some((file) => file.endsWith('.test.ts'));
}

/**
 * @param {string} file
 * @returns {Promise<import('./editor/inHost.mjs').TestResult | undefined>}
 */
async function readResult(file) {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  return text === undefined ? undefined : JSON.parse(text);
}

/** @returns {Promise<string>} empty where the project is not in git */
function workTree() {
  return run('git', ['status', '--porcelain'], { cwd: ROOT }).catch(() => '');
}

/** @param {number} since */
function duration(since) {
  return `${((Date.now() - since) / 1000).toFixed(1)} s`;
}

function readOptions() {
  const { values } = parseArgs({
    options: {
      only: { type: 'string' },
      'allow-skips': { type: 'boolean', default: false },
      soak: { type: 'boolean', default: false },
    },
  });
  // Types and lint have no counts: a soak run begins with what does.
  const usual = values.soak ? STEPS.filter((step) => step !== 'types' && step !== 'lint') : STEPS;
  const wanted = (values.only ?? usual.join(',')).split(',').map((step) => step.trim());
  const unknown = wanted.filter((step) => !STEPS.includes(step));
  if (unknown.length > 0) {
    console.error(`There is no step "${unknown.join('", "')}". Steps: ${STEPS.join(', ')}.`);
    process.exit(1);
  }
  return { only: new Set(wanted), allowSkips: values['allow-skips'], soak: values.soak };
}
