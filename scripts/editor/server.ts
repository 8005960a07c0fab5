import { lstat, mkdir, readFile, readdir, rm, symlink } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { run } from '../childProcess.ts';
import { installEditor } from './install.ts';
import { startGroup } from './processGroup.ts';
import { seedSettings, type Settings } from './settings.ts';
import { until } from './until.ts';

export interface EditorOptions {
  /** All that the editor writes goes here: settings, extensions, logs. */
  readonly dataDir: string;
  /** The folder to open. */
  readonly folder: string;
  /** A free one by default; keep it fixed where secrets must survive a restart. */
  readonly port?: number;
  /** User settings on top of the quiet ones. */
  readonly settings?: Settings;
  /** Lets a page run tests inside the extension host; toasts and dialogs are off then. */
  readonly testDriver?: boolean;
  /** How long a window's extension host outlives a page that closed without a message; hours by default. */
  readonly graceSeconds?: number;
  /** For the server and its extension hosts. */
  readonly env?: NodeJS.ProcessEnv;
}

export interface Editor {
  /** The address to open, with the folder in it. */
  readonly url: string;
  readonly port: number;
  /** Settles when the server has ended, by itself too. */
  readonly ended: Promise<void>;
  stop(): Promise<void>;
}

const START_TIMEOUT_MS = 60_000;

/** Starts the editor's server on 127.0.0.1 and waits until it answers. It ends with this process at the latest. */
export async function startEditor(options: EditorOptions): Promise<Editor> {
  const dataDir = path.resolve(options.dataDir);
  const { node, entry } = await installEditor();
  await mkdir(dataDir, { recursive: true });
  await seedSettings(path.join(dataDir, 'user', 'User', 'settings.json'), options.settings ?? {});
  const port = options.port ?? (await freePort());
  const origin = `http://127.0.0.1:${port}`;
  const logFile = path.join(dataDir, 'server.log');
  const args = [
    ...[entry, '--bind-addr', `127.0.0.1:${port}`, '--auth', 'none'],
    ...['--disable-telemetry', '--disable-update-check', '--disable-getting-started-override'],
    '--disable-workspace-trust',
    ...(options.testDriver ? ['--vscode-option', 'enable-smoke-test-driver'] : []),
    ...(options.graceSeconds === undefined ? [] : ['--reconnection-grace-time', String(options.graceSeconds)]),
    ...folderArguments(dataDir),
  ];
  const group = startGroup(node, args, { env: environment(dataDir, options.env), logFile });
  const healthy = (): Promise<boolean> =>
    fetch(`${origin}/healthz`).then(
      ({ ok }) => ok,
      () => false,
    );
  const started = await until(async () => !group.running() || (await healthy()), { timeoutMs: START_TIMEOUT_MS });
  if (!started || !group.running()) {
    await group.stop();
    const log = await readFile(logFile, 'utf8').catch(() => '');
    throw new Error(`The editor did not start on port ${port}.\n${log.trimEnd().split('\n').slice(-15).join('\n')}`);
  }
  return { url: `${origin}/?folder=${urlPath(options.folder)}`, port, stop: group.stop, ended: group.ended };
}

/** Installs a packaged extension for the editor of a data folder, running or not. A window shows it after its next load. */
export async function installVsix(dataDir: string, file: string): Promise<void> {
  const { node, entry } = await installEditor();
  const folder = path.resolve(dataDir);
  const args = [entry, '--install-extension', path.resolve(file), '--force', ...folderArguments(folder)];
  await run(node, args, { env: environment(folder) });
}

/**
 * Makes a folder with an extension's sources an installed extension of the editor of a data folder. Call it before the
 * editor starts.
 */
export async function linkExtension(dataDir: string, extensionPath: string): Promise<void> {
  const { publisher, name, version } = JSON.parse(await readFile(path.join(extensionPath, 'package.json'), 'utf8'));
  const extensions = path.resolve(dataDir, 'ext');
  await mkdir(extensions, { recursive: true });
  for (const other of await readdir(extensions)) {
    const link = path.join(extensions, other);
    if (other.startsWith(`${publisher}.${name}-`) && (await lstat(link)).isSymbolicLink()) await rm(link);
  }
  // A junction is what Windows lets everybody make; other systems ignore the word.
  await symlink(path.resolve(extensionPath), path.join(extensions, `${publisher}.${name}-${version}`), 'junction');
  // The editor remembers what it found there, and would miss a new link or a changed manifest.
  await rm(path.join(extensions, 'extensions.json'), { force: true });
  await rm(path.resolve(dataDir, 'user', 'CachedProfilesData'), { recursive: true, force: true });
}

/** The newest session's logs of server, extension host and output channels. */
export async function editorLogs(dataDir: string): Promise<{ name: string; text: string }[]> {
  const root = path.resolve(dataDir, 'user', 'logs');
  const newest = (await readdir(root).catch(() => [])).sort().at(-1);
  if (newest === undefined) return [];
  const names = (await readdir(path.join(root, newest), { recursive: true })).filter((name) => name.endsWith('.log'));
  const logs = names.map(async (name) => ({ name, text: await readFile(path.join(root, newest, name), 'utf8') }));
  return (await Promise.all(logs)).filter(({ text }) => text.trim() !== '');
}

/** The path as it stands in the editor's addresses. */
export function urlPath(file: string): string {
  return pathToFileURL(path.resolve(file)).pathname;
}

export async function isPortFree(port: number): Promise<boolean> {
  return (await listenOnce(port)) !== undefined;
}

async function freePort(): Promise<number> {
  return (await listenOnce(0)) ?? Promise.reject(new Error('No port is free.'));
}

/** The port that a server could listen on; undefined where it could not. */
function listenOnce(port: number): Promise<number | undefined> {
  return new Promise((done) => {
    const server = createServer();
    server.once('error', () => done(undefined));
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => done(typeof address === 'object' ? address?.port : undefined));
    });
  });
}

function folderArguments(dataDir: string): string[] {
  return ['--user-data-dir', path.join(dataDir, 'user'), '--extensions-dir', path.join(dataDir, 'ext')];
}

/** Started from a terminal of VS Code or by npm, this process has variables that would mislead the server. */
function environment(dataDir: string, more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const misleading = /^(VSCODE_.*|CODE_SERVER_.*|ELECTRON_.*|npm_.*|NODE_OPTIONS|PORT|PASSWORD|HASHED_PASSWORD)$/;
  return {
    ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !misleading.test(name))),
    XDG_CONFIG_HOME: path.join(dataDir, 'xdg', 'config'),
    XDG_DATA_HOME: path.join(dataDir, 'xdg', 'data'),
    XDG_CACHE_HOME: path.join(dataDir, 'xdg', 'cache'),
    // No marketplace: a search would only wait for a network that may not be there.
    EXTENSIONS_GALLERY: JSON.stringify({ serviceUrl: '' }),
    ...more,
  };
}
