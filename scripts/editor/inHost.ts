import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { readTestResult, type TestResult } from '../testResult.ts';
import { launchBrowser } from './browser.ts';
import { editorLogs, startEditor, urlPath } from './server.ts';

export interface HostRun {
  /** What the extension host ended with; undefined when it did not end in time. */
  readonly code: number | undefined;
  /** Undefined when the tests did not come to their end. */
  readonly result: TestResult | undefined;
}

export interface HostRunOptions {
  /** The folder with the extension's package.json. */
  readonly extensionPath: string;
  /**
   * A CommonJS file that exports `run(): Promise<void>`; its environment names the file for the result as
   * FLOWMETER_TEST_RESULT.
   */
  readonly testsPath: string;
  readonly dataDir: string;
  readonly timeoutMs: number;
}

/** Lines of the workbench about itself, on the same console as the tests. */
const WORKBENCH_NOISE =
  /^(Resolving connection|Resolved connection|Creating a socket|Canceled|\[reconnection-|\[Service Worker\]|\[AgentHost|\[AccountPolicyGate|Ignoring fetching additional builtin|Updating additional builtin)/;

/** Runs tests inside a real extension host, their console output on this terminal. */
export async function runInExtensionHost(options: HostRunOptions): Promise<HostRun> {
  const { dataDir, extensionPath, testsPath, timeoutMs } = options;
  const resultFile = path.join(dataDir, 'result.json');
  const folder = path.join(dataDir, 'workspace');
  await mkdir(folder, { recursive: true });
  await rm(resultFile, { force: true });
  const editor = await startEditor({ dataDir, folder, env: { FLOWMETER_TEST_RESULT: resultFile }, testDriver: true });
  const remote = (file: string): string => `vscode-remote://127.0.0.1:${editor.port}${urlPath(file)}`;
  const payload = [
    ['extensionDevelopmentPath', remote(extensionPath)],
    ['extensionTestsPath', remote(testsPath)],
  ];
  let code: number | undefined;
  try {
    code = await runInPage(`${editor.url}&payload=${encodeURIComponent(JSON.stringify(payload))}`, timeoutMs);
  } finally {
    await editor.stop();
  }
  const result = await readTestResult(resultFile);
  if (code !== 0 || !result?.passed || result.failed > 0) await printHostLog(dataDir);
  return { code, result };
}

async function runInPage(url: string, timeoutMs: number): Promise<number | undefined> {
  const context = await launchBrowser();
  let timer: NodeJS.Timeout | undefined;
  try {
    const page = context.pages()[0] ?? (await context.newPage());
    const exit = new Promise<number | undefined>((done) => {
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

function printLine(level: string, args: unknown[]): void {
  if (WORKBENCH_NOISE.test(String(args[0]))) return;
  if (level === 'error' || level === 'warn') console.error(...args);
  else console.log(...args);
}

async function printHostLog(dataDir: string): Promise<void> {
  for (const { name, text } of await editorLogs(dataDir)) {
    if (/remoteexthost|Flowmeter/.test(name)) {
      console.error(`--- ${name}\n${text.trimEnd().split('\n').slice(-60).join('\n')}`);
    }
  }
}
