// Before npm pack: makes package.json what a Node program needs of it. With --restore, after it: puts it back.
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ROOT } from './root.mjs';

const MANIFEST = join(ROOT, 'package.json');
const KEPT = join(ROOT, 'out', 'package.json.kept');
/** What npm and Node read. The rest is the editor's, or a clone's: its tools, and the Node that they run under. */
const KEYS = ['name', 'version', 'description', 'keywords', 'license', 'bin', 'exports', 'typesVersions', 'engines'];

if (process.argv.includes('--restore')) {
  await writeFile(MANIFEST, await readFile(KEPT));
  await rm(KEPT);
} else {
  const text = await whole();
  await mkdir(join(ROOT, 'out'), { recursive: true });
  await writeFile(KEPT, text);
  const manifest = JSON.parse(text);
  const packed = Object.fromEntries(KEYS.filter((key) => key in manifest).map((key) => [key, manifest[key]]));
  // The editor translates placeholders; npm shows them as they are.
  const texts = JSON.parse(await readFile(join(ROOT, 'package.nls.json'), 'utf8'));
  packed.description = texts[manifest.description.replaceAll('%', '')];
  packed.engines = { node: manifest.engines.node };
  await writeFile(MANIFEST, `${JSON.stringify(packed, null, 2)}\n`);
}

/** The manifest as it stands in a clone, even where an earlier pack was interrupted before it put it back. */
async function whole() {
  const text = await readFile(MANIFEST, 'utf8');
  return 'contributes' in JSON.parse(text) ? text : await readFile(KEPT, 'utf8');
}
