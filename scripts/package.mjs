// npm run package [-- --out FILE] [--no-build]: the extension as flowmeter-VERSION.vsix.
import { readFile, rm, stat } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { ROOT } from './root.mjs';
import { run } from './run.mjs';
import { ensureInstalled } from './setup.mjs';

const MAX_BYTES = 1_000_000;
const FOREIGN = /\.map$|\.ts$|^(test|src|webview|scripts|node_modules|out)\/|\.vsix$/;

const { values: options } = parseArgs({
  options: { out: { type: 'string' }, 'no-build': { type: 'boolean', default: false } },
});
await ensureInstalled();
// The same sources shall give the same file: one time for all entries, in a zone that is no machine's own.
process.env['SOURCE_DATE_EPOCH'] ??= '315619200';
process.env['TZ'] = 'UTC';
const { createVSIX, listFiles, PackageManager } = await import('@vscode/vsce');
const { name, version } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'));
const file = resolve(options.out ?? join(ROOT, `${name}-${version}.vsix`));

if (!options['no-build']) {
  // What an older build left must not travel along.
  await rm(join(ROOT, 'dist'), { recursive: true, force: true });
  await run(process.execPath, ['esbuild.mjs', '--production'], { cwd: ROOT });
}
const files = await listFiles({ cwd: ROOT, packageManager: PackageManager.None });
const foreign = files.filter((path) => FOREIGN.test(path));
if (foreign.length > 0) {
  throw new Error(`The package would hold what does not belong into it: ${foreign.join(', ')}`);
}
await createVSIX({
  cwd: ROOT,
  packagePath: file,
  // Everything is bundled, and until there is a public repository relative links stay as they are.
  dependencies: false,
  allowMissingRepository: true,
  rewriteRelativeLinks: false,
});
const { size } = await stat(file);
console.log(`${relative(process.cwd(), file)}: ${files.length} files, ${Math.ceil(size / 1000)} kB`);
if (size > MAX_BYTES) {
  throw new Error(`The package is larger than ${MAX_BYTES / 1000} kB.`);
}
