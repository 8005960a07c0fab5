// npm run package [-- --out FILE] [--no-build]: the extension as flowmeter-VERSION.vsix.
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { createVSIX, listFiles, PackageManager } from '@vscode/vsce';
import { buildBundles } from './bundles.ts';
import { ROOT } from './root.ts';

const MAX_BYTES = 1_000_000;
const FOREIGN = /\.map$|\.ts$|^(test|src|webview|scripts|node_modules|out)\/|\.vsix$/;

const { values: options } = parseArgs({
  options: { out: { type: 'string' }, 'no-build': { type: 'boolean', default: false } },
});
// The same sources shall give the same file: one time for all entries, in a zone that is no machine's own.
process.env.SOURCE_DATE_EPOCH ??= '315619200';
process.env.TZ = 'UTC';
const { name, version } = JSON.parse(await readFile(path.join(ROOT, 'package.json'), 'utf8'));
const file = path.resolve(options.out ?? path.join(ROOT, `${name}-${version}.vsix`));

if (!options['no-build']) await buildBundles('--production');
const files = await listFiles({ cwd: ROOT, packageManager: PackageManager.None });
const foreign = files.filter((entry) => FOREIGN.test(entry));
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
console.log(`${path.relative(process.cwd(), file)}: ${files.length} files, ${Math.ceil(size / 1000)} kB`);
if (size > MAX_BYTES) throw new Error(`The package is larger than ${MAX_BYTES / 1000} kB.`);
