import { lstat, mkdir, readFile, readdir, readlink, rm, symlink } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { run } from '../run.mjs';
import { installEditor } from './install.mjs';
import { startGroup } from './processGroup.mjs';
import { seedSettings } from './settings.mjs';
import { until } from './until.mjs';

/**
 * @typedef {object} EditorOptions
 * @property {string} dataDir all that the editor writes goes here: settings, extensions, logs
 * @property {string} [folder] the folder to open
 * @property {number} [port] a free one by default; keep it fixed where secrets must survive a restart
 * @property {Readonly<Record<string, unknown>>} [settings] user settings on top of the quiet ones
 * @property {boolean} [testDriver] lets a page run tests inside the extension host; toasts and dialogs are off then
 * @property {boolean} [workspaceTrust] asks whether a folder is trusted, as a desktop does
 * @property {number} [graceSeconds] how long a window's extension host outlives a page that went without a word; hours by default
 * @property {NodeJS.ProcessEnv} [env] for the server and its extension hosts
 */

/**
 * @typedef {object} Editor
 * @property {string} url the address to open, with the folder in it
 * @property {number} port
 * @property {(file: string) => Promise<void>} installVsix a window shows it after its next load
 * @property {() => Promise<void>} stop
 * @property {Promise<void>} ended settles when the server has ended, by itself too
 */

const START_TIMEOUT_MS = 60_000;

/**
 * Starts the editor's server on 127.0.0.1 and waits until it answers. It ends with this process at the latest.
 *
 * @param {EditorOptions} options
 * @returns {Promise<Editor>}
 */
export async function startEditor(options) {
  const dataDir = resolve(options.dataDir);
  const { node, entry } = await installEditor();
  await mkdir(dataDir, { recursive: true });
  await seedSettings(join(dataDir, 'user', 'User', 'settings.json'), options.settings ?? {});
  const port = options.port ?? (await freePort());
  const origin = `http://127.0.0.1:${port}`;
  const logFile = join(dataDir, 'server.log');
  const args = [
    ...[entry, '--bind-addr', `127.0.0.1:${port}`, '--auth', 'none'],
    ...['--disable-telemetry', '--disable-update-check', '--disable-getting-started-override'],
    ...(options.workspaceTrust ? [] : ['--disable-workspace-trust']),
    ...(options.testDriver ? ['--vscode-option', 'enable-smoke-test-driver'] : []),
    ...(options.graceSeconds === undefined ? [] : ['--reconnection-grace-time', String(options.graceSeconds)]),
    ...folders(dataDir),
  ];
  const group = startGroup(node, args, { env: environment(dataDir, options.env), logFile });
  const healthy = () =>
    fetch(`${origin}/healthz`).then(
      (response) => response.ok,
      () => false,
    );
  const started = await until(async () => !group.running() || (await healthy()), { timeoutMs: START_TIMEOUT_MS });
  if (!started || !group.running()) {
    await group.stop();
    const log = await readFile(logFile, 'utf8').catch(() => '');
    throw new Error(`The editor did not start on port ${port}.\n${log.trimEnd().split('\n').slice(-15).join('\n')}`);
  }
  return {
    url: options.folder ? `${origin}/?folder=${urlPath(options.folder)}` : `${origin}/`,
    port,
    installVsix: (file) => installVsix(dataDir, file),
    stop: group.stop,
    ended: group.ended,
  };
}

/**
 * Installs a packaged extension for the editor of a data folder, running or not.
 *
 * @param {string} dataDir
 * @param {string} file
 */
export async function installVsix(dataDir, file) {
  const { node, entry } = await installEditor();
  const args = [entry, '--install-extension', resolve(file), '--force', ...folders(resolve(dataDir))];
  await run(node, args, { env: environment(resolve(dataDir)) });
}

/**
 * Makes a folder with an extension's sources an installed extension of the editor of a data folder. Call it before
 * the editor starts.
 *
 * @param {string} dataDir
 * @param {string} extensionPath
 */
export async function linkExtension(dataDir, extensionPath) {
  const { publisher, name, version } = JSON.parse(await readFile(join(extensionPath, 'package.json'), 'utf8'));
  const extensions = join(resolve(dataDir), 'ext');
  await mkdir(extensions, { recursive: true });
  for (const other of await readdir(extensions)) {
    if (other.startsWith(`${publisher}.${name}-`) && (await lstat(join(extensions, other))).isSymbolicLink()) {
      await rm(join(extensions, other));
    }
  }
  // A junction is what Windows lets everybody make; other systems ignore the word.
  await symlink(resolve(extensionPath), join(extensions, `${publisher}.${name}-${version}`), 'junction');
  // The editor remembers what it found there, and would miss a new link or a changed manifest.
  await rm(join(extensions, 'extensions.json'), { force: true });
  await rm(join(resolve(dataDir), 'user', 'CachedProfilesData'), { recursive: true, force: true });
}

/**
 * @param {string} dataDir
 * @returns {Promise<{ name: string, text: string }[]>} the newest session's logs of server, extension host and output channels
 */
export async function editorLogs(dataDir) {
  const root = join(resolve(dataDir), 'user', 'logs');
  const newest = (await readdir(root).catch(() => [])).sort().at(-1);
  if (newest === undefined) {
    return [];
  }
  const names = (await readdir(join(root, newest), { recursive: true })).filter((name) => name.endsWith('.log'));
  const logs = names.map(async (name) => ({ name, text: await readFile(join(root, newest, name), 'utf8') }));
  return (await Promise.all(logs)).filter(({ text }) => text.trim() !== '');
}

/**
 * @param {string} path
 * @returns {string} the path as it stands in the editor's addresses
 */
export function urlPath(path) {
  return pathToFileURL(resolve(path)).pathname;
}

/** @returns {Promise<number>} a port that is free now */
export function freePort() {
  return new Promise((done, fail) => {
    const probe = createServer();
    probe.once('error', fail);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => done(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

/**
 * @param {number} port
 * @returns {Promise<boolean>}
 */
export function isPortFree(port) {
  return new Promise((done) => {
    const probe = createServer();
    probe.once('error', () => done(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => done(true)));
  });
}

/** @param {string} dataDir */
function folders(dataDir) {
  return ['--user-data-dir', join(dataDir, 'user'), '--extensions-dir', join(dataDir, 'ext')];
}

/**
 * Started from a terminal of VS Code or by npm, this process has variables that would lead the server astray.
 *
 * @param {string} dataDir
 * @param {NodeJS.ProcessEnv} [more]
 * @returns {NodeJS.ProcessEnv}
 */
function environment(dataDir, more = {}) {
  const kept = Object.entries(process.env).filter(
    ([name]) =>
      !/^(VSCODE_.*|CODE_SERVER_.*|ELECTRON_.*|npm_.*|NODE_OPTIONS|PORT|PASSWORD|HASHED_PASSWORD)$/.test(name),
  );
  return {
    ...Object.fromEntries(kept),
    XDG_CONFIG_HOME: join(dataDir, 'xdg', 'config'),
    XDG_DATA_HOME: join(dataDir, 'xdg', 'data'),
    XDG_CACHE_HOME: join(dataDir, 'xdg', 'cache'),
    // No marketplace: a search would only wait for a network that may not be there.
    EXTENSIONS_GALLERY: JSON.stringify({ serviceUrl: '' }),
    ...more,
  };
}
