// npm run screenshots [-- --out FOLDER]: the pictures of the README, taken from the real editor on demo data.
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import type { BrowserContext, Page } from 'playwright-core';
import { buildBundles } from './bundles.ts';
import { launchBrowser } from './editor/browser.ts';
import { linkExtension, startEditor, type Editor } from './editor/server.ts';
import { openView, openWorkbench, setTheme, toggleTreeRow, treeRow, webview } from './editor/workbench.ts';
import { ROOT } from './root.ts';

/** The pngjs that playwright brings along. */
const { PNG } = createRequire(import.meta.url)('playwright-core/lib/utilsBundle') as {
  PNG: { sync: { read(png: Buffer): object; write(picture: object, options: object): Buffer } };
};

const FLOW = 'Table booking';
const SECTIONS = 5;
/** Wide and high enough for the whole dashboard beside the tree with its figures. */
const WINDOW = { width: 1540, height: 1190 };
/** Hours are shown in local time: the same one wherever the pictures are taken. */
const ZONE = 'Europe/Berlin';

const { values: options } = parseArgs({
  options: { out: { type: 'string', default: path.join(ROOT, 'media', 'screenshots') } },
});
const out = path.resolve(options.out);

await buildBundles('--production');
const dataDir = await mkdtemp(path.join(tmpdir(), 'flowmeter-screenshots-'));
let editor: Editor | undefined;
let context: BrowserContext | undefined;
try {
  const folder = path.join(dataDir, 'bistro');
  await cp(path.join(ROOT, 'scripts', 'sample'), folder, { recursive: true });
  await linkExtension(dataDir, ROOT);
  editor = await startEditor({
    dataDir,
    folder,
    env: { TZ: ZONE },
    settings: {
      'workbench.colorTheme': 'Dark Modern',
      'workbench.reduceMotion': 'on',
      'workbench.layoutControl.enabled': false,
    },
  });
  context = await launchBrowser({ viewport: WINDOW, timezoneId: ZONE, reducedMotion: 'reduce' });
  const page = context.pages()[0] ?? (await context.newPage());
  await openWorkbench(page, editor.url);
  await mkdir(out, { recursive: true });
  await takePictures(page);
} finally {
  await context?.close();
  await editor?.stop();
  await rm(dataDir, { recursive: true, force: true });
}

async function takePictures(page: Page): Promise<void> {
  await openView(page, 'Flowmeter');
  const sidebar = page.locator('.part.sidebar');
  await sidebar.getByRole('button', { name: 'Connect to WhatsApp' }).waitFor();
  await widenSidebar(page, 84);
  await rest(page);
  await sidebar.locator('.monaco-progress-container.active').first().waitFor({ state: 'hidden' });
  await save(page, 'welcome', { x: 0, y: 36, width: 432, height: 300 });

  await sidebar.getByText('Try with Demo Data').click();
  const row = treeRow(page, FLOW);
  await row.getByText(/errors/).waitFor();
  await row.hover();
  await page.locator('.monaco-hover:visible', { hasText: 'Last 24 hours' }).waitFor();
  await save(page, 'tooltip', { x: 0, y: 36, width: 760, height: 460 });

  await toggleTreeRow(page, FLOW);
  await treeRow(page, 'Requests').click();
  await saveDashboard(page, 'dashboard-dark', 'Dark Modern');
  await setTheme(page, 'Light Modern');
  await saveDashboard(page, 'dashboard-light', 'Light Modern');
}

async function saveDashboard(page: Page, name: string, theme: string): Promise<void> {
  const frame = await webview(page, { title: FLOW });
  await frame.locator(`body[data-vscode-theme-name="${theme}"]`).waitFor();
  const sections = frame.locator('section[data-state=ready]');
  await sections.nth(SECTIONS - 1).waitFor();
  await frame.locator('.progress').waitFor({ state: 'hidden' });
  await frame.locator('html').evaluate((html) => {
    if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
    html.scrollTo(0, 0);
  });
  await rest(page);
  await frame
    .locator('body')
    .evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
  await save(page, name);
}

/** Puts the pointer where nothing reacts to it, and waits until nothing does any more. */
async function rest(page: Page): Promise<void> {
  await page.mouse.move(WINDOW.width / 2, WINDOW.height - 2);
  await page.locator('.monaco-sash.hover:visible, .monaco-hover:visible').first().waitFor({ state: 'hidden' });
}

async function widenSidebar(page: Page, pixels: number): Promise<void> {
  const box = await page.locator('.part.sidebar').boundingBox();
  if (!box) throw new Error('The side bar is not there.');
  const [x, y] = [box.x + box.width + 1, box.y + box.height / 2];
  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.mouse.move(x + pixels, y, { steps: 4 });
  await page.mouse.up();
}

interface Area {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

async function save(page: Page, name: string, clip?: Area): Promise<void> {
  const file = path.join(out, `${name}.png`);
  // A browser compresses in a hurry. Pictures of an editor have large even areas, which are smallest unfiltered.
  const compact = { filterType: 0, colorType: 2, deflateLevel: 9, deflateStrategy: 0 };
  const picture = PNG.sync.write(PNG.sync.read(await page.screenshot(clip && { clip })), compact);
  await writeFile(file, picture);
  console.log(`${path.relative(process.cwd(), file)}: ${Math.ceil(picture.length / 1000)} kB`);
}
