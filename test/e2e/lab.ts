/** A real editor with the packaged extension in it, and what a person reads off it. */
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { BrowserContext, Page } from 'playwright-core';
import { until } from '../../scripts/editor/until.mjs';
import { openWorkbench, reloadWorkbench, workbenchReady } from '../../scripts/editor/workbench.mjs';

const root = process.cwd();
const pictures = path.join(root, 'out', 'screenshots', 'e2e');

/** Figures by the hour are shown in local time: the same one on every machine. */
export const zone = 'Europe/Berlin';

export interface LabOptions {
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly viewport?: { readonly width: number; readonly height: number };
}

export interface Lab {
  readonly page: Page;
  readonly dataDir: string;
  /** The open folder. */
  readonly folder: string;
  /** Errors on the console and refusals of the page's policy that come from our own page. */
  readonly troubles: readonly string[];
  reload(): Promise<void>;
  /** The user settings as they are on disk. */
  settings(): Promise<Record<string, unknown>>;
  /** What Flowmeter wrote to its output channel. */
  log(): Promise<string>;
  shoot(name: string): Promise<void>;
  close(): Promise<void>;
}

/** Starts an editor of its own data and opens it in a browser of its own profile. */
export async function openLab(options: LabOptions = {}): Promise<Lab> {
  const vsix = process.env.FLOWMETER_VSIX;
  assert.ok(vsix, 'FLOWMETER_VSIX must name the package: run npm test -- --only e2e.');
  const { startEditor, installVsix, editorLogs } = await load<typeof import('../../scripts/editor/server.mjs')>(
    'server.mjs',
  );
  const { launchBrowser } = await load<typeof import('../../scripts/editor/browser.mjs')>('browser.mjs');

  const dataDir = await mkdtemp(path.join(tmpdir(), 'flowmeter-e2e-'));
  const folder = path.join(dataDir, 'workspace');
  await mkdir(folder);
  await installVsix(dataDir, vsix);
  const { settings = {}, viewport = { width: 1280, height: 800 } } = options;
  const editor = await startEditor({ dataDir, folder, settings, env: { TZ: zone } });
  let context: BrowserContext | undefined;
  const close = async (): Promise<void> => {
    await context?.close();
    await editor.stop();
    await rm(dataDir, { recursive: true, force: true });
  };
  try {
    context = await launchBrowser({ viewport, timezoneId: zone });
    const page = context.pages()[0] ?? (await context.newPage());
    const troubles = watch(page);
    await openWorkbench(page, editor.url);
    return {
      page,
      dataDir,
      folder,
      troubles,
      reload: () => reloadWorkbench(page),
      settings: async () =>
        JSON.parse(await readFile(path.join(dataDir, 'user', 'User', 'settings.json'), 'utf8')) as Record<string, unknown>,
      log: async () =>
        (await editorLogs(dataDir))
          .filter(({ name }) => name.includes('Flowmeter'))
          .map(({ text }) => text)
          .join('\n'),
      shoot: async (name) => {
        await mkdir(pictures, { recursive: true });
        await writeFile(path.join(pictures, `${name}.png`), await page.screenshot());
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Waits until the condition holds, and says what was waited for where it never does. */
export async function eventually(what: string, condition: () => Promise<boolean>, timeoutMs = 20_000): Promise<void> {
  assert.ok(await until(condition, { timeoutMs }), `Waited in vain: ${what}.`);
}

/** Waits until the value is as wanted, and shows the difference where it never is. */
export async function eventuallyEqual<T>(read: () => Promise<T>, wanted: T, timeoutMs = 20_000): Promise<void> {
  let last: T | undefined;
  const reached = await until(
    async () => {
      last = await read();
      return JSON.stringify(last) === JSON.stringify(wanted);
    },
    { timeoutMs },
  );
  if (!reached) assert.deepEqual(last, wanted);
}

export { workbenchReady };

async function load<T>(file: string): Promise<T> {
  // At run time: bundled, it would no longer know where it lies.
  return (await import(pathToFileURL(path.join(root, 'scripts', 'editor', file)).href)) as T;
}

const ours = /dashboard\.js|style\.css|flowmeter|Content Security Policy|vscode-resource/i;

function watch(page: Page): string[] {
  const troubles: string[] = [];
  page.on('console', (message) => {
    const { url } = message.location();
    const text = `${message.type()}: ${message.text()} (${url})`;
    if ((message.type() === 'error' || message.type() === 'warning') && ours.test(text)) troubles.push(text);
  });
  page.on('pageerror', (error) => {
    if (ours.test(`${error.message} ${error.stack ?? ''}`)) troubles.push(`exception: ${error.message}`);
  });
  return troubles;
}
