/** A real editor with the packaged extension in it, and what a person reads off it. */
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { BrowserContext, Page } from 'playwright-core';
import type * as BrowserModule from '../../scripts/editor/browser';
import type * as ServerModule from '../../scripts/editor/server';
import { until } from '../../scripts/editor/until';
import { openWorkbench } from '../../scripts/editor/workbench';

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
  const { startEditor, installVsix, editorLogs } = await load<typeof ServerModule>('server.ts');
  const { launchBrowser } = await load<typeof BrowserModule>('browser.ts');

  const dataDir = await mkdtemp(path.join(tmpdir(), 'flowmeter-e2e-'));
  const folder = path.join(dataDir, 'workspace');
  await mkdir(folder);
  await installVsix(dataDir, vsix);
  const { settings = {}, viewport = { width: 1280, height: 800 } } = options;
  const editor = await startEditor({
    dataDir,
    folder,
    settings: { 'workbench.reduceMotion': 'on', ...settings },
    // A page that is left does not always get its goodbye through.
    graceSeconds: 5,
    env: { TZ: zone },
  });
  let context: BrowserContext | undefined;
  const close = async (): Promise<void> => {
    await context?.close();
    await editor.stop();
    await rm(dataDir, { recursive: true, force: true });
  };
  try {
    context = await launchBrowser({ viewport, timezoneId: zone, reducedMotion: 'reduce' });
    const page = context.pages()[0] ?? (await context.newPage());
    page.setDefaultTimeout(20_000);
    const troubles = watch(page);
    await openWorkbench(page, editor.url);
    return {
      page,
      dataDir,
      folder,
      troubles,
      settings: () => readSettings(path.join(dataDir, 'user', 'User', 'settings.json')),
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

/** Leaves a picture of what stood on screen when a test failed, and removes that of an earlier run. For `afterEach`. */
export async function pictureOfFailure(lab: Lab | undefined, test: Mocha.Test | undefined): Promise<void> {
  if (!lab || !test) return;
  const name = `failed ${test.title}`.replaceAll(/[^a-z0-9]+/gi, '-');
  if (test.state === 'failed') await lab.shoot(name);
  else await rm(path.join(pictures, `${name}.png`), { force: true });
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

async function load<T>(file: string): Promise<T> {
  // At run time: bundled, it would no longer know where it lies.
  return (await import(pathToFileURL(path.join(root, 'scripts', 'editor', file)).href)) as T;
}

/** The editor may be writing them at this moment, so half a file is read again. */
async function readSettings(file: string): Promise<Record<string, unknown>> {
  let settings: Record<string, unknown> | undefined;
  await eventually('the settings can be read', async () => {
    try {
      settings = JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown>;
      return true;
    } catch {
      return false;
    }
  });
  return settings!;
}

const ours = /dashboard\.js|style\.css|extensionId=flowmeter|Content Security Policy/;

function watch(page: Page): string[] {
  const troubles: string[] = [];
  page.on('console', (message) => {
    const text = `${message.type()}: ${message.text()} (${message.location().url})`;
    // The editor's own frame around every page warns of itself.
    const frame = text.includes('can escape its sandboxing');
    if (['error', 'warning'].includes(message.type()) && ours.test(text) && !frame) troubles.push(text);
  });
  page.on('pageerror', (error) => {
    if (ours.test(`${error.message} ${error.stack ?? ''}`)) troubles.push(`exception: ${error.message}`);
  });
  return troubles;
}
