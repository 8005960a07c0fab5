// Before npm pack: leaves out of package.json what only a clone needs. With --restore, after it: puts it back.
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ROOT } from './root.mjs';

const MANIFEST = join(ROOT, 'package.json');
const KEPT = join(ROOT, 'out', 'package.json.kept');

if (process.argv.includes('--restore')) {
  await writeFile(MANIFEST, await readFile(KEPT));
  await rm(KEPT);
} else {
  const text = await readFile(MANIFEST, 'utf8');
  await mkdir(join(ROOT, 'out'), { recursive: true });
  await writeFile(KEPT, text);
  const manifest = JSON.parse(text);
  // A clone's tools run under this Node; whoever installs the tarball has a Node, and must not get another one.
  delete manifest.optionalDependencies;
  delete manifest.devDependencies;
  delete manifest.scripts;
  await writeFile(MANIFEST, `${JSON.stringify(manifest, null, 2)}\n`);
}
