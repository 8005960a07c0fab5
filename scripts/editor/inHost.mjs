import { mkdir, readFile, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { launchBrowser } from './browser.mjs';
import { editorLogs, startEditor, urlPath } from './server.mjs';

/**
 * @typedef {object} TestResult what `mochaReporter.cjs` writes
 * @property {number} passed
 * @property {number} failed
 * @property {string[]} pending titles of the tests that were skipped
 */

/**
 * @typedef {object} HostRun
 * @property {number | undefined} code what the extension host ended with; undefined when it did not end in time
 * @property {TestResult | undefined} result undefined when the tests did not come to their end
 * @property {boolean} passed true only when the code is 0 and the result tells of tests of which none failed
 */

/**
 * @typedef {object} HostRunOptions
 * @property {string} extensionPath the folder with the extension's package.json
 * @property {string} testsPath a CommonJS file that exports `run(): Promise<void>`; its environment names the file
 *   that the result belongs into as FLOWMETER_TEST_RESULT
 * @property {string} dataDir
 * @property {string} [folder] the folder to open
 * @property {NodeJS.ProcessEnv} [env]
 * @property {Readonly<Record<string, unknown>>} [settings]
 * @property {boolean} [workspaceTrust]
 * @property {number} [timeoutMs]
 */

// The workbench writes about itself to the same console as the tests.
const WORKBENCH_NOISE =
  /^(Resolving connection|Resolved connection|Creating a socket|Canceled|\[reconnection-|\[Service Worker\]|\[AgentHost|\[AccountPolicyGate|Ignoring fetching additional builtin|Updating additional builtin)/;

/**
 * Runs tests inside a real extension host, their console output on this terminal.
 *
 * @param {HostRunOptions} options
 * @returns {Promise<HostRun>}
 */
export async function runInExtensionHost(options) {
  const dataDir = resolve(options.dataDir);
  const resultFile = join(dataDir, 'result.json');
  const folder = options.folder ?? join(dataDir, 'workspace');
  await mkdir(folder, { recursive: true });
  await rm(resultFile, { force: true });
  const { settings = {}, workspaceTrust = false } = options;
  const env = { ...options.env, FLOWMETER_TEST_RESULT: resultFile };
  const editor = await startEditor({ dataDir, folder, settings, workspaceTrust, env, testDriver: true });
  /** @type {number | undefined} */
  let code;
  try {
    code = await runInPage(testUrl(editor, options), options.timeoutMs ?? 300_000);
  } finally {
    await editor.stop();
  }
  const result = await readResult(resultFile);
  const passed = code === 0 && result !== undefined && result.passed > 0 && result.failed === 0;
  if (!passed) {
    await printHostLog(dataDir);
  }
  return { code, result, passed };
}

/**
 * @param {import("./server.mjs").Editor} editor
 * @param {HostRunOptions} options
 * @returns {string}
 */
function testUrl({ url, port }, { extensionPath, testsPath }) {
  const remote = (/** @type {string} */ path) => `vscode-remote://127.0.0.1:${port}${urlPath(path)}`;
  const payload = [
    ['extensionDevelopmentPath', remote(extensionPath)],
    ['extensionTestsPath', remote(testsPath)],
  ];
  return `${url}&payload=${encodeURIComponent(JSON.stringify(payload))}`;
}

/**
 * @param {string} url
 * @param {number} timeoutMs
 * @returns {Promise<number | undefined>}
 */
async function runInPage(url, timeoutMs) {
  const context = await launchBrowser();
  /** @type {NodeJS.Timeout | undefined} */
  let timer;
  try {
    const page = context.pages()[0] ?? (await context.newPage());
    /** @type {Promise<number | undefined>} */
    const exit = new Promise((done) => {
      timer = setTimeout(() => {
        console.error(`The tests in the extension host did not end within ${timeoutMs / 1000} s.`);
        done(undefined);
      }, timeoutMs);
      page.on('crash', () => done(undefined));
      page.exposeFunction('codeAutomationExit', done).catch(() => done(undefined));
    });
    await page.exposeFunction('codeAutomationLog', printLine);
    await page.goto(url);
    return await exit;
  } finally {
    clearTimeout(timer);
    await context.close();
  }
}

/**
 * @param {string} level
 * @param {unknown[]} args
 */
function printLine(level, args) {
  if (WORKBENCH_NOISE.test(String(args[0]))) {
    return;
  }
  if (level === 'error' || level === 'warn') {
    console.error(...args);
  } else {
    console.log(...args);
  }
}

/**
 * @param {string} file
 * @returns {Promise<TestResult | undefined>}
 */
async function readResult(file) {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  return text === undefined ? undefined : JSON.parse(text);
}

/** @param {string} dataDir */
async function printHostLog(dataDir) {
  for (const { name, text } of await editorLogs(dataDir)) {
    if (/remoteexthost|Flowmeter/.test(name)) {
      console.error(`--- ${name}\n${text.trimEnd().split('\n').slice(-60).join('\n')}`);
    }
  }
}
