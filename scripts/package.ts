// npm run package [-- --out FILE] [--no-build]: the extension as flowmeter-VERSION.vsix.
import { cp, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
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
const staging = await mkdtemp(path.join(tmpdir(), 'flowmeter-package-'));
try {
  for (const entry of ['.vscodeignore', ...files]) await cp(path.join(ROOT, entry), path.join(staging, entry));
  const readme = path.join(staging, 'README.md');
  await writeFile(readme, withoutPictures(await readFile(readme, 'utf8')));
  await createVSIX({
    cwd: staging,
    packagePath: file,
    // Everything is bundled, and until there is a public repository relative links stay as they are.
    dependencies: false,
    allowMissingRepository: true,
    rewriteRelativeLinks: false,
  });
} finally {
  await rm(staging, { recursive: true, force: true });
}
const { size } = await stat(file);
console.log(`${path.relative(process.cwd(), file)}: ${files.length} files, ${Math.ceil(size / 1000)} kB`);
if (size > MAX_BYTES) throw new Error(`The package is larger than ${MAX_BYTES / 1000} kB.`);

/** The page of an installed extension shows pictures of the web only (not of a file, nor of the text itself). */
function withoutPictures(markdown: string): string {
  return markdown.replace(/^!\[[^\]]*\]\([^)]*\)\n\n/gm, '');
}
