// npm run screenshots [-- --out FOLDER]: the picture of the README, taken from the real editor on demo data.
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import type { BrowserContext, Page } from 'playwright-core';
import { buildBundles } from './bundles.ts';
import { launchBrowser } from './editor/browser.ts';
import { linkExtension, startEditor, type Editor } from './editor/server.ts';
import { openView, openWorkbench, toggleTreeRow, treeRow, webview } from './editor/workbench.ts';
import { ROOT } from './root.ts';

const FLOW = 'Table booking';
const SECTIONS = 5;
const PICTURE_WIDTH = 1100;
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
  await takePicture(page, await context.newPage());
} finally {
  await context?.close();
  await editor?.stop();
  await rm(dataDir, { recursive: true, force: true });
}

async function takePicture(page: Page, blank: Page): Promise<void> {
  await page.bringToFront();
  await openView(page, 'Flowmeter');
  const sidebar = page.locator('.part.sidebar');
  await widenSidebar(page, 84);
  await sidebar.getByText('Try with Demo Data').click();
  await treeRow(page, FLOW)
    .getByText(/errors/)
    .waitFor();
  await toggleTreeRow(page, FLOW);
  await treeRow(page, 'Requests').click();
  await showDashboard(page);
  await save(await page.screenshot(), blank);
}

async function showDashboard(page: Page): Promise<void> {
  const frame = await webview(page, { title: FLOW });
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

/** The browser itself makes the picture smaller: a page of its own draws it into a canvas. */
async function save(png: Buffer, blank: Page): Promise<void> {
  const file = path.join(out, 'dashboard.webp');
  const url = `data:image/png;base64,${png.toString('base64')}`;
  const webp = await blank.evaluate(
    async ([source, width]) => {
      const image = new Image();
      image.src = source;
      await image.decode();
      const canvas = document.createElement('canvas');
      canvas.width = width;
      canvas.height = Math.round((width * image.naturalHeight) / image.naturalWidth);
      const context = canvas.getContext('2d')!;
      context.imageSmoothingQuality = 'high';
      context.drawImage(image, 0, 0, canvas.width, canvas.height);
      return canvas.toDataURL('image/webp', 0.86);
    },
    [url, PICTURE_WIDTH] as const,
  );
  const picture = Buffer.from(webp.slice(webp.indexOf(',') + 1), 'base64');
  await writeFile(file, picture);
  console.log(`${path.relative(process.cwd(), file)}: ${Math.ceil(picture.length / 1000)} kB`);
}
