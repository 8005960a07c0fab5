// npm run screenshots [-- --out FOLDER]: the pictures of the README, taken from the real editor on demo data.
import { cp, mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { compactPng } from './compactPng.mjs';
import { ROOT } from './root.mjs';
import { run } from './run.mjs';
import { ensureInstalled } from './setup.mjs';

/** @typedef {import('playwright-core').Page} Page */
/** @typedef {{ x: number, y: number, width: number, height: number }} Area */

const FLOW = 'Table booking';
const SECTIONS = 5;
// Wide and high enough for the whole dashboard beside the tree with its figures.
const WINDOW = { width: 1540, height: 1190 };
// Hours are shown in local time: the same one wherever the pictures are taken.
const ZONE = 'Europe/Berlin';

const { values: options } = parseArgs({
  options: { out: { type: 'string', default: join(ROOT, 'media', 'screenshots') } },
});
const out = resolve(options.out);

await ensureInstalled();
await run(process.execPath, ['esbuild.mjs', '--production'], { cwd: ROOT });
const { linkExtension, startEditor } = await import('./editor/server.mjs');
const { launchBrowser } = await import('./editor/browser.mjs');
const workbench = await import('./editor/workbench.mjs');

const dataDir = await mkdtemp(join(tmpdir(), 'flowmeter-screenshots-'));
/** @type {Awaited<ReturnType<typeof startEditor>> | undefined} */
let editor;
/** @type {import('playwright-core').BrowserContext | undefined} */
let context;
try {
  const folder = join(dataDir, 'bistro');
  await cp(join(ROOT, 'scripts', 'sample'), folder, { recursive: true });
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
  await workbench.openWorkbench(page, editor.url);
  await mkdir(out, { recursive: true });
  await takePictures(page);
} finally {
  await context?.close();
  await editor?.stop();
  await rm(dataDir, { recursive: true, force: true });
}

/** @param {Page} page */
async function takePictures(page) {
  await workbench.openView(page, 'Flowmeter');
  const sidebar = page.locator('.part.sidebar');
  await sidebar.getByRole('button', { name: 'Connect to WhatsApp' }).waitFor();
  await widenSidebar(page, 84);
  await rest(page);
  await sidebar.locator('.monaco-progress-container.active').first().waitFor({ state: 'hidden' });
  await save(page, 'welcome', { x: 0, y: 36, width: 432, height: 300 });

  await sidebar.getByText('Try with Demo Data').click();
  const row = workbench.treeRow(page, FLOW);
  await row.getByText(/errors/).waitFor();
  await row.hover();
  await page.locator('.monaco-hover:visible', { hasText: 'Last 24 hours' }).waitFor();
  await save(page, 'tooltip', { x: 0, y: 36, width: 760, height: 460 });

  await workbench.toggleTreeRow(page, FLOW);
  await workbench.treeRow(page, 'Requests').click();
  await pictureOfDashboard(page, 'dashboard-dark');
  await workbench.setTheme(page, 'Light Modern');
  await pictureOfDashboard(page, 'dashboard-light', 'Light Modern');
}

/**
 * @param {Page} page
 * @param {string} name
 * @param {string} [theme] the one to wait for
 */
async function pictureOfDashboard(page, name, theme = 'Dark Modern') {
  const frame = await workbench.webview(page, { title: FLOW });
  await frame.locator(`body[data-vscode-theme-name="${theme}"]`).waitFor();
  await frame
    .locator('section[data-state=ready]')
    .nth(SECTIONS - 1)
    .waitFor();
  await frame.locator('.progress').waitFor({ state: 'hidden' });
  await frame.locator('html').evaluate((html) => {
    /** @type {HTMLElement | null} */ (document.activeElement)?.blur();
    html.scrollTo(0, 0);
  });
  await rest(page);
  await frame
    .locator('body')
    .evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
  await save(page, name);
}

/**
 * Puts the pointer where nothing reacts to it, and waits until nothing does any more.
 *
 * @param {Page} page
 */
async function rest(page) {
  await page.mouse.move(WINDOW.width / 2, WINDOW.height - 2);
  await page.locator('.monaco-sash.hover:visible, .monaco-hover:visible').first().waitFor({ state: 'hidden' });
}

/**
 * @param {Page} page
 * @param {number} by pixels
 */
async function widenSidebar(page, by) {
  const box = await page.locator('.part.sidebar').boundingBox();
  if (!box) {
    throw new Error('The side bar is not there.');
  }
  const [x, y] = [box.x + box.width + 1, box.y + box.height / 2];
  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.mouse.move(x + by, y, { steps: 4 });
  await page.mouse.up();
}

/**
 * @param {Page} page
 * @param {string} name
 * @param {Area} [clip]
 */
async function save(page, name, clip) {
  const file = join(out, `${name}.png`);
  await writeFile(file, compactPng(await page.screenshot(clip ? { clip } : {})));
  console.log(`${relative(process.cwd(), file)}: ${Math.ceil((await stat(file)).size / 1000)} kB`);
}
