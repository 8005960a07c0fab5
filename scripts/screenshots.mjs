// npm run screenshots [-- --out FOLDER]: the pictures of the README, taken from the real editor on demo data.
import { cp, mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { ROOT } from './root.mjs';
import { run } from './run.mjs';
import { ensureInstalled } from './setup.mjs';

const ZONE = 'Europe/Berlin';
const FLOW = 'Table booking';
const SECTIONS = 5;

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
    settings: { 'workbench.colorTheme': 'Dark Modern', 'window.commandCenter': false },
  });
  context = await launchBrowser({ viewport: { width: 1560, height: 980 }, timezoneId: ZONE, reducedMotion: 'reduce' });
  const page = context.pages()[0] ?? (await context.newPage());
  await workbench.openWorkbench(page, editor.url);
  await mkdir(out, { recursive: true });
  await takePictures(page);
} finally {
  await context?.close();
  await editor?.stop();
  await rm(dataDir, { recursive: true, force: true });
}

/** @param {import('playwright-core').Page} page */
async function takePictures(page) {
  await workbench.openView(page, 'Flowmeter');
  await page.getByRole('button', { name: 'Connect to WhatsApp' }).waitFor();
  await save(page, 'welcome', { x: 0, y: 0, width: 760, height: 560 });

  await page.getByText('Try with Demo Data').click();
}

/**
 * @param {import('playwright-core').Page} page
 * @param {string} name
 * @param {{ x: number, y: number, width: number, height: number }} [clip]
 */
async function save(page, name, clip) {
  const file = join(out, `${name}.png`);
  await writeFile(file, await page.screenshot(clip ? { clip } : {}));
  console.log(`${relative(process.cwd(), file)}: ${Math.ceil((await stat(file)).size / 1000)} kB`);
}
