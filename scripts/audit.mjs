// npm run audit [-- --strict]: what the registry knows of the packages in both lock files, and whether their signatures
// are right. A registry that offers neither is said to, and is a failure only with --strict.
import { spawn } from 'node:child_process';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { judgeAdvisories, judgeSignatures } from './auditFindings.mjs';
import { ROOT } from './root.mjs';
import { ensureInstalled } from './setup.mjs';

const TIMEOUT_MS = 300_000;

const { values: options } = parseArgs({
  options: { strict: { type: 'boolean', default: false }, timeout: { type: 'string' } },
});
const timeoutMs = options.timeout === undefined ? TIMEOUT_MS : Number(options.timeout) * 1000;
await ensureInstalled();

/** @typedef {import('./auditFindings.mjs').Finding} Finding */

/** @type {Finding[]} */
const findings = [];
for (const folder of [ROOT, join(ROOT, 'scripts', 'editor')]) {
  const name = relative(ROOT, folder) || 'project';
  const report = await npmJson(['audit', '--json', '--package-lock-only'], folder);
  findings.push(named(`advisories, ${name}`, judgeAdvisories(report)));
}
// Signatures are looked up for what is installed, which only the project itself is for certain.
findings.push(named('signatures, project', judgeSignatures(await npmJson(['audit', 'signatures', '--json'], ROOT))));
for (const { outcome, text } of findings) {
  console.log(`${outcome}: ${text}`);
}
const failing = options.strict ? ['bad', 'unknown'] : ['bad'];
process.exitCode = findings.some(({ outcome }) => failing.includes(outcome)) ? 1 : 0;

/**
 * @param {string} what
 * @param {Finding} finding
 * @returns {Finding}
 */
function named(what, { outcome, text }) {
  return { outcome, text: `${what}: ${text}` };
}

/**
 * @param {readonly string[]} args
 * @param {string} cwd
 * @returns {Promise<any>} undefined where npm did not end in time, or said nothing that is JSON
 */
async function npmJson(args, cwd) {
  const own = process.env['npm_execpath'] ?? '';
  const [command, ...first] = own.endsWith('npm-cli.js')
    ? [process.execPath, own]
    : process.platform === 'win32'
      ? ['cmd', '/d', '/s', '/c', 'npm']
      : ['npm'];
  const child = spawn(/** @type {string} */ (command), [...first, ...args], {
    cwd,
    stdio: ['ignore', 'pipe', 'ignore'],
    timeout: timeoutMs,
  });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (part) => {
    text += part;
  });
  await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
