// npm start [-- --desktop | --web] [--port N] [--no-open]: the product in a real VS Code, on demo data.
import { spawn } from 'node:child_process';
import { cp, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { runNode } from './childProcess.ts';
import { filesOnPath } from './editor/filesOnPath.ts';
import { isPortFree, linkExtension, startEditor } from './editor/server.ts';
import { readSettings, seedSettings } from './editor/settings.ts';
import { ROOT } from './root.ts';

const DEFAULT_PORT = 8640;
const PORTS_TRIED = 20;
const USAGE = `npm start [-- OPTIONS]

  --desktop   the desktop VS Code (its command "code" must be on PATH)
  --web       an editor served on 127.0.0.1, for the browser
  --port N    the port of the served editor (default ${DEFAULT_PORT})
  --no-open   print the address without opening a browser`;

/** All that an editor started here writes; git ignores it, and it survives so that the next start finds it again. */
const stateFolder = path.join(ROOT, '.flowmeter');
const openerFolder = path.join(ROOT, 'scripts', 'opener');

const options = readOptions();
const [code] = filesOnPath([process.platform === 'win32' ? 'code.cmd' : 'code']);
if (options.desktop && code === undefined) {
  fail('The command "code" is not on PATH. In VS Code, run "Shell Command: Install \'code\' command in PATH".');
}
console.log('Building …');
if ((await runNode(['esbuild.mjs'])) !== 0) process.exit(1);
const workspace = path.join(stateFolder, 'sample');
await cp(path.join(ROOT, 'scripts', 'sample'), workspace, { recursive: true });
if (code !== undefined && !options.web) await startDesktop(code);
else await startServed();

async function startDesktop(command: string): Promise<void> {
  const userData = path.join(stateFolder, 'desktop');
  // The application notes its process here; a note from before names a process that may be anyone's by now.
  const processNote = path.join(userData, 'code.lock');
  await rm(processNote, { force: true });
  await seedDemoAccount(path.join(userData, 'User', 'settings.json'));
  const args = [
    ...[`--extensionDevelopmentPath=${ROOT}`, `--extensionDevelopmentPath=${openerFolder}`],
    ...['--user-data-dir', userData, '--extensions-dir', path.join(stateFolder, 'desktop-extensions')],
    ...['--disable-workspace-trust', '--skip-release-notes', '--skip-welcome', '--new-window', '--wait', workspace],
  ];
  const child = spawn(command, args, { stdio: 'inherit', shell: process.platform === 'win32' });
  const closed = new Promise((done) => child.once('close', done));
  console.log('Flowmeter opens in VS Code. Ctrl+C ends it.');
  const interrupted = await Promise.race([closed.then(() => false), interruption()]);
  if (!interrupted) return;
  const pid = Number(await readFile(processNote, 'utf8').catch(() => ''));
  if (pid > 0) {
    try {
      process.kill(pid, 'SIGTERM');
    } catch {
      // It has gone already.
    }
  }
  child.kill('SIGTERM');
}

async function startServed(): Promise<void> {
  let port = options.port;
  while (!(await isPortFree(port))) {
    if (port === Math.min(options.port + PORTS_TRIED, 65_535)) {
      fail(`The ports ${options.port} to ${port} are all taken. Give another with --port.`);
    }
    port++;
  }
  if (port !== options.port) {
    console.log(`Port ${options.port} is taken, so this is another editor, with settings and tokens of its own.`);
  }
  // A browser keeps an editor's secrets by its address, so the rest of its state is kept by port as well.
  const dataDir = path.join(stateFolder, `served-${port}`);
  await linkExtension(dataDir, ROOT);
  await linkExtension(dataDir, openerFolder);
  await seedDemoAccount(path.join(dataDir, 'user', 'User', 'settings.json'));
  const interrupted = interruption();
  const editor = await startEditor({ dataDir, folder: workspace, port });
  console.log(`Flowmeter is open at\n\n  ${editor.url}\n\nCtrl+C ends it.`);
  if (options.open) openInBrowser(editor.url);
  const endedByItself = await Promise.race([interrupted.then(() => false), editor.ended.then(() => true)]);
  await editor.stop();
  if (endedByItself) fail(`The editor ended by itself; its log is ${path.join(dataDir, 'server.log')}.`);
}

/** A removed demo account comes back at the next start; other accounts stay as they are. */
async function seedDemoAccount(settingsFile: string): Promise<void> {
  const accounts = (await readSettings(settingsFile))['flowmeter.accounts'];
  const demo = [{ name: 'Demo', source: 'demo' }];
  const hasAccounts = Array.isArray(accounts) && accounts.length > 0;
  await seedSettings(settingsFile, hasAccounts ? {} : { 'flowmeter.accounts': demo });
}

function openInBrowser(url: string): void {
  const openers: Readonly<Partial<Record<NodeJS.Platform, [command: string, args: string[]]>>> = {
    darwin: ['open', [url]],
    win32: ['cmd', ['/c', 'start', '', url.replaceAll('&', '^&')]],
    linux: ['xdg-open', [url]],
  };
  const opener = openers[process.platform];
  const hasDisplay = process.platform !== 'linux' || process.env.DISPLAY || process.env.WAYLAND_DISPLAY;
  if (!opener || !hasDisplay) return;
  const child = spawn(...opener, { stdio: 'ignore', detached: true });
  // The address is printed; without an opener a person opens it.
  child.once('error', () => {});
  child.unref();
}

/** Resolves at Ctrl+C. */
function interruption(): Promise<true> {
  return new Promise((done) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => done(true));
  });
}

function readOptions(): { desktop: boolean; web: boolean; port: number; open: boolean } {
  try {
    const { values } = parseArgs({
      options: {
        desktop: { type: 'boolean', default: false },
        web: { type: 'boolean', default: false },
        port: { type: 'string', default: String(DEFAULT_PORT) },
        'no-open': { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    if (values.help) {
      console.log(USAGE);
      process.exit(0);
    }
    const port = Number(values.port);
    if (!Number.isInteger(port) || port < 1 || port > 65_535) {
      throw new Error(`--port takes a number from 1 to 65535, not "${values.port}".`);
    }
    if (values.desktop && values.web) throw new Error('--desktop and --web exclude each other.');
    return { desktop: values.desktop, web: values.web, port, open: !values['no-open'] };
  } catch (error) {
    return fail(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
  }
}

function fail(message: string): never {
  console.error(message);
  process.exit(1);
}
